package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRemoveTree(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{
		"keep/file": "x", "tree/a/b/file": "x", "tree/out": "-> ../keep", "link": "-> keep", "file": "x",
	})
	for _, name := range []string{"tree", "link", "file", "missing"} {
		if err := RemoveTree(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	if diff := cmp.Diff([]string{"file"}, names(t, filepath.Join(dir, "keep"))); diff != "" {
		t.Errorf("behind the links (-want +got):\n%s", diff)
	}
}
