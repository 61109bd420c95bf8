package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Lstat by name says what Scan says, entry by entry.
func TestLstatIsScan(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"a/b/file": "x", "a/link": "-> b/file", "dangling": "-> nowhere", "z": ""})
	d := openDir(t, dir)
	want, err := d.Scan(nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range want {
		all = append(all, e.Path)
	}
	got, err := d.Lstat(all)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-scan +lstat):\n%s", diff)
	}
	if none, err := d.Lstat(nil); len(none) != 0 || err != nil {
		t.Errorf("of no names: %v, %v", none, err)
	}
	// Gone, or below what is no directory any more.
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "a/b")), os.WriteFile(filepath.Join(dir, "a/b"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a/b/file", "missing", "missing/below"} {
		if e, err := d.Lstat([]string{"z", name}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, %v", name, e, err)
		}
	}
}

// Whether the blocks can be shared depends on the file system; that the contents
// stay what they are does not.
func TestShareKeepsContent(t *testing.T) {
	dir := t.TempDir()
	contents := map[string]string{"a": "same same same", "b": "same same same", "c": "other content."}
	files := map[string]*os.File{}
	for name, content := range contents {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[name] = f
	}
	for _, src := range []string{"b", "c"} {
		n, err := Share(files["a"], files[src], int64(len(contents["a"])))
		if err != nil && !errors.Is(err, ErrCannotShare) || src == "c" && n != 0 {
			t.Errorf("with %s: %d, %v", src, n, err)
		}
	}
	for name, want := range contents {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s became %q, %v", name, got, err)
		}
	}
}
