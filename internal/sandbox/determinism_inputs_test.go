//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inputsOf makes the directory that the programs of batch i list: the same names
// and contents every time, made in another order. In memory a directory is
// listed in that order; file systems that hash names show nothing of it.
func inputsOf(t *testing.T, h *hostFacts, i int) string {
	t.Helper()
	top := t.TempDir()
	if h.memory != "" {
		var err error
		if top, err = os.MkdirTemp(h.memory, "determinism-"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.RemoveAll(top); err != nil {
				t.Error(err)
			}
		})
	}
	if err := os.Chmod(top, 0o755); err != nil {
		t.Fatal(err)
	}
	var names []string
	for n := range 20 {
		names = append(names, fmt.Sprintf("few/%c%d", 'a'+n*7%26, n))
	}
	for n := range 5000 {
		names = append(names, fmt.Sprintf("many/file-%d", n*7919%5000))
	}
	names = append(names, "deep/b/y", "deep/b/x", "deep/a/z", "deep/c/w")
	switch i {
	case 1:
		slices.Reverse(names)
	case 2:
		slices.Sort(names)
	}
	for _, name := range names {
		path := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		text := name
		if strings.HasPrefix(name, "many/") {
			text = "" // a file in memory takes a page, and a container has little
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return top
}
