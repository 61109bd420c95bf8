//go:build linux

package hermetic_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestLivesCrowd builds many projects at once on one store that is empty at the
// start: every layer is there once and whole, nothing is left of the work, and
// nobody waits for ever. HERMETIC_CROWD asks for another number; `make stress`
// for 200.
func TestLivesCrowd(t *testing.T) {
	n := 12
	if text, ok := os.LookupEnv("HERMETIC_CROWD"); ok {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 2 {
			t.Fatalf("HERMETIC_CROWD=%q, %v: want a number from 2", text, err)
		}
	}
	base := t.TempDir()
	t.Cleanup(func() { removeAll(base) }) // layers have no write permission
	env := livingEnv(t, "XDG_CACHE_HOME="+base)
	dirs, cmds, outs := make([]string, n), make([]*exec.Cmd, n), make([]strings.Builder, n)
	for i := range n {
		dirs[i] = livingProject(t, t.TempDir(), map[string]string{"src/lib.rs": fmt.Sprintf("pub const N: u32 = %d;", i)})
		cmds[i] = exec.Command(filepath.Join(theHost.dir, "bin", "cargo-hermetic"), "check", "-j1")
		cmds[i].Dir, cmds[i].Env, cmds[i].Stdout, cmds[i].Stderr = dirs[i], env, &outs[i], &outs[i]
	}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if err := cmds[i].Run(); err != nil {
				t.Errorf("build %d: %v\n%s", i, err, outs[i].String())
			}
		})
	}
	all.Wait()
	copies := 0
	for i := range n {
		copies += strings.Count(outs[i].String(), "Copying Rust")
	}
	if copies != 1 {
		t.Errorf("the toolchain layer was made %d times, want once", copies)
	}
	store := filepath.Join(base, "cargo-hermetic")
	for dir, want := range map[string]int{"layers": 2, "tmp": 0} {
		entries, err := os.ReadDir(filepath.Join(store, dir))
		if err != nil || len(entries) != want {
			t.Errorf("%d entries in `%s` of the store, want %d: %v, %v", len(entries), dir, want, entries, err)
		}
	}
	// What the store remembers of its layers is forgotten, so that each is hashed
	// again: a damaged one would be made anew, with a warning.
	if err := os.RemoveAll(filepath.Join(store, "memory")); err != nil {
		t.Fatal(err)
	}
	if out := succeeds(t, dirs[0], env, "check", "-j1"); strings.Contains(out, "Copying") || strings.Contains(out, "warning") || strings.Contains(out, "Checking") {
		t.Errorf("the store or the outputs were not whole:\n%s", out)
	}
}
