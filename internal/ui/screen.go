package ui

import (
	"io"
	"strings"
	"sync"
)

// screen is what guards write to. It knows where on a line the output stands,
// and with that keeps two promises about lines of ours.
//
// What is on the screen stays. Nothing moves the cursor up, and text behind a
// carriage return does not mix with what it overwrites: the rest of the line is
// erased first. So a line shows what was written to it last, all in one piece.
//
// No line from a world begins as one of those that only we write (openings);
// such a line is marked. That also holds in a log, for whoever searches it.
// Cargo's own words (`note:`, `error:`) cannot be reserved, since cargo and
// rustc begin their lines with them; nor can what merely looks alike, by a
// letter of another script or by wrapping at the width of the terminal. What
// counts of a command is its exit code and what it writes in JSON.
type screen struct {
	mu  sync.Mutex
	w   io.Writer
	err error // the first error of w; once set, nothing is written
	out []byte

	begun     bool   // the line shows something, spaces included
	decided   bool   // the line is known not to begin as one of ours, or is marked
	opening   string // of an undecided line: its text without spaces and styles
	held      []byte // of an undecided line: what that text was made of
	overwrite bool   // a carriage return stands before what comes
	styled    bool   // a style was set and not reset
}

// openings are how lines begin that nobody but this program writes: the status
// line before a build, and the warning about a host that cannot close
// everything.
var openings = []string{"Hermetic ", "warning: weaker isolation"}

// insideMark stands before a line from a world that begins as one of ours.
const insideMark = "(from the build) "

// maxOpening bounds what is kept back of a line, in bytes: an opening with a few
// styles in it. More of them are a line that is up to something.
const maxOpening = 256

func newScreen(w io.Writer) *screen { return &screen{w: w} }

// text adds one visible character, or an escape that stands for one.
func (s *screen) text(c []byte) {
	if s.overwrite {
		s.overwrite = false
		s.out = append(s.out, "\x1b[K"...)
	}
	s.begun = true
	if s.decided || s.opening == "" && (c[0] == ' ' || c[0] == '\t') {
		s.out = append(s.out, c...)
		return
	}
	s.held = append(s.held, c...)
	s.opening += string(c)
	s.decide()
}

// restyle adds an SGR sequence.
func (s *screen) restyle(seq []byte) {
	s.styled = !isReset(seq)
	if s.decided || s.opening == "" {
		s.out = append(s.out, seq...)
		return
	}
	s.held = append(s.held, seq...)
	s.decide()
}

// decide writes what is held as soon as it is known whether the line begins as
// one of ours.
func (s *screen) decide() {
	possible := false
	for _, o := range openings {
		if s.opening == o || len(s.held) > maxOpening {
			s.out = append(s.out, insideMark...)
			possible = false
			break
		}
		possible = possible || strings.HasPrefix(o, s.opening)
	}
	if !possible {
		s.release()
	}
}

// release writes what is held; the line is decided.
func (s *screen) release() {
	s.out = append(s.out, s.held...)
	s.held, s.opening, s.decided = s.held[:0], "", true
}

func (s *screen) newline() {
	s.release()
	s.out = append(s.out, '\n')
	s.begun, s.decided, s.overwrite = false, false, false
}

func (s *screen) carriageReturn() {
	s.release()
	s.out = append(s.out, '\r')
	s.decided, s.overwrite = false, s.begun
}

// erase erases from the cursor to the end of the line.
func (s *screen) erase() {
	if s.overwrite {
		s.begun, s.overwrite = false, false
	}
	if s.opening == "" {
		s.out = append(s.out, "\x1b[K"...)
	} // else there is nothing to erase: the line ends at the cursor
}

// finish leaves no style and no unfinished line.
func (s *screen) finish() {
	s.release()
	if s.styled {
		s.out = append(s.out, "\x1b[0m"...)
		s.styled = false
	}
	s.decided = false
	if s.begun {
		s.newline()
	}
}

// flush writes what has gathered, in one write.
func (s *screen) flush() error {
	if s.err == nil && len(s.out) > 0 {
		_, s.err = s.w.Write(s.out)
	}
	s.out = s.out[:0]
	return s.err
}
