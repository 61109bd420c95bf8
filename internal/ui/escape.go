package ui

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes one line of text harmless: control characters (so newlines and
// terminal sequences), invisible and direction-changing characters and bytes
// that are not UTF-8 become `\x1b` or `\u{202e}`. Everything that prints, and the
// tab, stays as it is. The form is for reading, not for turning back: a
// backslash is not escaped.
func Escape(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch invalid := r == utf8.RuneError && isInvalid(s[i:]); {
		case !invalid && (r == '\t' || unicode.IsPrint(r)):
			b.WriteRune(r)
		default:
			b.Write(visible(r, s[i]))
		}
	}
	return b.String()
}

// visible writes a character that cannot be shown as it is. first is its first
// byte, which is all of it when r is utf8.RuneError.
func visible(r rune, first byte) []byte {
	if r == utf8.RuneError || r < utf8.RuneSelf {
		return fmt.Appendf(nil, `\x%02x`, first)
	}
	return fmt.Appendf(nil, `\u{%x}`, r)
}

// isInvalid tells a byte that is not UTF-8 from U+FFFD spelt out.
func isInvalid(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size == 1
}

// isPlain reports whether s is printable ASCII.
func isPlain(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// indented makes a text of several lines harmless: each line by itself, and all
// but the first behind indent, so that none can pass for a line of ours, which
// begin in the first column.
func indented(text, indent string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		line = Escape(strings.TrimSuffix(line, "\r"))
		if i > 0 && line != "" {
			line = indent + line
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}
