package store

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// crashDigests are the digests of both kinds of layers that TestCrash makes:
// captured ones have no link and no empty directory or file.
func crashDigests() ([]digest.Digest, error) {
	var all []digest.Digest
	for n := range churnLayers {
		captured := tree{}
		for path, content := range crashTree(n) {
			if path != "link" && content != "" {
				captured[path] = content
			}
		}
		for _, tr := range []tree{crashTree(n), captured} {
			d, err := tr.compute()
			if err != nil {
				return nil, err
			}
			all = append(all, d)
		}
	}
	return all, nil
}

// keepLayer is a build that uses the example until it is killed.
func keepLayer(ready func(), s *Store) error {
	d, err := example.compute()
	if err != nil {
		return err
	}
	if _, ok, err := s.Unchecked(d); !ok || err != nil {
		return fmt.Errorf("there is no such layer: %v", err)
	}
	ready()
	never := make(chan os.Signal, 1)
	signal.Notify(never, os.Interrupt) // waits in the runtime's eyes too, which takes `select {}` for a deadlock
	<-never
	return nil
}

// everything are limits that nothing meets.
func everything() Limits {
	none, age := int64(0), time.Duration(0)
	return Limits{MaxSize: &none, MaxAge: &age, Now: time.Now().Add(time.Hour)}
}

func collect(t *testing.T, s *Store, l Limits) Collected {
	t.Helper()
	c, err := s.Collect(t.Context(), l, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func names(items []Item) []string {
	list := []string{}
	for _, i := range items {
		list = append(list, i.Kind+" "+i.Name)
	}
	return list
}

// reopen is another process's view of the same store.
func reopen(t *testing.T, s *Store) *Store {
	t.Helper()
	other, err := Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// What a living process uses stays, whatever the limits; when it is killed, it goes.
func TestCollectSparesUse(t *testing.T) {
	s := open(t)
	l := mustCommit(t, s, example)
	other := mustCommit(t, s, tree{"other": "x"})
	kept := "test " + l.Digest.String()
	gone := "test " + other.Digest.String()

	// This process uses both since it made them, also for another Store.
	c := collect(t, reopen(t, s), everything())
	if len(c.Removed) > 0 || len(c.InUse) != 2 || c.Before != c.After || c.Before == 0 {
		t.Fatalf("collected what this process made: %+v", c)
	}
	child := start(t, "keep", s.dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	dry := everything()
	dry.DryRun = true
	for _, limits := range []Limits{dry, everything()} {
		c = collect(t, s, limits)
		if diff := cmp.Diff([][]string{{gone}, {kept}}, [][]string{names(c.Removed), names(c.InUse)}); diff != "" {
			t.Errorf("dry run %v: removed and in use (-want +got):\n%s", limits.DryRun, diff)
		}
	}
	if _, err := os.ReadFile(l.Dir + "/src/lib.rs"); err != nil {
		t.Fatalf("collected although it is in use: %v", err)
	}
	if _, ok, err := s.Layer(t.Context(), other.Digest); ok || err != nil {
		t.Errorf("what nobody used is still there: %v, %v", ok, err)
	}
	kill(t, child)
	if c = collect(t, s, everything()); len(c.Removed) != 1 || c.After != 0 {
		t.Errorf("after the user's death: %+v", c)
	}
	if left := list(t, s.path(layersDir)); len(left) > 0 {
		t.Errorf("left of the layers: %v", left)
	}
}

// A layer that was dropped and made again is in use under the same Store, and the
// old lock protects nobody.
func TestUseFollowsTheLayer(t *testing.T) {
	s := open(t)
	l := mustCommit(t, s, example)
	if err := reopen(t, s).Drop(l.Digest); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Layer(t.Context(), l.Digest); ok || err != nil {
		t.Fatalf("dropped, and there: %v, %v", ok, err)
	}
	maker := reopen(t, s)
	mustCommit(t, maker, example)
	mustLayer(t, s, l.Digest)
	if err := maker.Close(); err != nil {
		t.Fatal(err)
	}
	if c := collect(t, maker, everything()); len(c.InUse) != 1 {
		t.Errorf("the layer that is used was taken: %+v", c)
	}
}

// Many users, makers and collectors of one layer in one process: whoever was
// told that the layer is there can read it for as long as it holds it.
func TestUseBesideCollect(t *testing.T) {
	s := open(t)
	d := example.digest(t)
	var wait sync.WaitGroup
	stop := time.Now().Add(300 * time.Millisecond)
	for range 2 {
		wait.Go(func() {
			for own := reopen(t, s); time.Now().Before(stop); {
				l, err := example.commit(t.Context(), own)
				if err == nil {
					_, err = os.ReadFile(l.Dir + "/src/lib.rs")
				}
				if err := own.Close(); err != nil {
					t.Error(err)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
		wait.Go(func() {
			for own := reopen(t, s); time.Now().Before(stop); {
				l, ok, err := own.Unchecked(d)
				if ok {
					_, err = os.ReadFile(l.Dir + "/src/a/b/c")
				}
				if err := own.Close(); err != nil {
					t.Error(err)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
		wait.Go(func() {
			for own := reopen(t, s); time.Now().Before(stop); {
				if _, err := own.Collect(t.Context(), everything(), nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
}

// The times of a directory stand for its list of names, so a layer with a young
// one is not remembered; a root of a project, whose directories are listed, is.
func TestSettledDirectories(t *testing.T) {
	const now, old = int64(time.Hour), int64(time.Minute)
	directory := func(ctime int64) fsx.Entry {
		return fsx.Entry{Path: "d", Type: fsx.Directory, MtimeNs: old, CtimeNs: ctime}
	}
	for name, test := range map[string]struct {
		snap snapshot
		want bool
	}{
		"old layer":                  {snapshot{directory(old), []fsx.Entry{directory(old)}, now}, true},
		"layer with young directory": {snapshot{directory(old), []fsx.Entry{directory(now)}, now}, false},
		"young layer":                {snapshot{directory(now), []fsx.Entry{directory(old)}, now}, false},
		"project":                    {snapshot{fsx.Entry{}, []fsx.Entry{directory(now)}, now}, true},
	} {
		if got := test.snap.settled(); got != test.want {
			t.Errorf("%s: settled %v", name, got)
		}
	}
}
