package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// scanner reads JSON that a stranger wrote, up to bounds. encoding/json decides
// the grammar, token by token, so that nothing recurses deeper than allowed.
type scanner struct {
	tokens *json.Decoder
	values int // that may still come
}

// scan reads one JSON value of at most limit bytes with nothing after it but
// white space. Keys that stand twice in an object, numbers that are not whole,
// null, and text that is not UTF-8 are refused: programs read them in different
// ways, and what is signed has to mean one thing.
func scan(data []byte, limit int) (any, error) {
	if len(data) > limit {
		return nil, refuse(ErrHuge, "it has more than %d bytes", limit)
	}
	if !utf8.Valid(data) {
		return nil, refuse(ErrForm, "it holds bytes that are not UTF-8")
	}
	s := &scanner{tokens: json.NewDecoder(bytes.NewReader(data)), values: maxValues}
	s.tokens.UseNumber()
	token, err := s.next()
	if err != nil {
		return nil, err
	}
	v, err := s.value(token, 0)
	if err != nil {
		return nil, err
	}
	if rest := bytes.TrimLeft(data[s.tokens.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, refuse(ErrForm, "%d bytes follow its end", len(rest))
	}
	return v, nil
}

// next is the next token.
func (s *scanner) next() (json.Token, error) {
	token, err := s.tokens.Token()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, refuse(ErrTruncated, "it ends after %d bytes, inside a value", s.tokens.InputOffset())
	}
	if err != nil {
		return nil, refuse(ErrForm, "it is not JSON at byte %d: %v", s.tokens.InputOffset(), err)
	}
	if s.values--; s.values < 0 {
		return nil, refuse(ErrHuge, "it holds more than %d values, keys and brackets", maxValues)
	}
	return token, nil
}

// value is the value that begins with a token, depth objects and arrays down.
func (s *scanner) value(token json.Token, depth int) (any, error) {
	switch t := token.(type) {
	case string, bool:
		return t, nil
	case json.Number:
		n, err := strconv.ParseInt(t.String(), 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != t.String() || max(n, -n) > maxNumber {
			return nil, refuse(ErrForm, "`%.40s` is not a whole number of at most 53 bits", t.String())
		}
		return n, nil
	case json.Delim:
		if depth == maxDepth {
			return nil, refuse(ErrDeep, "more than %d objects and arrays lie inside each other", maxDepth)
		}
		if t == '{' {
			return s.object(depth + 1)
		}
		return s.array(depth + 1)
	}
	return nil, refuse(ErrForm, "it holds `null`, which means nothing here")
}

func (s *scanner) array(depth int) (any, error) {
	list := []any{}
	for {
		token, err := s.next()
		if err != nil || token == json.Delim(']') {
			return list, err
		}
		v, err := s.value(token, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (s *scanner) object(depth int) (any, error) {
	o := object{}
	for {
		token, err := s.next()
		if err != nil || token == json.Delim('}') {
			return o, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, refuse(ErrForm, "it has a key that is no text")
		}
		if _, twice := o[key]; twice {
			return nil, refuse(ErrForm, "%.80q stands twice in one object", key)
		}
		if token, err = s.next(); err != nil {
			return nil, err
		}
		if o[key], err = s.value(token, depth); err != nil {
			return nil, err
		}
	}
}
