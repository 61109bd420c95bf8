//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// apart is how far two batches are from one another at least, so that a clock of
// whole seconds differs.
const apart = 1100 * time.Millisecond

// extraRuns is how often a program is run besides that is the same in three runs and
// said to be open: chance may have been the same.
const extraRuns = 20

// ends are how the runs of one program ended, with the hold and without.
type ends struct {
	held, plain []end
}

// suite runs batches.
type suite struct {
	host     *hostFacts
	bin      string
	sources  string
	inputs   [3]string
	around   [3]circumstances
	ends     map[string]*ends
	programs []*specimen
}

// runBatches runs all that there is to run: by batch, so that what two runs of a
// program have in common is the world only.
func runBatches(t *testing.T, h *hostFacts, programs []*specimen, bin string) map[string]*ends {
	t.Helper()
	s := &suite{host: h, bin: bin, ends: map[string]*ends{}, programs: programs}
	for _, p := range programs {
		s.ends[p.name] = &ends{}
	}
	var err error
	if s.sources, err = filepath.Abs(determinismDir); err != nil {
		t.Fatal(err)
	}
	top := t.TempDir()
	var dirs [3]string
	for i := range dirs {
		dirs[i] = filepath.Join(top, fmt.Sprint("caller", i))
		if err := os.Mkdir(dirs[i], 0o755); err != nil {
			t.Fatal(err)
		}
		s.inputs[i] = inputsOf(t, h, i)
	}
	s.around = threeCircumstances(h, dirs)
	var last time.Time
	for i := range s.around {
		<-time.After(time.Until(last.Add(apart)))
		last = time.Now()
		s.run(t, i, fmt.Sprintf("held run %d", i+1), programs, s.hold())
		s.run(t, i, fmt.Sprintf("plain run %d", i+1), programs, nil)
	}
	for i := range extraRuns {
		same := slices.DeleteFunc(slices.Clone(programs), func(p *specimen) bool {
			return p.held() || difference(s.ends[p.name].held) != ""
		})
		if len(same) == 0 {
			break
		}
		s.run(t, i%3, fmt.Sprintf("held run %d", i+4), same, s.hold())
	}
	return s.ends
}

// run runs each program once, under the i-th circumstances.
func (s *suite) run(t *testing.T, i int, name string, programs []*specimen, hold *spec.Determinism) {
	t.Helper()
	b := &batch{Name: name, Bin: s.bin, Sources: s.sources, Inputs: s.inputs[i], Scratch: s.around[i].Dir, Hold: hold}
	for _, p := range programs {
		b.Errands = append(b.Errands, errand{Name: p.name, Argv: p.argv(), Host: hold == nil && p.control == controlHost})
	}
	if i%2 == 1 {
		slices.Reverse(b.Errands)
	}
	for name, e := range b.send(t, s.around[i]) {
		if to := s.ends[name]; hold != nil {
			to.held = append(to.held, e)
		} else {
			to.plain = append(to.plain, e)
		}
	}
}

// hold is all of it. The numbers are unlike those of most hosts, so that an
// answer of the host is noticed.
func (s *suite) hold() *spec.Determinism {
	d := &spec.Determinism{Clock: spec.ClockHeld, Epoch: 1234567890, Random: true, Seed: "the determinism suite", CPUs: 3, CPU: "host"}
	if s.host.faults {
		d.CPU = "x86-64"
	}
	return d
}
