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

// instants is at how many points of a first build it is killed.
const instants = 16

// TestLivesKilled kills a first build, with an empty store, at instants that are
// spread over all that it does, and after each goes on with the same store and
// outputs. Nothing survives, and the next build is as if nothing had been. The
// scripts interrupt_* do the same at points that can be named.
func TestLivesKilled(t *testing.T) {
	base := t.TempDir()
	t.Cleanup(func() { removeAll(base) }) // layers have no write permission
	// A program of our own, so that no other test's is taken for it.
	program := filepath.Join(base, "cargo-hermetic")
	if _, err := output("cp", filepath.Join(theHost.dir, "bin", "cargo-hermetic"), program); err != nil {
		t.Fatal(err)
	}
	start := func(dir, cache string, args ...string) (*exec.Cmd, *strings.Builder) {
		out := &strings.Builder{}
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, livingEnv(t, "XDG_CACHE_HOME="+cache), out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, out
	}
	began := time.Now()
	cmd, out := start(livingProject(t, t.TempDir(), greeting), filepath.Join(base, "first"), "build")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole := time.Since(began)
	killed := 0
	for i := range instants {
		dir, cache := livingProject(t, t.TempDir(), greeting), filepath.Join(base, fmt.Sprint(i/4)) // four kills a store
		cmd, _ := start(dir, cache, "build")
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended: // faster than the first time
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(whole * time.Duration(i) / instants):
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err == nil || statusOf(cmd.ProcessState) != 137 {
				t.Fatalf("%v, want an end by SIGKILL", err)
			}
			killed++
		}
		if err := await("the end of every process", func() (bool, error) { return !runs(t, program), nil }); err != nil {
			t.Fatal(err)
		}
		cmd, out := start(dir, cache, "run", "-q")
		if err := cmd.Wait(); err != nil || !strings.HasSuffix(out.String(), "hello from p\n") || strings.Contains(out.String(), "warning") {
			t.Errorf("after a kill at %d/%d: %v\n%s", i, instants, err, out)
		}
		left, err := os.ReadDir(filepath.Join(cache, "cargo-hermetic", "tmp"))
		if err != nil || len(left) != 0 {
			t.Errorf("after a kill at %d/%d the store holds %v, %v", i, instants, left, err)
		}
	}
	t.Logf("a whole build took %s; %d of %d were killed", whole.Round(time.Millisecond), killed, instants)
	if killed < instants/4 {
		t.Errorf("only %d of %d builds were killed", killed, instants)
	}
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
