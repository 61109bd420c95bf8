// Package ui is the face of the program: status lines, warnings and errors on
// stderr in cargo's own look, byte for byte, and JSON events on stdout.
//
// It guarantees that text from outside (paths, names, messages of other
// programs) can neither control the terminal nor pass for a line of ours, and
// that every message is one write, so that messages of several processes do
// not mix within a line. It writes what it is told and decides nothing: it
// does not exit and does not look at the environment or the terminal.
package ui

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// Verbosity says how much is told.
type Verbosity int

// The verbosities of cargo. Quiet leaves errors alone, as `cargo -q` does: its
// warnings and notes go with the status lines.
const (
	Quiet       Verbosity = -1 // -q
	Normal      Verbosity = 0
	Verbose     Verbosity = 1 // -v
	VeryVerbose Verbosity = 2 // -vv
)

// Shell writes messages for people. It is safe for concurrent use.
type Shell struct {
	verbosity Verbosity
	style     palette

	mu  sync.Mutex
	w   io.Writer
	err error // the first error of w
}

// NewShell returns a shell that writes to w, which is stderr in the program.
func NewShell(w io.Writer, verbosity Verbosity, color bool) *Shell {
	s := &Shell{w: w, verbosity: verbosity}
	if color {
		s.style = colors
	}
	return s
}

// Verbosity returns how much is told.
func (s *Shell) Verbosity() Verbosity { return s.verbosity }

// Status says what the program does, as in `   Compiling demo v0.1.0`: a verb of
// at most 12 characters and what it is done to.
func (s *Shell) Status(verb, format string, args ...any) {
	if s.verbosity > Quiet {
		s.print(s.style.status.around(fmt.Sprintf("%12s", verb)) + " " + Escape(fmt.Sprintf(format, args...)) + "\n")
	}
}

// Warn prints `warning: message`.
func (s *Shell) Warn(format string, args ...any) {
	if s.verbosity > Quiet {
		s.print(s.style.warning.around("warning") + ": " + Escape(fmt.Sprintf(format, args...)) + "\n")
	}
}

// Note prints `note: message`.
func (s *Shell) Note(format string, args ...any) {
	if s.verbosity > Quiet {
		s.print(s.style.note.around("note") + ": " + Escape(fmt.Sprintf(format, args...)) + "\n")
	}
}

// Error prints an error with its places, notes, causes and help lines, whatever
// the verbosity. It prints nothing for nil.
func (s *Shell) Error(err error) {
	if err != nil {
		var b strings.Builder
		s.style.writeError(&b, err)
		s.print(b.String())
	}
}

// Err returns the first error that writing met. There is nowhere to print it;
// the build goes on, as cargo's does with a closed stderr.
func (s *Shell) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *Shell) print(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.WriteString(s.w, text); err != nil && s.err == nil {
		s.err = err
	}
}
