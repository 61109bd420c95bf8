package ui

import (
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Streams stand between the caller's stdout and stderr and a child that must
// not hold them: it gets a pseudo-terminal where the caller has a terminal, and
// a pipe elsewhere, so that its output looks the same and can be filtered, and
// it can neither type into the caller's terminal nor change its modes.
//
// What goes to a terminal passes a Guard, and so does stderr wherever it goes:
// its lines are for people, and a log is shown on a terminal sooner or later.
// What cargo itself says looks the same behind it. Only a stdout of its own that
// leads to a file or a pipe keeps every byte, because there it is data for a
// program: JSON messages, a test's own format, something binary. Whoever shows
// it decides how.
type Streams struct {
	Stdout, Stderr *os.File
	// Color is the caller's decision, `auto`, `always` or `never`. It is carried
	// out by what the child gets, never by its arguments or environment, which
	// are part of a world.
	Color string
	// NoProgress says that a terminal is not to be painted on (CI, a dumb
	// terminal): it then has no size, and cargo draws no bar.
	NoProgress bool
	// Separate keeps two streams apart even if they lead to the same place;
	// otherwise they share one, so that their order is kept.
	Separate bool
	// FilterOut and FilterErr wrap what is written to the caller. A shared
	// stream goes through FilterErr.
	FilterOut, FilterErr func(io.Writer) (io.WriteCloser, error)

	ChildOut, ChildErr *os.File // for the child, after Open

	copies []func() error // each waits for one copy to end
}

// Open makes the child's ends. The caller hands them to the child and calls
// Close after its end.
func (s *Streams) Open() (err error) {
	defer func() {
		if err != nil {
			err = diag.Join(err, s.Close())
		}
	}()
	errs := newScreen(s.Stderr)
	if s.ChildErr, err = s.connect(s.Stderr, errs, s.FilterErr); err != nil {
		return err
	}
	same := sameFile(s.Stdout, s.Stderr)
	if !s.Separate && same {
		s.ChildOut = s.ChildErr
		return nil
	}
	var out *screen
	switch {
	case !isTerminal(s.Stdout) && s.Color != "always": // data
	case same:
		out = errs // two halves of a line may come on different streams
	default:
		out = newScreen(s.Stdout)
	}
	s.ChildOut, err = s.connect(s.Stdout, out, s.FilterOut)
	return err
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// sameFile reports whether two descriptors lead to one terminal, file or pipe.
func sameFile(a, b *os.File) bool {
	x, xerr := a.Stat()
	y, yerr := b.Stat()
	return xerr == nil && yerr == nil && os.SameFile(x, y)
}

// connect returns a file for the child whose contents go through filter to w,
// and between the two through a guard if there is a screen.
func (s *Streams) connect(w *os.File, on *screen, filter func(io.Writer) (io.WriteCloser, error)) (*os.File, error) {
	last, unguard := io.Writer(w), func() error { return nil }
	if on != nil {
		guard := &Guard{screen: on}
		last, unguard = guard, guard.Close
	}
	out, err := filter(last)
	if err != nil {
		return nil, err
	}
	closed := func() error { return diag.Join(out.Close(), unguard()) }
	var read, child *os.File
	follow := func() {}
	terminal := isTerminal(w)
	if s.Color == "always" || terminal && s.Color != "never" {
		if read, child, err = pty.Open(); err == nil {
			follow, err = imitate(w, read, child, terminal && !s.NoProgress)
		}
	} else {
		read, child, err = os.Pipe()
	}
	if err != nil {
		for _, f := range []*os.File{read, child} {
			if f != nil {
				err = diag.Join(err, f.Close())
			}
		}
		return nil, diag.Join(err, closed())
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(out, read)
		if errors.Is(err, syscall.EIO) {
			err = nil // a pseudo-terminal whose other end is closed
		}
		if err != nil {
			// The caller's side is gone; the child must not block on a full
			// pipe for that.
			_, _ = io.Copy(io.Discard, read)
		}
		// As cargo: a closed pipe on its output is not its failure, and neither
		// is a terminal that has been closed.
		err = without(diag.Join(err, closed()), syscall.EPIPE)
		if terminal {
			err = without(err, syscall.EIO)
		}
		follow() // ends before the descriptor does, whose number is then another file's
		done <- diag.Join(err, read.Close())
	}()
	s.copies = append(s.copies, func() error { return <-done })
	return child, nil
}

// without takes what is due to errno out of joined errors and leaves the others.
func without(err error, errno syscall.Errno) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var rest []error
		for _, e := range joined.Unwrap() {
			rest = append(rest, without(e, errno))
		}
		return diag.Join(rest...)
	}
	if errors.Is(err, errno) {
		return nil
	}
	return err
}

// Close closes the child's ends and waits until everything has been written.
func (s *Streams) Close() error {
	var errs []error
	if s.ChildErr != nil {
		errs = append(errs, s.ChildErr.Close())
	}
	if s.ChildOut != nil && s.ChildOut != s.ChildErr {
		errs = append(errs, s.ChildOut.Close())
	}
	for _, wait := range s.copies {
		errs = append(errs, wait())
	}
	s.ChildOut, s.ChildErr, s.copies = nil, nil, nil
	return diag.Join(errs...)
}
