package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// crashesVariable asks for more kills than a run of all tests can wait for.
const crashesVariable = "HERMETIC_CRASHES"

// crashTree is the n-th layer that the crashing processes make. They share files
// of every size, so that sharing blocks has something to do where it can.
func crashTree(n int) tree {
	tr := tree{"link": fmt.Sprintf("-> %d", n), "empty/": "", "own": fmt.Sprint(n)}
	for i := range 8 {
		tr[fmt.Sprintf("lib/dir%d/common", i)] = strings.Repeat(fmt.Sprint(i), 1+i*3000)
	}
	return tr
}

// capture makes layers of files that lie elsewhere, as of a toolchain.
func capture(ready func(), s *Store) error {
	ctx, from := context.Background(), s.dir+"-source"
	for i := 0; ; i++ {
		b, err := s.Begin("system")
		if err != nil {
			return err
		}
		n := rand.IntN(churnLayers)
		for path, content := range crashTree(n) {
			if content == "" || strings.HasPrefix(content, "-> ") {
				continue
			}
			source := filepath.Join(from, strconv.Itoa(n), path)
			if err := b.AddFile(path, source); err != nil {
				return err
			}
		}
		l, err := b.Commit(ctx)
		if err != nil {
			return err
		}
		if err := s.Remember("captures", strconv.Itoa(n), l.Digest); err != nil {
			return err
		}
		if err := s.Close(); err != nil { // so that the others can collect it
			return err
		}
		if i == 0 {
			ready()
		}
	}
}

// fetch makes layers as a fetch does: downloads under their lock, a staged tree
// that another program writes, a record.
func fetch(ready func(), s *Store) error {
	ctx := context.Background()
	for i := 0; ; i++ {
		unlock, err := s.Lock(ctx, downloadsLock, nil)
		if err != nil {
			return err
		}
		downloads, err := s.Downloads()
		if err != nil {
			return err
		}
		n := rand.IntN(churnLayers)
		if err := os.WriteFile(filepath.Join(downloads, fmt.Sprint(n)), make([]byte, 100_000), 0o644); err != nil {
			return err
		}
		b, err := s.Begin("crates")
		if err != nil {
			return err
		}
		for path, content := range crashTree(n) {
			full := filepath.Join(b.Dir(), path)
			if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
				return err
			}
			if target, isLink := strings.CutPrefix(content, "-> "); isLink {
				err = os.Symlink(target, full)
			} else if strings.HasSuffix(path, "/") {
				err = os.MkdirAll(full, 0o755)
			} else {
				err = os.WriteFile(full, []byte(content), 0o644)
			}
			if err != nil {
				return err
			}
		}
		l, err := b.Commit(ctx)
		if err != nil {
			return err
		}
		if err := errors.Join(s.Remember("crates", strconv.Itoa(n), l.Digest), unlock(), s.Close()); err != nil {
			return err
		}
		if i == 0 {
			ready()
		}
	}
}

// collectAll removes everything that nobody uses, again and again.
func collectAll(ready func(), s *Store) error {
	for i := 0; ; i++ {
		limits := Limits{Now: time.Now()}
		if size := int64(rand.IntN(3)) * 100_000; i%2 == 0 {
			limits.MaxSize = &size
		} else {
			age := time.Duration(0)
			limits.MaxAge = &age
		}
		if _, err := s.Collect(context.Background(), limits, nil); err != nil {
			return err
		}
		if i == 0 {
			ready()
		}
	}
}

// useLayers asks for layers, and reads what it got to the end. Nothing here drops
// a layer, so one that vanishes under it was collected although it was in use.
func useLayers(ready func(), s *Store) error {
	known, err := crashDigests()
	if err != nil {
		return err
	}
	ready()
	for {
		for _, d := range known {
			l, ok, err := s.Layer(context.Background(), d)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			for i := range 8 {
				if _, err := os.ReadFile(fmt.Sprintf("%s/lib/dir%d/common", l.Dir, i)); err != nil {
					return fmt.Errorf("a layer vanished from under its user: %w", err)
				}
			}
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
}

// TestCrash kills processes at whatever instant of a capture, a fetch or a
// collection they have reached, beside the others that go on. The store is
// verified in full after each kill, and in the end nothing is left behind.
func TestCrash(t *testing.T) {
	crashes := 20
	if text := os.Getenv(crashesVariable); text != "" {
		var err error
		if crashes, err = strconv.Atoi(text); err != nil {
			t.Fatalf("%s: %v", crashesVariable, err)
		}
	}
	s := open(t)
	for n := range churnLayers {
		crashTree(n).plant(t, filepath.Join(s.dir+"-source", strconv.Itoa(n)))
	}
	kinds := []string{"capture", "fetch", "gc"}
	user := start(t, "user", s.dir)
	children := map[string]*exec.Cmd{}
	for _, kind := range kinds {
		children[kind] = start(t, kind, s.dir)
	}
	layers := 0
	for round := range crashes {
		instant := time.After(rand.N(100 * time.Millisecond))
		for passed := false; !passed; { // the time passes with work in it
			layers += sound(t, s)
			select {
			case <-instant:
				passed = true
			default:
			}
		}
		victim := kinds[round%len(kinds)]
		kill(t, children[victim])
		layers += sound(t, s)
		children[victim] = start(t, victim, s.dir)
	}
	for _, c := range children {
		kill(t, c)
	}
	kill(t, user)
	t.Logf("%d kills; %d layers read while it went on", crashes, layers)
	if layers == 0 {
		t.Error("no layer was ever there to be verified")
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	sound(t, s)
	if left := list(t, s.path(tmpDir)); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
	for _, path := range list(t, s.dir) {
		if strings.HasSuffix(path, ".part") {
			t.Errorf("left behind: %s", path)
		}
	}
}

// sound verifies the whole store and counts its layers.
func sound(t *testing.T, s *Store) int {
	t.Helper()
	count := 0
	err := s.Verify(t.Context(), func(string, string, int64) {}, func(v Verified) error {
		count++
		if diff := cmp.Diff([]Damage(nil), v.Damage); diff != "" {
			return diag.New(diag.ExitLock, "layer %s (-want +got):\n%s", v.Layer, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, removed, err := s.VerifyRecords(t.Context()); err != nil || len(removed) > 0 {
		t.Fatalf("damaged records: %v, %v", removed, err)
	}
	if _, err := s.Usage(); err != nil {
		t.Fatal(err)
	}
	return count
}
