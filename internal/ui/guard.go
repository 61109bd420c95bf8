package ui

import (
	"io"
	"os"
	"unicode"
	"unicode/utf8"
)

// Guard stands between what runs in a world and what shows its output. What it
// lets through can colour text and draw a progress bar, and nothing else:
//
//   - text in UTF-8, tabs, ends of lines;
//   - SGR, which sets colours and weights, but none that hides text;
//   - a carriage return, and erasing from the cursor to the end of the line:
//     with these two cargo draws its bar.
//
// Everything else becomes visible: `\x1b`, `\u{202e}`. It is not dropped,
// because only a complete parser of every terminal's sequences knows where one
// ends, and one without an end would take what follows with it, such as cargo's
// errors. So no title, clipboard, link, other screen, cursor movement or
// bracketed paste, no question that the terminal answers by typing into the
// caller's shell, no C1 control in either form, no invisible and no
// direction-changing character.
//
// What is possible against lines that look like ours is in screen.go.
//
// How the output is cut into writes makes no difference to what comes out. A
// Guard is for one stream and not safe for concurrent use; several may share a
// screen.
type Guard struct {
	screen *screen
	held   []byte // an unfinished character or sequence
	closed bool
}

// NewGuard returns a guard in front of w.
func NewGuard(w io.Writer) *Guard { return &Guard{screen: newScreen(w)} }

// Write implements io.Writer. The error is that of the writer below.
func (g *Guard) Write(p []byte) (int, error) {
	if g.closed {
		return 0, os.ErrClosed
	}
	g.held = append(g.held, p...)
	if err := g.pass(false); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close writes what is kept back, and leaves the screen without a style and at
// the beginning of a line, so that what we say next is read as it is. It does
// not close the writer below.
func (g *Guard) Close() error {
	if g.closed {
		return nil
	}
	g.closed = true
	return g.pass(true)
}

// pass hands over all of held that is decided; all of it if this is the end.
func (g *Guard) pass(end bool) error {
	s := g.screen
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := g.held
	for len(rest) > 0 {
		n := decide(s, rest, end)
		if n == 0 {
			break
		}
		rest = rest[n:]
	}
	g.held = append(g.held[:0], rest...)
	if end {
		s.finish()
	}
	return s.flush()
}

// decide hands one thing at the beginning of b to the screen and returns its
// length; 0 if more bytes are needed to know what it is.
func decide(s *screen, b []byte, end bool) int {
	switch c := b[0]; {
	case c == '\n':
		s.newline()
	case c == '\r':
		s.carriageReturn()
	case c == 0x1b:
		kind, n := sequence(b)
		switch {
		case kind == unfinished && !end:
			return 0
		case kind == restyling:
			s.restyle(b[:n])
			return n
		case kind == erasing:
			s.erase()
			return n
		}
		s.text(visible(rune(c), c))
	case c == '\t' || ' ' <= c && c <= '~':
		s.text(b[:1])
	case c < utf8.RuneSelf:
		s.text(visible(rune(c), c))
	default:
		if !end && !utf8.FullRune(b) {
			return 0
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 || misleads(r) {
			s.text(visible(r, c))
		} else {
			s.text(b[:n])
		}
		return n
	}
	return 1
}

// misleads reports whether a character beyond ASCII controls a terminal (C1) or
// shows text otherwise than it is. The two joiners only choose the shape of
// their neighbours, and Persian and families of emoji need them.
func misleads(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != nonJoiner && r != joiner
}
