package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// churnLayers is how many different layers the churning processes make; few, so
// that they get into each other's way.
const churnLayers = 5

// churnTree is the n-th of them.
func churnTree(n int) tree {
	tr := tree{"link": fmt.Sprintf("-> %d", n), "empty/": ""}
	for i := range 10 {
		tr[fmt.Sprintf("dir%d/file", i)] = strings.Repeat(fmt.Sprint(n), i*1000)
	}
	return tr
}

// churn does everything that processes do to a store, until it is killed.
func churn(ready func(), s *Store) error {
	ctx := context.Background()
	ready()
	for i := rand.IntN(churnLayers); ; i++ {
		layer, err := churnTree(i%churnLayers).commit(ctx, s)
		if err != nil {
			return err
		}
		if i%7 == 0 {
			if err := s.Drop(layer.Digest); err != nil {
				return err
			}
		}
		dir, release, err := s.TempDir("churn")
		if err != nil {
			return err
		}
		if err := errors.Join(
			os.MkdirAll(filepath.Join(dir, "a/b"), 0o755), os.Chmod(filepath.Join(dir, "a"), 0o555),
			s.Remember("churn", "key", i), s.Sweep(ctx)); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(dir, "a/b")); err != nil {
			return fmt.Errorf("a sweep took what lives: %w", err)
		}
		var last int
		if ok, err := s.Recall("churn", "key", &last); !ok || err != nil {
			return fmt.Errorf("recalled %v, %v", ok, err)
		}
		if err := release(); err != nil {
			return err
		}
	}
}

// Processes make, drop and sweep, and are killed at whatever instant they have
// reached. What is visible is complete at every moment, and nothing stays.
func TestKilledProcesses(t *testing.T) {
	s := open(t)
	known := map[digest.Digest]tree{}
	for n := range churnLayers {
		known[churnTree(n).digest(t)] = churnTree(n)
	}
	var children []*exec.Cmd
	for range 3 {
		children = append(children, start(t, "churn", s.dir))
	}
	rounds := 25
	if testing.Short() {
		rounds = 5
	}
	for round := range rounds {
		// Some time passes, with work in it; a layer takes racyWindow and more.
		for end := time.Now().Add(rand.N(6 * racyWindow)); time.Now().Before(end); {
			visible(t, s, known)
		}
		victim := round % len(children)
		kill(t, children[victim])
		children[victim] = start(t, "churn", s.dir)
	}
	for _, c := range children {
		kill(t, c)
	}
	if seen := visible(t, s, known); seen == 0 {
		t.Error("no layer at all was made")
	}
	for d := range known { // by content, not by memory
		if _, err := os.Lstat(s.layerPath(d)); err != nil {
			continue
		}
		if err := os.RemoveAll(s.layerPath(d, memoryFile)); err != nil {
			t.Fatal(err)
		}
		mustLayer(t, s, d)
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := list(t, s.path(tmpDir)); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
	for _, path := range list(t, s.dir) {
		if strings.HasSuffix(path, ".part") {
			t.Errorf("left behind: %s", path)
		}
	}
}

// visible checks what is under layers/ at this moment and counts it.
func visible(t *testing.T, s *Store, known map[digest.Digest]tree) int {
	t.Helper()
	entries, err := os.ReadDir(s.path(layersDir))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]digest.Digest{}
	for d := range known {
		names[d.Hex()] = d
	}
	for _, e := range entries {
		d, ok := names[e.Name()]
		if !ok {
			t.Fatalf("%s is no layer that anybody made", e.Name())
		}
		_, _, err := s.Layer(t.Context(), d)
		// A layer that is dropped while we look at it may be found missing in
		// part; then it is gone from its place by now, or was made again.
		if err != nil && !gone(t, s, d, err) {
			t.Fatal(err)
		}
	}
	return len(entries)
}

// gone reports whether the error goes away by itself: it was a concurrent Drop.
func gone(t *testing.T, s *Store, d digest.Digest, first error) bool {
	t.Helper()
	for range 100 {
		if _, _, err := s.Layer(t.Context(), d); err == nil {
			return true
		}
	}
	t.Log(first)
	return false
}

// hold makes one of everything that lives in tmp/ and keeps it.
func hold(ready func(), s *Store) error {
	b, err := s.Begin("held")
	if err != nil {
		return err
	}
	if err := b.AddBytes("a/b", []byte("x"), false); err != nil {
		return err
	}
	dir, _, err := s.TempDir("held")
	if err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "closed/in"), 0o755), os.Chmod(filepath.Join(dir, "closed"), 0o555), os.Symlink("..", filepath.Join(dir, "out"))); err != nil {
		return err
	}
	ready()
	select {}
}

func TestSweep(t *testing.T) {
	s := open(t)
	child := start(t, "hold", s.dir)
	own, release, err := s.TempDir("own")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(own)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v, want 0700", info.Mode(), err)
	}
	// Left by a process that died between two steps, or by nobody we know.
	tree{"dead-1.lock": "", "dead-2/x/y": "", "dead-2.lock": "", "foreign/z": "", "foreign-file": "", "link": "-> " + own}.plant(t, s.path(tmpDir))
	tree{".memory.X.part": "", "keep": ""}.plant(t, s.path(memoryDir))

	sweep := func() []string {
		t.Helper()
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		names := list(t, s.path(tmpDir))
		for i, name := range names {
			if dir, _, below := strings.Cut(name, "/"); below {
				name = dir + "/"
			}
			label, random, _ := strings.Cut(name, "-")
			names[i] = label + random[26:]
		}
		return names
	}
	// The child's staged layer and its directory, each with a lock, and ours.
	want := []string{"held/", "held.lock", "held/", "held/", "held.lock", "own/", "own.lock"}
	got := sweep()
	for _, name := range []string{"held/", "held.lock", "own/", "own.lock"} {
		if !strings.Contains(strings.Join(got, " "), name) {
			t.Errorf("a sweep took %s, which lives (left: %v)", name, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("left %v, want %v in any order", got, want)
	}
	if diff := cmp.Diff([]string{"keep"}, list(t, s.path(memoryDir))); diff != "" {
		t.Errorf("memory (-want +got):\n%s", diff)
	}
	kill(t, child)
	if diff := cmp.Diff([]string{"own.lock", "own/"}, sweep()); diff != "" {
		t.Errorf("after the child's death (-want +got):\n%s", diff)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if left := list(t, s.path(tmpDir)); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Sweep(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("a sweep that was cancelled: %v", err)
	}
}

// Two processes that open the same free lock file of a dead one: fsx.TryLock
// decides, and the loser goes on.
func TestSweepsExcludeEachOther(t *testing.T) {
	s := open(t)
	tree{"dead/x": ""}.plant(t, s.path(tmpDir))
	lock, err := fsx.TryLock(s.path(tmpDir, "dead"+lockSuffix))
	if err != nil || lock == nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"dead.lock", "dead/x"}, list(t, s.path(tmpDir))); diff != "" {
		t.Errorf("taken from under another sweep (-want +got):\n%s", diff)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := list(t, s.path(tmpDir)); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
}
