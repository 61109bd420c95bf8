package build

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
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
	// Shown says that where nothing is held still, the supervisor shows programs two
	// hosts that can be compared: a quiet one, on which clock, chance, addresses and
	// numbers are the same in each build, and one that differs from it as the rest says.
	Shown       bool
	Ahead       time.Duration // of the wall clock, which then runs
	CPUs        int           // processors; 0: those that there are
	Processor   string        // level of the processor, by CPUID; empty: the one that there is
	Kernel      bool          // another release
	Memory      bool          // other memory and disk
	FilesBack   bool          // directories are listed backwards, but for those of the crates
	CratesBack  bool          // those of the crates are
	Addresses   bool          // they are chance
	FirstNumber int           // of the first process; 0: as in every world
	Chance      bool          // programs draw other random numbers
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
	if !s.Shown {
		return nil
	}
	d := &sandbox.Determinism{
		Clock: sandbox.ClockHeld, Epoch: world.Epoch, Random: true, Seed: "a host", CPUs: s.CPUs, CPU: cmp.Or(s.Processor, "host"),
		Exempt:  append(slices.Clone(world.Exempt), world.PackagedCargo),
		Another: sandbox.Another{Kernel: s.Kernel, Memory: s.Memory, Addresses: s.Addresses, Numbers: s.FirstNumber},
	}
	if s.Chance {
		d.Seed = "another host"
	}
	if s.Ahead != 0 {
		// It runs, for everybody: cargo's own is real by the same list as ever.
		d.Epoch, d.Another.Start = now.Add(s.Ahead).Unix(), true
		d.Flowing = []string{w.Argv[0], world.PackagedCargo}
	}
	for _, m := range w.Mounts {
		ofCrates := m.What == world.CratesDir || m.What == world.CrateDir
		if ofCrates && s.CratesBack || !ofCrates && s.FilesBack {
			d.Another.Backwards = append(d.Another.Backwards, m.Place)
		}
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
