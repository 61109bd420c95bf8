// Package diag holds the one shape in which cargo-hermetic reports what went
// wrong: a sentence, the place in a file, the cause below it, and a help line
// that can be pasted.
//
// Library packages build and return diagnostics; only the command line prints
// them (internal/ui) and only main exits. A plain error that reaches the
// command line is an operation that failed; a *Diagnostic is an expected
// error, with an exit code of its own.
package diag

import (
	"errors"
	"fmt"
)

// Exit codes. They are part of the interface: documented in DESIGN section 8,
// append-only, never reused.
const (
	ExitUsage     = 1   // the command line is wrong
	ExitFailed    = 101 // the build failed, or anything that has no code of its own (cargo's code)
	ExitIsolation = 110 // the isolation asked for is not available on this host
	ExitPolicy    = 111 // something the policy does not allow
	ExitLock      = 112 // hermetic.lock is missing, damaged, out of date, or a digest differs

	ExitReproducible = 113 // two builds, or a build and what it is compared with, differ
	ExitAttestation  = 114 // an attestation is not valid, or is of something else
)

// Position is a place in a text file. Line and Column count from 1; 0 means
// unknown.
type Position struct {
	File   string
	Line   int
	Column int
}

func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Diagnostic is an expected error: the user, a file or the host is at fault.
type Diagnostic struct {
	Exit    int        // process exit code, one of the Exit constants
	Message string     // lower case, no full stop, backticks around names
	At      []Position // the places at fault, may be empty
	Notes   []string   // facts that explain the message, one line each
	Help    string     // what to do, best a command that can be pasted
	Cause   error      // what happened below, may be nil
}

// New returns a diagnostic with an exit code and a message.
func New(exit int, format string, args ...any) *Diagnostic {
	return &Diagnostic{Exit: exit, Message: fmt.Sprintf(format, args...)}
}

// In adds a place at fault. Zero line or column means unknown.
func (d *Diagnostic) In(file string, line, column int) *Diagnostic {
	d.At = append(d.At, Position{file, line, column})
	return d
}

// Note adds a line of explanation.
func (d *Diagnostic) Note(format string, args ...any) *Diagnostic {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
	return d
}

// WithHelp sets the help line.
func (d *Diagnostic) WithHelp(format string, args ...any) *Diagnostic {
	d.Help = fmt.Sprintf(format, args...)
	return d
}

// Because sets the cause.
func (d *Diagnostic) Because(err error) *Diagnostic {
	d.Cause = err
	return d
}

// Error gives the one-line Go form; internal/ui prints the cargo form.
func (d *Diagnostic) Error() string {
	text := d.Message
	if len(d.At) > 0 {
		text = d.At[0].String() + ": " + text
	}
	if d.Cause != nil {
		text += ": " + d.Cause.Error()
	}
	return text
}

func (d *Diagnostic) Unwrap() error { return d.Cause }

// link is one sentence of context around a cause.
type link struct {
	context string
	cause   error
}

func (l *link) Error() string { return l.context + ": " + l.cause.Error() }
func (l *link) Unwrap() error { return l.cause }

// Wrap says what was being done when err happened. It keeps the sentence apart
// from the cause, so that the same value prints as `doing x: cause` in Go form
// and as a `Caused by:` chain for people. Wrap(nil, ...) is nil.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &link{fmt.Sprintf(format, args...), err}
}

// Join returns the one error that is not nil as it is, so that it keeps its
// form, and joins several.
func Join(errs ...error) error {
	var found []error
	for _, err := range errs {
		if err != nil {
			found = append(found, err)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return errors.Join(found...)
}

// Chain returns the sentences of err from the outermost to the root cause,
// each without the text of the next.
func Chain(err error) []string {
	var chain []string
	for err != nil {
		switch e := err.(type) {
		case *link:
			chain = append(chain, e.context)
		case *Diagnostic:
			chain = append(chain, e.Message)
		default:
			return append(chain, err.Error())
		}
		err = errors.Unwrap(err)
	}
	return chain
}

// ExitCode returns the code of the outermost diagnostic in err's chain:
// ExitFailed for any other error, 0 for nil.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	if d, ok := errors.AsType[*Diagnostic](err); ok && d.Exit != 0 {
		return d.Exit
	}
	return ExitFailed
}
