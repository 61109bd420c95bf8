package build

import (
	"context"
	"encoding/json"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// Staged are circumstances of a build that no flag sets: those of a copy of a root
// which is built to be compared (internal/verify).
type Staged struct {
	// Epoch is the time of the commit that the copy was made of, for a policy that
	// asks for it: the copy has no history. 0: there is one to ask.
	Epoch int64
	// Shown says that where nothing is held still, the supervisor shows programs a
	// machine and a clock that are not the host's, as far as the rest says.
	Shown   bool
	Ahead   time.Duration // of the wall clock
	CPUs    int           // processors
	Machine bool          // kernel, memory, order of files
}

// stagedName is argument 0 of ourselves with circumstances.
const stagedName = "cargo-hermetic-staged"

// Argv is how to start ourselves so, with the arguments of the command line.
func (s Staged) Argv(args []string) ([]string, error) {
	data, err := json.Marshal(s)
	return append([]string{stagedName, string(data)}, args...), err
}

// ParseStaged reads what Argv made, and returns the arguments with a name in front.
// ok is false if this process was not started so.
func ParseStaged(argv []string) (s Staged, args []string, ok bool, err error) {
	if len(argv) < 2 || argv[0] != stagedName {
		return s, nil, false, nil
	}
	err = json.Unmarshal([]byte(argv[1]), &s)
	return s, append([]string{"cargo-hermetic"}, argv[2:]...), true, err
}

// shown is what the supervisor is asked to show where nothing is held still.
func (s Staged) shown(now time.Time, w world.World) *sandbox.Determinism {
	if !s.Shown || s.Ahead == 0 && s.CPUs == 0 && !s.Machine {
		return nil
	}
	d := &sandbox.Determinism{Clock: sandbox.ClockReal, CPUs: s.CPUs, CPU: "host"}
	if s.Ahead != 0 {
		// It runs, for everybody: cargo's own is real by the same list as ever.
		d.Clock, d.Epoch = sandbox.ClockHeld, now.Add(s.Ahead).Unix()
		d.Flowing = []string{w.Argv[0]}
	}
	if d.Clock == sandbox.ClockHeld || d.CPUs > 0 {
		d.Exempt = world.Exempt
	}
	return d
}

// Epoch is when the commit of a root was made, if its policy asks for that, and 0
// otherwise.
func Epoch(ctx context.Context, h *Host, o *Options) (int64, error) {
	p, err := Locate(h, o)
	if err != nil || p.Policy.World.Clock != "commit" {
		return 0, err
	}
	return h.commitTime(ctx, p)
}
