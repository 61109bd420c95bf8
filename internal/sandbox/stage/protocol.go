// Package stage starts the second stage of a sandboxed run and talks with it.
//
// Every isolation works in two stages: this program starts itself again under
// another name, with the restrictions that must be there from the first
// instruction; the child reads one plan from a pipe, restricts itself further,
// starts the command, reaps, and reports. This package holds what all
// isolations share: the three pipes, the messages on them, signals that are
// passed on, inherited descriptors and signal actions that are put away, limits,
// and the way to the end of a run. It decides nothing about what a command may
// see.
package stage

// Descriptors of a second stage beyond stdin, stdout and stderr.
const (
	planFD    = 3 // read: one plan as JSON, then end of file
	statusFD  = 4 // write: messages as JSON
	controlFD = 5 // read: one byte a signal, see Child.act; end of file means that the parent is gone

	// ExtraFD is the first descriptor of Options.ExtraFiles.
	ExtraFD = 6
)

// Names of second stages, argv[0] of the child. They are no secret: a process
// that calls itself so only gets to read a plan from its own descriptor 3.
const namePrefix = "cargo-hermetic: "

// Name makes the argv[0] of a second stage.
func Name(of string) string { return namePrefix + of }

// message is what the second stage tells the parent.
type message struct {
	Failed  *Failure `json:",omitempty"` // the set-up stopped; nothing ran
	Weaker  string   `json:",omitempty"` // something this host cannot close
	Started bool     `json:",omitempty"` // the command runs
	Stopped bool     `json:",omitempty"` // every process of the world does, as was asked
	Exited  *Exited  `json:",omitempty"` // the command ended
}

// Failure names the step of a set-up that failed. As an error it means that the
// command was not started.
type Failure struct {
	Step  string // what was being done
	Errno int    // 0 if it was not a system call
	Text  string
}

func (f *Failure) Error() string { return f.Step + ": " + f.Text }

// Exited says how a command ended.
type Exited struct {
	Code   int // 128 and the signal's number, if Signal is not 0
	Signal int
}
