package ui

import (
	"bytes"
	"strconv"
	"strings"
)

// sequenceKind is what a terminal sequence does.
type sequenceKind int

const (
	forbidden  sequenceKind = iota
	unfinished              // more bytes decide
	restyling               // sets colours and weights (SGR, ECMA-48 8.3.117)
	erasing                 // erases from the cursor to the end of the line (EL 0)
)

// maxSequence bounds a sequence, in bytes. The longest of rustc has 19.
const maxSequence = 64

// sequence looks at the escape character that b begins with, and returns what
// it begins and, if it is allowed, its length.
func sequence(b []byte) (sequenceKind, int) {
	const introducer = "\x1b["
	if len(b) < len(introducer) && strings.HasPrefix(introducer, string(b)) {
		return unfinished, 0
	}
	if !bytes.HasPrefix(b, []byte(introducer)) {
		return forbidden, 0
	}
	for n := len(introducer); n < maxSequence; n++ {
		if n == len(b) {
			return unfinished, 0
		}
		switch c, parameters := b[n], string(b[len(introducer):n]); {
		case '0' <= c && c <= '9' || c == ';':
		case c == 'm' && isStyle(parameters):
			return restyling, n + 1
		case c == 'K' && (parameters == "" || parameters == "0"):
			// EL 1 and 2 erase what was written before, and leave the cursor
			// where it was: a line could look otherwise than it was checked.
			return erasing, n + 1
		default:
			return forbidden, 0
		}
	}
	return forbidden, 0
}

// isStyle reports whether the parameters of an SGR change how text looks, and
// leave it readable: everything but 8, which conceals it, and what has no
// agreed meaning. Text in the colour of its background cannot be told from a
// colour scheme of the caller's in which the two differ, so it is not looked for.
func isStyle(parameters string) bool {
	list := strings.Split(parameters, ";")
	for i := 0; i < len(list); i++ {
		n, err := strconv.Atoi(list[i])
		switch {
		case list[i] == "":
			continue // 0
		case err != nil:
			return false
		case n == 38 || n == 48 || n == 58: // colour of text, background, underline
			more := colorLength(list[i+1:])
			if more == 0 {
				return false
			}
			i += more
		case n <= 7 || n == 9, n >= 21 && n <= 25, n == 27, n >= 29 && n <= 37, n == 39,
			n >= 40 && n <= 47, n == 49, n == 59, n >= 90 && n <= 97, n >= 100 && n <= 107:
		default:
			return false
		}
	}
	return true
}

// colorLength returns how many parameters name a colour: `5;N` from a table, or
// `2;R;G;B`. It is 0 if they name none.
func colorLength(list []string) int {
	length := 0
	switch {
	case len(list) >= 2 && list[0] == "5":
		length = 2
	case len(list) >= 4 && list[0] == "2":
		length = 4
	}
	for _, part := range list[:length] {
		if n, err := strconv.Atoi(part); err != nil || n > 255 {
			return 0
		}
	}
	return length
}

// isReset reports whether an allowed SGR leaves no style behind.
func isReset(seq []byte) bool { return strings.Trim(string(seq[2:len(seq)-1]), "0;") == "" }
