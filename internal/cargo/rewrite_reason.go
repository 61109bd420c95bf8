package cargo

import (
	"bytes"
	"encoding/json"
	"strings"
)

// insideMark is put before a reason that nobody in a world may give.
const insideMark = "inside-"

// reasons renames reasons in a stream of JSON messages: `"reason":"hermetic-run"`
// becomes `"reason":"inside-hermetic-run"`. Cargo's own messages have no such
// reason, but what it starts (a compiler with a procedural macro in it, a test)
// can write to the same stream, and whoever reads it would take that for a
// message of ours.
//
// Consumers cut the stream differently: at line feeds, at carriage returns, at
// every separator of Unicode, or not at all, as jq does. So this looks for the
// two strings with a colon between them wherever they are, in objects of any
// depth and also in text that is no JSON. Every spelling counts that some parser
// accepts: with escapes, with spaces, and for the key also capitals.
type reasons struct {
	prefix string
	found  func() // called for each one

	place  place
	quoted bool   // within a string
	slash  bool   // within a string, behind a backslash
	token  []byte // of a string that may be the key: its bytes so far; nil if it cannot be
	held   []byte // of the value: its bytes so far, which are kept back
	recent [2]byte
}

// place is what a stream of JSON has come to outside of strings.
type place int

const (
	elsewhere   place = iota
	behindKey         // behind the string `reason`
	behindColon       // and the colon
	withinValue       // within the string that follows, and undecided
)

const reasonKey = "reason"

// maxUnit is the most bytes that a character of ASCII has in JSON, `\u0072`.
const maxUnit = 6

// pass appends what is decided of b to out; at the end that is everything.
func (r *reasons) pass(out, b []byte, end bool) []byte {
	for _, c := range b {
		out = r.step(out, c)
	}
	if end {
		out = r.release(out)
	}
	return out
}

// step adds one byte.
func (r *reasons) step(out []byte, c byte) []byte {
	broken := c < ' ' && c != '\t' || r.separates(c)
	r.recent = [2]byte{r.recent[1], c}
	switch {
	case !r.quoted:
		r.outside(c)
		return append(out, c)
	case broken: // no JSON string holds it, or a consumer may cut the line here
		out = r.release(out)
		r.quoted, r.place = false, elsewhere
		return append(out, c)
	case c == '"' && !r.slash:
		out = r.release(out)
		r.quoted, r.place = false, elsewhere
		if isReasonKey(r.token) {
			r.place = behindKey
		}
		return append(out, c)
	}
	r.slash = c == '\\' && !r.slash
	if r.place == withinValue {
		r.held = append(r.held, c)
		return r.decide(out)
	}
	if r.token != nil && len(r.token) < len(reasonKey)*maxUnit {
		r.token = append(r.token, c)
	} else {
		r.token = nil
	}
	return append(out, c)
}

// outside moves on outside of strings.
func (r *reasons) outside(c byte) {
	switch {
	case c == '"':
		r.quoted, r.slash, r.token = true, false, []byte{}
		if r.place == behindColon {
			r.place, r.token = withinValue, nil
		} else {
			r.place = elsewhere
		}
	case c == ':' && r.place == behindKey:
		r.place = behindColon
	case c == ' ', c == '\t', c == '\n', c == '\r':
	default:
		r.place = elsewhere
	}
}

// separates reports whether c ends one of the characters beyond ASCII at which
// lines are cut by some: U+0085, U+2028, U+2029.
func (r *reasons) separates(c byte) bool {
	return c == 0x85 && r.recent[1] == 0xc2 || (c == 0xa8 || c == 0xa9) && r.recent == [2]byte{0xe2, 0x80}
}

// decide writes what is held of a value as soon as it is known how it begins.
func (r *reasons) decide(out []byte) []byte {
	value, whole := unquote(r.held)
	switch {
	case !whole && len(r.held) < len(r.prefix)*maxUnit:
		return out // in the middle of an escape
	case whole && strings.HasPrefix(value, r.prefix):
		out = append(out, insideMark...)
		r.found()
	case whole && strings.HasPrefix(r.prefix, value):
		return out
	}
	out = r.release(out)
	r.place = elsewhere
	return out
}

// release writes what is held.
func (r *reasons) release(out []byte) []byte {
	out = append(out, r.held...)
	r.held = r.held[:0]
	return out
}

func isReasonKey(token []byte) bool {
	if len(token) < len(reasonKey) {
		return false
	}
	key, whole := unquote(token)
	return whole && strings.EqualFold(key, reasonKey) // as Go's encoding/json does
}

// unquote reads the inside of a JSON string; whole is false in the middle of an
// escape.
func unquote(inside []byte) (text string, whole bool) {
	if bytes.IndexByte(inside, '\\') < 0 {
		return string(inside), true
	}
	err := json.Unmarshal([]byte(`"`+string(inside)+`"`), &text)
	return text, err == nil
}
