//go:build linux

package hermetic_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLivesKilled kills builds at instants that are spread over all that they do:
// first builds, each with an empty store, and builds with a full one. After each
// the next goes on with the same store and outputs. Nothing survives, and the next
// build is as if nothing had been. The scripts interrupt_* do the same at points
// that can be named.
func TestLivesKilled(t *testing.T) {
	base := t.TempDir()
	// A program of our own, so that no other test's is taken for it.
	program := filepath.Join(base, "cargo-hermetic")
	if _, err := output("cp", filepath.Join(theHost.dir, "bin", "cargo-hermetic"), program); err != nil {
		t.Fatal(err)
	}
	t.Run("empty store", func(t *testing.T) {
		killEverywhere(t, program, 4, func(i int) string { return filepath.Join(base, fmt.Sprint(i)) })
	})
	t.Run("full store", func(t *testing.T) { killEverywhere(t, program, 12, func(int) string { return theHost.cache }) })
}

// killEverywhere measures a build with the store that cache gives, and kills one
// at each of so many instants.
func killEverywhere(t *testing.T, program string, instants int, cache func(i int) string) {
	start := func(dir, cache string, args ...string) (*exec.Cmd, *strings.Builder) {
		out := &strings.Builder{}
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, livingEnv(t, "XDG_CACHE_HOME="+cache), out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, out
	}
	whole := time.Duration(-1)
	for i := 0; i < instants; {
		dir, place := livingProject(t, t.TempDir(), greeting), cache(i)
		began := time.Now()
		cmd, out := start(dir, place, "build")
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		instant := time.After(whole * time.Duration(i) / time.Duration(instants))
		if whole < 0 {
			instant = nil // the first is for measuring
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			// Measured, or faster than measured: the host was busy then. At the
			// same instant of that once more, in the same place made empty.
			whole = time.Since(began)
			if place != theHost.cache {
				removeAll(place)
			}
			continue
		case <-instant:
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err == nil || statusOf(cmd.ProcessState) != 137 {
				t.Fatalf("%v, want an end by SIGKILL", err)
			}
		}
		if err := await("the end of every process", func() (bool, error) { return !runs(t, program), nil }); err != nil {
			t.Fatal(err)
		}
		cmd, out = start(dir, place, "run", "-q")
		if err := cmd.Wait(); err != nil || !strings.HasSuffix(out.String(), "hello from p\n") || strings.Contains(out.String(), "warning") {
			t.Errorf("after a kill at %d/%d: %v\n%s", i, instants, err, out)
		}
		left, err := os.ReadDir(filepath.Join(place, "cargo-hermetic", "tmp"))
		if place != theHost.cache { // where others work too
			if err != nil || len(left) != 0 {
				t.Errorf("after a kill at %d/%d the store holds %v, %v", i, instants, left, err)
			}
			removeAll(place)
		}
		i++
	}
	t.Logf("a whole build took %s", whole.Round(time.Millisecond))
}

// runs reports whether a process of that program is there: pid 1 of a world is
// one, and nothing of a world outlives it.
func runs(t *testing.T, program string) bool {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if exe, err := os.Readlink(link); err == nil && exe == program {
			return true
		}
	}
	return false
}
