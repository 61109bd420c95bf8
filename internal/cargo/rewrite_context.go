package cargo

// scheme is what stands before the path in a package id, `path+file:///...`.
const scheme = "file://"

// context is what a Rewriter knows of the bytes before the one it looks at:
// whether a path can begin there. In `/home/me/hermetic/root` it cannot, since
// `/hermetic/root` is the end of another path; after a colour code it can,
// though the code ends in a letter.
type context struct {
	lines bool // JSON lines are looked for
	begun bool // the line has a byte
	json  bool // the line is JSON
	state state
	url   int // how many bytes of scheme stand directly before

	// An escape sequence of JSON: 0 for none, 1 behind the backslash, 2 to 5
	// behind `\u` and as many digits more; code is their value so far.
	escape int
	code   rune
}

type state int

const (
	free     state = iota // a path can begin
	word                  // within a word or path
	dash                  // behind a `-` that begins a word
	flag                  // behind `-L` or `-I`, where a path can begin as well
	escaped               // behind the escape character
	sequence              // within an ANSI control sequence
)

func newContext(jsonLines bool) context { return context{lines: jsonLines} }

// canBegin reports whether a path can begin at the next byte.
func (c *context) canBegin() bool {
	return c.escape == 0 && (c.state == free || c.state == flag || c.isURL())
}

// isURL reports whether a path at the next byte would be that of a file URL.
func (c *context) isURL() bool { return c.escape == 0 && c.url == len(scheme) }

// step moves the context behind one more byte of the stream.
func (c *context) step(b byte) {
	if b == '\n' {
		*c = newContext(c.lines)
		return
	}
	if !c.begun {
		c.begun, c.json = true, c.lines && b == '{'
	}
	switch {
	case c.escape == 1:
		c.escape = 0
		switch b {
		case 'u':
			c.escape, c.code = 2, 0
		case '/':
			c.char('/')
		default: // a control character, quote or backslash
			c.char(' ')
		}
	case c.escape > 1:
		c.code = c.code<<4 | hexDigit(b)
		if c.escape++; c.escape == 6 {
			c.escape = 0
			c.char(c.code)
		}
	case c.json && b == '\\':
		c.escape = 1
	default:
		c.char(rune(b))
	}
}

// char moves the context behind one more character of the text; bytes of a
// multi-byte character come one by one.
func (c *context) char(r rune) {
	switch {
	case c.url < len(scheme) && r == rune(scheme[c.url]):
		c.url++
	case r == rune(scheme[0]):
		c.url = 1
	default:
		c.url = 0
	}
	switch c.state {
	case escaped:
		if c.state = free; r == '[' {
			c.state = sequence
		}
		return
	case sequence: // ECMA-48: parameters and intermediates, then one final byte
		if r >= 0x20 && r <= 0x3f {
			return
		}
		if r >= 0x40 && r <= 0x7e {
			c.state = free
			return
		}
	}
	switch {
	case r == 0x1b:
		c.state = escaped
	case r == '-' && c.state == free:
		c.state = dash
	case c.state == dash && isLetter(r):
		c.state = flag
	case isWord(r):
		c.state = word
	default:
		c.state = free
	}
}

// isWord reports whether r is usual in a path, so that a path does not begin or
// end beside it. Other characters are possible in names, but stand more often
// between a path and what is around it.
func isWord(r rune) bool {
	switch r {
	case '/', '_', '-', '.', '+', '~', '%':
		return true
	}
	return isLetter(r) || '0' <= r && r <= '9' || r >= 0x80
}

func isLetter(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }

// hexDigit returns the value of a digit; for a byte that is none (then the line
// is not JSON after all) anything will do.
func hexDigit(b byte) rune {
	switch {
	case '0' <= b && b <= '9':
		return rune(b - '0')
	case isLetter(rune(b)):
		return rune(b|0x20-'a'+10) & 15
	}
	return 0
}
