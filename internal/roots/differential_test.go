//go:build !windows

package roots_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// These tests hold package roots against real cargo, rustup and git: random
// trees are written twice, once whole and once with nothing above the root, and
// what ours finds in the whole tree must be what they find in the bare one.
//
//	HERMETIC_TREES=5000 HERMETIC_SEED=7 go test -run TestTrees ./internal/roots
//	HERMETIC_SEED=7 HERMETIC_TREE=1234 go test -run TestTrees ./internal/roots
//
// The second line makes one tree again.
const (
	defaultTrees = 1000
	shortTrees   = 100
	defaultSeed  = 1
	// deepEvery is how many trees share one that is asked the slow questions.
	deepEvery = 10
	// maxDisagreements ends the test early: one fault shows in many trees.
	maxDisagreements = 5
)

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func TestTrees(t *testing.T) {
	t.Parallel()
	o := newOracle(t)
	trees := uint64(defaultTrees)
	if testing.Short() {
		trees = shortTrees
	}
	trees = setting(t, "HERMETIC_TREES", trees)
	seed := setting(t, "HERMETIC_SEED", defaultSeed)
	first := setting(t, "HERMETIC_TREE", 0)
	if os.Getenv("HERMETIC_TREE") != "" {
		trees = first + 1
	}
	base := t.TempDir()
	s := &summary{counted: map[string]map[string]int{}}
	var wait sync.WaitGroup
	for worker := range uint64(2) { // a third would only wait: cargo is quick, and the machine is shared
		wait.Go(func() {
			for number := first + worker; number < trees && s.differ() < maxDisagreements; number += 2 {
				tree := generate(fmt.Sprintf("HERMETIC_SEED=%d HERMETIC_TREE=%d", seed, number), fromSeed(seed, number))
				dir := filepath.Join(base, strconv.FormatUint(number, 10))
				c, err := o.compare(tree, dir, number%deepEvery == 0)
				if err == nil {
					err = os.RemoveAll(dir)
				}
				s.add(t, c, err)
			}
		})
	}
	wait.Wait()
	s.log(t, o)
	if trees-first >= defaultTrees {
		s.mustHold(t)
	}
}

// FuzzTrees lets a fuzzer drive the generator.
func FuzzTrees(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("one workspace, please"))
	f.Add([]byte{255, 254, 253, 252, 251, 250, 1, 2, 3, 4, 5, 6, 7, 8, 9, 200, 100, 50, 25, 12, 99, 98, 97})
	o := newOracle(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			t.Skip("more than a tree needs")
		}
		c, err := o.compare(generate("fuzzed", fromBytes(data)), t.TempDir(), false)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range c.differ {
			t.Errorf("%s\n%s", d, c.tree)
		}
	})
}

// summary counts the outcomes.
type summary struct {
	lock     sync.Mutex
	trees    int
	differed int
	counted  map[string]map[string]int
}

func (s *summary) differ() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.differed
}

func (s *summary) add(t *testing.T, c *comparison, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.trees++
	if err != nil {
		t.Errorf("%v\n%s", err, c.tree)
	}
	for _, d := range c.differ {
		t.Errorf("%s\n%s", d, c.tree)
	}
	if err != nil || len(c.differ) > 0 {
		s.differed++
	}
	for what, list := range c.counted {
		if s.counted[what] == nil {
			s.counted[what] = map[string]int{}
		}
		for _, about := range list {
			s.counted[what][about]++
		}
	}
}

func (s *summary) count(what string) int {
	n := 0
	for _, times := range s.counted[what] {
		n += times
	}
	return n
}

func (s *summary) log(t *testing.T, o *oracle) {
	t.Logf("%d trees, %d starts of an oracle, %d trees with a disagreement", s.trees, o.starts.Load(), s.differed)
	for _, what := range slices.Sorted(maps.Keys(s.counted)) {
		t.Logf("%5d %s", s.count(what), what)
		for _, about := range slices.Sorted(maps.Keys(s.counted[what])) {
			if about != "" {
				t.Logf("      %5d %s", s.counted[what][about], about)
			}
		}
	}
}

// mustHold fails if the trees were such that the test shows little: most of them
// must be compared to the end, the poison must act, and every kind of failure
// must have come up.
func (s *summary) mustHold(t *testing.T) {
	t.Helper()
	if s.differed > 0 {
		return // it ended early
	}
	const moved = "plain cargo is moved by what is above the root"
	for _, what := range []string{moved, "origins: equal", "graph: equal", "toolchain file: equal"} {
		if s.count(what) == 0 {
			t.Errorf("no tree for: %s", what)
		}
	}
	if left := s.count("workspace: left out"); left*10 > s.trees {
		t.Errorf("of %d trees %d were left out of the comparison of workspaces", s.trees, left)
	}
	if equal := s.count("workspace: equal"); equal*3 < s.trees {
		t.Errorf("of %d trees only %d have a workspace that is in order", s.trees, equal)
	}
	for _, f := range failures {
		if s.counted["workspace: both fail"][f.kind] == 0 && f.kind != noSuchManifest {
			t.Errorf("no tree fails by: %s", f.kind)
		}
	}
}
