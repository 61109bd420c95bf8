package store

import (
	"os"
	"path/filepath"
	"testing"
)

// A place has one path for one key, and is empty whatever was left in it.
func TestPlace(t *testing.T) {
	s := open(t)
	dir, release, err := s.Place("key")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "a"), 0o500); err != nil {
		t.Fatal(err)
	}
	again, _, err := s.Place("key") // as after a kill: nobody released the first
	if err != nil || again != dir {
		t.Fatalf("%s, %v; want %s", again, err, dir)
	}
	if left := list(t, dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	other, releaseOther, err := s.Place("other")
	if err != nil || other == dir {
		t.Fatalf("%s, %v", other, err)
	}
	for _, release := range []func() error{release, releaseOther} {
		if err := release(); err != nil {
			t.Error(err)
		}
	}
	if left := list(t, filepath.Dir(dir)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
