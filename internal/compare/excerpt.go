package compare

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// How much of the bytes stands in a finding.
const (
	maxContext = 48  // on each side of what differs
	maxBinary  = 16  // the same, of what is no text
	maxText    = 160 // of what differs
	maxName    = 256
)

// escape writes bytes as printable ASCII: `\n`, `\t`, `\\`, and `\xNN` for all
// that is not. It is not cut.
func escape(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		switch {
		case c == '\\':
			b.WriteString(`\\`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case isPrintable(c):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// escapeName is a name that an artifact chose, cut if it is longer than a name.
func escapeName(name string) string {
	if len(name) <= maxName {
		return escape([]byte(name))
	}
	return escape([]byte(name[:maxName])) + "..."
}

func isPrintable(c byte) bool { return ' ' <= c && c < 0x7f }

// excerpt cuts what lies between from and to out of data, with its context. What
// is longer than an excerpt is cut in the middle and counted.
func excerpt(data []byte, from, to int) *Excerpt {
	before, after := data[max(from-maxContext, 0):from], data[to:min(to+maxContext, len(data))]
	if !mostlyText(before) || !mostlyText(after) {
		before, after = before[max(len(before)-maxBinary, 0):], after[:min(len(after), maxBinary)]
	}
	e := &Excerpt{Before: escape(before), After: escape(after)}
	if text := data[from:to]; len(text) <= maxText {
		e.Text = escape(text)
	} else {
		half := maxText / 2
		e.Cut = int64(len(text) - 2*half)
		e.Text = escape(text[:half]) + "..." + escape(text[len(text)-half:])
	}
	return e
}

// value is an excerpt of something that has no context.
func value(format string, args ...any) *Excerpt {
	text := []byte(fmt.Sprintf(format, args...))
	return excerpt(text, 0, len(text))
}

// isText reports whether bytes are text that people read in lines: UTF-8 without
// control characters. cut means that a character may be broken off at the end.
func isText(data []byte, cut bool) bool {
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			return cut && !utf8.FullRune(data)
		}
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' && r != '\f' && r != 0x1b {
			return false
		}
		data = data[size:]
	}
	return true
}

// mostlyText reports whether at least three quarters of the bytes are printable.
func mostlyText(data []byte) bool {
	n := 0
	for _, c := range data {
		if isPrintable(c) || c == '\n' || c == '\t' {
			n++
		}
	}
	return 4*n >= 3*len(data)
}
