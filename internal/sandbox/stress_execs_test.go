//go:build linux

package sandbox_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
)

// TestStressExecs: programs that begin in unusual ways.
func TestStressExecs(t *testing.T) {
	stress(t, []stressPart{
		{args: "execs thread 20", output: "process 1 of one thread\n", code: 9},
		{args: "execs fails", output: "goes on\n"},
		{args: "execs late", output: "20 died\n"},
		{args: "execs large", output: "10 arguments of 1024000 bytes, 10 variables\n"},
		{args: "execs none", output: "begun with nothing but ``\n"},
		{args: "execs memory", output: "1 arguments of 4 bytes, 1 variables\n"},
		{args: "execs chain", output: "4\n", code: 11},
		{args: "execs spawns", output: "50 spawned\n"},
		{args: "execs hidden", output: "hidden\n"},
		{args: "execs descriptors", output: "1000 descriptors\n"},
	})
}

// TestStressUnreadable: a program that may be executed and not read cannot be held.
// For a tracer that may read everything it is as every other; for another one the
// run ends, and says why.
func TestStressUnreadable(t *testing.T) {
	dir := stressPrograms(t, []stressPart{{args: "execs"}})
	program := filepath.Join(dir, "execs")
	if err := os.Chmod(program, 0o111); err != nil {
		t.Fatal(err)
	}
	watched := stressWatched(t, dir, stressPart{args: "execs code 12"})
	if diff := cmp.Diff(stressEnd{"", 12, true}, watched); diff != "" {
		t.Errorf("watched (-want +got)\n%s", diff)
	}
	s := stressWorld(t, dir, "/programs/execs", "code", "12")
	_, result, err := try(t, s)
	if os.Geteuid() == 0 {
		if err != nil || result.ExitCode != 12 {
			t.Errorf("%+v, %v", result, err)
		}
		return
	}
	const want = "`/programs/execs` may be executed but not read"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error with %q", err, want)
	}
}

// TestStressWalls: ways around the supervisor, and programs that are broken or
// hostile.
func TestStressWalls(t *testing.T) {
	parts := []stressPart{
		{args: "walls escapes", output: "no escape\n"},
		{args: "walls filtered", output: "filtered\n"},
		{args: "walls unmapped", output: "unmapped\n"},
		{args: "walls times", output: "times\n"},
		{args: "walls clock 20000", output: "18 seconds passed\n"},
		{args: "walls chance", output: "chance\n"},
		{args: "walls devices 2000", output: "2000 devices\n"},
		{args: "walls directories 1000", output: "102 entries\n"},
		{args: "walls names 5000", output: "5000 names\n"},
	}
	for i := range parts {
		parts[i].worlds = true
	}
	stress(t, parts)
}

// TestStressScripts: the ordinary programs of a build, static and dynamic.
func TestStressScripts(t *testing.T) {
	for _, c := range []struct {
		script, want string
		code         int
	}{
		{"for i in 1 2 3; do (exit $i); echo $?; done; exit 4", "1\n2\n3\n", 4},
		{"date +%s; sleep 1.5; date +%s", "1000000000\n1000000001\n", 0},
		{"yes | head -n 20000 | sort | uniq -c | tr -s ' '", " 20000 y\n", 0},
		{"seq 300 | xargs -P 64 -n 1 sh -c 'exit 0' && echo all", "all\n", 0},
		{"(setsid sleep 86400 &) ; echo left", "left\n", 0},
		{"sh -c 'kill -KILL $$'; echo $?", "137\n", 0},
		{"timeout -s KILL 0.2 sh -c 'while :; do (:); done'; echo $?", "137\n", 0},
	} {
		t.Run(c.script, func(t *testing.T) {
			s := stressWorld(t, t.TempDir(), "/bin/sh", "-c", c.script)
			got := stressRun(t, func(ctx context.Context, out *os.File, record io.Writer) (sandbox.Result, error) {
				null, err := os.Open(os.DevNull)
				if err != nil {
					return sandbox.Result{}, fmt.Errorf("opening nothing: %w", err)
				}
				defer null.Close()
				s.Stdin, s.Stdout, s.Stderr, s.Record = null, out, null, record
				return sandbox.Run(ctx, sandbox.Namespaces, s)
			})
			got.Processes = true // the daemons have no end: the world's took them
			if diff := cmp.Diff(stressEnd{c.want, c.code, true}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
