//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDeterminism runs every program of testdata/determinism three times in a
// world that holds time, chance and processors still, under different
// circumstances, and three times in the same world without that. What is held
// must be the same every time, what is known to be open must not be, and what does
// not differ without the hold proves nothing.
func TestDeterminism(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite compiles and starts every program six times")
	}
	if v := isolations[0]; !v.available(t) {
		t.Skipf("isolation `%s` is not available on this host", v.isolation)
	}
	programs := wanted(t, loadPrograms(t))
	table := &stateTable{}
	t.Cleanup(func() { // after the last program
		// Not t.Log: the table is the output of this test, also without -v.
		if err := table.write(os.Stdout); err != nil {
			t.Error(err)
		}
	})
	h := factsOfHost(t)
	var able []*specimen
	for _, p := range programs {
		if p.skip = p.lacking(h); p.skip == "" {
			able = append(able, p)
		}
	}
	bin := filepath.Join(t.TempDir(), "programs")
	compilePrograms(t, able, bin)
	ends := runBatches(t, h, able, bin)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			defer func() { table.add(p, t) }()
			if p.skip != "" {
				t.Skip(p.skip)
			}
			p.judge(t, ends[p.name])
		})
	}
}

// judge compares the ends of p with what its header says.
func (p *specimen) judge(t *testing.T, e *ends) {
	if len(e.held) < 3 || len(e.plain) < 3 {
		t.Fatalf("it ran %d times with the hold and %d times without", len(e.held), len(e.plain))
	}
	for _, run := range slices.Concat(e.held, e.plain) {
		if run.Error != "" {
			t.Fatalf("%s: %s", run.Where, run.Error)
		}
		// A property that a program checks by itself, with or without the hold.
		if run.ExitCode != 0 {
			t.Errorf("%s: it ended with %d\n%s", run.Where, run.ExitCode, run.Output)
		}
		if run.Output == "" {
			t.Errorf("%s: it printed nothing", run.Where)
		}
	}
	if t.Failed() {
		return
	}
	switch diff := difference(e.held); {
	case p.held() && diff != "":
		t.Errorf("not held: %s", diff)
	case !p.held() && diff == "":
		t.Errorf("the same in %d runs, so it is closed; its header says `%s`\n%s", len(e.held), p.state, e.held[0].Output)
	}
	// Equal output must not be how the program always is.
	diff := difference(e.plain)
	switch p.control {
	case controlView, controlHost:
		if diff == "" {
			t.Errorf("it does not differ without the hold either, so this is no source\n%s", e.plain[0].Output)
		}
	case controlReplaced, controlSame:
		if diff != "" {
			t.Errorf("it differs between runs on one host, so its control can be stronger: %s", diff)
		}
		if p.control == controlReplaced && e.plain[0].Output == e.held[0].Output {
			t.Errorf("with the hold it shows what it shows without, so nothing replaces it\n%s", e.plain[0].Output)
		}
	}
}

// difference is how the first run differs from another one, empty if from none.
func difference(runs []end) string {
	for _, run := range runs[1:] {
		if diff := cmp.Diff(runs[0].Output, run.Output); diff != "" {
			return fmt.Sprintf("%s (-), %s (+)\n%s", runs[0].Where, run.Where, diff)
		}
	}
	return ""
}

// compilePrograms puts what can be started into bin, two at a time.
func compilePrograms(t *testing.T, programs []*specimen, bin string) {
	t.Helper()
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	failures := parallel(2, programs, func(p *specimen) error {
		cmd := p.compiler(bin)
		if cmd == nil {
			return nil
		}
		cmd.Dir = filepath.Dir(bin) // no toolchain file of ours, and no module
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
		}
		return nil
	})
	for _, err := range failures {
		t.Error(err)
	}
	if len(failures) > 0 {
		t.FailNow()
	}
}

// compiler is the command that makes p, nil for a script.
func (p *specimen) compiler(bin string) *exec.Cmd {
	out := filepath.Join(bin, p.name)
	switch p.language {
	case "C":
		args := []string{"-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", out, p.path}
		return exec.Command("gcc", append(args, p.flags...)...)
	case "Rust":
		args := []string{"--edition=2021", "-Copt-level=1", "-Dwarnings", "--crate-name=program", "-o", out, p.path}
		return exec.Command("rustc", append(args, p.flags...)...)
	case "Go":
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, p.path)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		return cmd
	}
	return nil
}
