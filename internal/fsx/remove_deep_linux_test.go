package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A tree may be deeper than there are descriptors, hold directories without
// rights at every depth, names that flattening would like to use, and links.
func TestRemoveTreeDeep(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tree := filepath.Join(dir, "tree")
	for _, name := range []string{"0", "1/2/0", "x"} {
		if err := os.MkdirAll(filepath.Join(tree, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	at, err := os.OpenRoot(tree)
	if err != nil {
		t.Fatal(err)
	}
	// The limit applies to what is opened below, not to what is open.
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	const few, depth = 128, 1000
	for i := range depth {
		err := at.Mkdir("d", 0o755)
		if err == nil {
			err = at.Symlink("../../outside", "link")
		}
		if err == nil {
			err = at.WriteFile("file", nil, 0)
		}
		var next *os.Root
		if err == nil {
			next, err = at.OpenRoot("d")
		}
		if err == nil && i%3 == 0 {
			err = at.Chmod(".", 0) // of what is complete; next is open already
		}
		if err := errors.Join(err, at.Close()); err != nil {
			t.Fatal(err)
		}
		at = next
	}
	if err := at.Close(); err != nil {
		t.Fatal(err)
	}
	fewer := limit
	fewer.Cur = few
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &fewer); err != nil {
		t.Fatal(err)
	}
	err = RemoveTree(tree)
	if err := errors.Join(err, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(tree); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := os.Lstat(outside); err != nil {
		t.Error(err)
	}
}
