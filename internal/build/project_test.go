//go:build !windows

// Paths are written as on Unix.

package build

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
)

// at is a project at /real/r, which the caller named /link/r.
func at(workspace string) *Project {
	return &Project{Found: roots.Found{Root: "/real/r", Workspace: workspace}, named: "/link/r"}
}

func TestTranslate(t *testing.T) {
	for host, want := range map[string]string{
		"/real/r":                    "/hermetic/root",
		"/real/r/a/b.json":           "/hermetic/root/a/b.json",
		"/link/r/a/b.json":           "/hermetic/root/a/b.json",
		"/link/r":                    "/hermetic/root",
		"/real/r/a/../b":             "/hermetic/root/b",
		"/real/r/..x/..":             "/hermetic/root",
		"/real/r/targets":            "/hermetic/root/targets",
		"/real/r/a/target":           "/hermetic/root/a/target",
		"/real/r/.github":            "/hermetic/root/.github",
		"/real":                      "",
		"/real/r2/a":                 "",
		"/real/r/../r2":              "",
		"/link":                      "",
		"/":                          "",
		"/etc/passwd":                "",
		"/real/r/target":             "", // hidden in the world
		"/real/r/target/x.json":      "",
		"/link/r/.git/config":        "",
		"/real/r/a/../.git":          "",
		"relative":                   "",
		"":                           "",
		"/hermetic/root/a":           "",
		"/real/r/a/../../../etc/foo": "",
	} {
		got, err := at("/real/r").translate(host)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", host, got, err, want)
		}
		if d, ok := errors.AsType[*diag.Diagnostic](err); err != nil && (!ok || d.Exit != diag.ExitPolicy || d.Help == "") {
			t.Errorf("%q: %v", host, err)
		}
	}
	// A root that was found under its one name.
	if got, err := (&Project{Found: roots.Found{Root: "/r"}}).translate("/x"); err == nil {
		t.Errorf("%q", got)
	}
}

func TestHidden(t *testing.T) {
	for rel, want := range map[string]bool{
		".git": true, ".git/HEAD": true, "target": true, "target/hermetic/debug": true,
		"": false, ".": false, "git": false, ".gitignore": false, ".github/x": false, "targets": false,
		"a/target": false, "a/.git": false, "Target": false, "target.rs": false,
	} {
		if got := Hidden(rel); got != want {
			t.Errorf("%q: %t", rel, got)
		}
	}
}

// What the tool reads of a root is in the root.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "r")
	must(t, os.MkdirAll(filepath.Join(root, "sub"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o644))
	must(t, os.WriteFile(filepath.Join(root, "real"), []byte("content"), 0o644))
	for name, target := range map[string]string{
		"inner": "real", "out": "../secret", "absolute": filepath.Join(dir, "secret"), "up": "..", "dangling": "nowhere", "loop": "loop",
	} {
		must(t, os.Symlink(target, filepath.Join(root, name)))
	}
	p := &Project{Found: roots.Found{Root: root, Workspace: filepath.Join(root, "sub")}}
	for name, want := range map[string]string{"real": "content", "inner": "content", "sub/../real": "content"} {
		if got, err := p.read(name); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"out", "absolute", "up/secret", "../secret"} {
		got, err := p.read(name)
		if len(got) > 0 || diag.ExitCode(err) != diag.ExitPolicy || !strings.Contains(err.Error(), "leads out of the root") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"absent", "dangling"} {
		if _, err := p.read(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"sub", "loop", ""} {
		if got, err := p.read(name); err == nil || errors.Is(err, fs.ErrNotExist) && name != "" {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	must(t, os.WriteFile(filepath.Join(root, "sub", "Cargo.lock"), []byte("lock"), 0o644))
	if got, err := p.readWorkspace("Cargo.lock"); string(got) != "lock" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
