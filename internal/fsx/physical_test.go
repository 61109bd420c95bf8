package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestPhysical(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a right there")
	}
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.MkdirAll(filepath.Join(top, "a", "b (deleted)"), 0o755),
		os.Symlink("a", filepath.Join(top, "link")),
		os.WriteFile(filepath.Join(top, "file"), nil, 0o644),
	); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"a": "a", "link": "a", "link/b (deleted)": "a/b (deleted)", "link/../a/.": "a", ".": ".",
	} {
		if got, err := Physical(top + "/" + dir); err != nil || got != filepath.Join(top, want) {
			t.Errorf("%s: %q, %v", dir, got, err)
		}
	}
	if got, err := Physical(filepath.Join(top, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %q, %v", got, err)
	}
	if got, err := Physical(filepath.Join(top, "file")); runtime.GOOS == "linux" && err == nil {
		t.Errorf("a file: %q", got)
	}
}
