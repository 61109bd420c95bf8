package ui

import "fmt"

// Detail is a status line that only -v shows.
func (s *Shell) Detail(verb, format string, args ...any) {
	if s.verbosity >= Verbose {
		s.Status(verb, format, args...)
	}
}

// Line prints a line of a list as it is, without a verb.
func (s *Shell) Line(format string, args ...any) {
	if s.verbosity > Quiet {
		s.print("             " + Escape(fmt.Sprintf(format, args...)) + "\n")
	}
}
