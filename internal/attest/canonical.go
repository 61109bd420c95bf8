package attest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object. All keys that are written are ASCII, for which the
// order of bytes is the order of UTF-16 that RFC 8785 asks for.
type object map[string]any

// strings and objects are arrays of one kind; any array is a []any when read.
func array[T any](list []T, each func(T) any) []any {
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = each(e)
	}
	return out
}

// texts is a list of strings as an array.
func texts(list []string) []any {
	return array(list, func(s string) any { return s })
}

// canonical writes a value of objects, arrays, strings, whole numbers and
// booleans in the form of RFC 8785. It is written here and not left to
// encoding/json, whose escapes are its own affair and have changed: these bytes
// are hashed and signed, and have to be the same in ten years.
func canonical(v any) []byte { return appendCanonical(nil, v) }

func appendCanonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendText(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, e)
		}
		return append(b, ']')
	case object:
		b = append(b, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, key), ':')
			b = appendCanonical(b, v[key])
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("attest: a %T has no canonical form", v))
}

// appendText writes a string with the shortest escapes, as ECMAScript's
// JSON.stringify does (RFC 8785, section 3.2.2.2).
func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		panic("attest: text that is not UTF-8 has no canonical form")
	}
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\f':
			b = append(b, '\\', 'f')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			if c < 0x20 {
				b = fmt.Appendf(b, `\u%04x`, c)
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}
