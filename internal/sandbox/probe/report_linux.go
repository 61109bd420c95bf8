package probe

import (
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
)

// Descriptors of a child beyond stdin, stdout and stderr.
const (
	reportFD = 3 // write: one report as JSON
	socketFD = 4 // of a supervised child: hands the listener over
)

// report is what a child found.
type report struct {
	Value string      `json:",omitempty"`
	Step  string      `json:",omitempty"`
	Kind  advice.Step `json:",omitempty"`
	Errno int         `json:",omitempty"`
	Text  string      `json:",omitempty"` // empty: it worked
}

// newReport makes the report of a try.
func newReport(value string, err error) report {
	if err == nil {
		return report{Value: value}
	}
	r := report{Value: value, Text: err.Error()}
	if f := (*failure)(nil); errors.As(err, &f) {
		r.Step, r.Kind = f.step, f.kind
	}
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		r.Errno = int(errno)
	}
	return r
}

// err makes the error of a report again.
func (r report) err() error {
	switch {
	case r.Text == "":
		return nil
	case r.Errno != 0:
		return &failure{step: r.Step, kind: r.Kind, err: syscall.Errno(r.Errno)}
	case r.Step != "":
		return &failure{step: r.Step, kind: r.Kind, err: errors.New(r.Text[min(len(r.Text), len(r.Step)+2):])}
	}
	return errors.New(r.Text)
}

// ChildMain is a child: one try, one report. It never returns.
func ChildMain() {
	if IsInside(os.Args) {
		os.Exit(insideMain(os.Args[2]))
	}
	// Never unlocked: what a try restricts is its thread, and the process ends
	// with it.
	runtime.LockOSThread()
	unix.CloseOnExec(reportFD)
	try := childTries()[os.Args[1]]
	if try == nil {
		os.Exit(2)
	}
	value, err := try(os.Args[2])
	// The parent names what is missing if this cannot be written.
	if json.NewEncoder(os.NewFile(reportFD, "report")).Encode(newReport(value, err)) != nil {
		os.Exit(2)
	}
	os.Exit(0)
}

// childTries are the tries by name: those of the table, and the supervised
// process that one of them starts.
func childTries() map[string]func(string) (string, error) {
	tries := map[string]func(string) (string, error){supervisedName: supervised, waitingName: waiting}
	for _, f := range features() {
		tries[f.name] = f.try
	}
	return tries
}
