//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// The programs of testdata/stress do what is hard for a supervisor that traces
// everything, and check by themselves that it comes out as without one. Each part
// runs three times: with nobody watching, or the part proves nothing; in a world
// that holds everything still; and watched as an ordinary command.
const stressSources = "testdata/stress"

// stressLimit is how long a part may take before it counts as hanging.
var stressLimit = func() time.Duration {
	if os.Getenv("HERMETIC_STRESS") != "" {
		return 10 * time.Minute
	}
	return time.Minute
}()

// stressPart is a part of a program, and what it prints and ends with.
type stressPart struct {
	args   string // of the program, its name first
	output string
	code   int
	worlds bool // it shows what only a world does
}

// stressEnd is how a run ended.
type stressEnd struct {
	Output    string
	Code      int
	Processes bool // of the record, every program has an end
}

// stressPrograms compiles the programs that the parts name, and returns their
// directory.
func stressPrograms(t *testing.T, parts []stressPart) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("there is no gcc on this host")
	}
	dir := t.TempDir()
	done := map[string]bool{}
	for _, part := range parts {
		name, _, _ := strings.Cut(part.args, " ")
		if done[name] {
			continue
		}
		done[name] = true
		cmd := exec.Command("gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", filepath.Join(dir, name), filepath.Join(stressSources, name+".c"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	for _, p := range []string{filepath.Dir(dir), dir} { // for a world of another user
		if err := os.Chmod(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// stress runs parts.
func stress(t *testing.T, parts []stressPart) {
	t.Helper()
	dir := stressPrograms(t, parts)
	for _, part := range parts {
		t.Run(part.args, func(t *testing.T) {
			want := stressEnd{part.output, part.code, true}
			if !part.worlds {
				if diff := cmp.Diff(want, stressPlain(t, dir, part)); diff != "" {
					t.Fatalf("without a supervisor, so the part is wrong (-want +got)\n%s", diff)
				}
				if diff := cmp.Diff(want, stressWatched(t, dir, part)); diff != "" {
					t.Errorf("watched (-want +got)\n%s", diff)
				}
			}
			if diff := cmp.Diff(want, stressHeld(t, dir, part)); diff != "" {
				t.Errorf("in a world (-want +got)\n%s", diff)
			}
		})
	}
}

// stressPlain runs a part as it is.
func stressPlain(t *testing.T, dir string, part stressPart) stressEnd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stressLimit)
	defer cancel()
	args := strings.Fields(part.args)
	cmd := exec.CommandContext(ctx, filepath.Join(dir, args[0]), args[1:]...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stressEnd{string(out), cmd.ProcessState.ExitCode(), true}
}

// stressWorld is a world of a part, which can write in its directory.
func stressWorld(t *testing.T, dir string, argv ...string) sandbox.Spec {
	t.Helper()
	s := hostView(argv...)
	s.Dir, s.OpenFiles = "/work", 4096
	s.Mounts = append(s.Mounts,
		sandbox.Mount{Kind: spec.Bind, Source: dir, Target: "/programs"},
		sandbox.Mount{Kind: spec.Bind, Source: t.TempDir(), Target: "/work", Writable: true},
		sandbox.Mount{Kind: spec.Device, Source: "/dev/urandom", Target: "/dev/urandom"})
	s.Determinism = &sandbox.Determinism{Clock: sandbox.ClockHeld, Epoch: 1_000_000_000, Random: true, Seed: "stress", CPUs: 2, CPU: "host"}
	return s
}

func stressHeld(t *testing.T, dir string, part stressPart) stressEnd {
	t.Helper()
	args := strings.Fields(part.args)
	args[0] = "/programs/" + args[0]
	s := stressWorld(t, dir, args...)
	return stressRun(t, func(ctx context.Context, out *os.File, record io.Writer) (sandbox.Result, error) {
		s.Stdout, s.Stderr, s.Record = out, out, record
		return sandbox.Run(ctx, sandbox.Namespaces, s)
	})
}

func stressWatched(t *testing.T, dir string, part stressPart) stressEnd {
	t.Helper()
	args := strings.Fields(part.args)
	args[0] = filepath.Join(dir, args[0])
	o := sandbox.Ordinary{Argv: args, Env: os.Environ(), Dir: t.TempDir()}
	return stressRun(t, func(ctx context.Context, out *os.File, record io.Writer) (sandbox.Result, error) {
		o.Stdout, o.Stderr, o.Record = out, out, record
		return sandbox.Watch(ctx, o)
	})
}

// stressRun starts a run and collects how it ended. Nothing of it may be left in
// this process: no child, and no descriptor.
func stressRun(t *testing.T, start func(ctx context.Context, out *os.File, record io.Writer) (sandbox.Result, error)) stressEnd {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), stressLimit, errors.New("it hangs"))
	defer cancel()
	before := openDescriptors(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	copied := make(chan error, 1)
	go func() { _, err := io.Copy(&out, r); copied <- err }()
	var record bytes.Buffer
	result, err := start(ctx, w, &record)
	w.Close()
	copyErr := <-copied
	r.Close()
	if err != nil || copyErr != nil {
		t.Fatalf("%v, %v\n%s", err, copyErr, out.String())
	}
	if left := childrenOf(t); left != "" {
		t.Errorf("children are left: %s", left)
	}
	eventually(t, "our descriptors are closed", func() bool { return openDescriptors(t) <= before })
	rec, err := observation.Read(&record)
	if err != nil || rec.Cut {
		t.Fatalf("the record: %v, cut %t", err, rec != nil && rec.Cut)
	}
	return stressEnd{out.String(), result.ExitCode, everyEnd(t, rec)}
}

// everyEnd reports whether each process of a record has an end: that of its last
// program.
func everyEnd(t *testing.T, rec *observation.Record) bool {
	t.Helper()
	ended := map[int]bool{}
	for _, e := range rec.Exits {
		ended[e.Process] = true
	}
	follows := map[int]bool{} // another one in the same process
	for _, p := range rec.Processes {
		if p.Parent > 0 && rec.Process(p.Parent).PID == p.PID {
			follows[p.Parent] = true
		}
	}
	all := len(rec.Processes) > 0
	for _, p := range rec.Processes {
		if !ended[p.ID] && !follows[p.ID] {
			t.Logf("no end of %d: %q", p.ID, p.Argv)
			all = false
		}
	}
	return all
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// childrenOf lists this process's children, zombies too, but for those that other
// tests have: there are none, for tests of this package do not run in parallel.
func childrenOf(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		all = append(all, strings.Fields(string(data))...)
	}
	return strings.Join(all, " ")
}
