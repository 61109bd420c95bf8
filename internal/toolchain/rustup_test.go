//go:build unix

package toolchain

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rustup is a RUSTUP_HOME that a test lays down.
type rustup struct {
	t    *testing.T
	home string
}

func newRustup(t *testing.T) rustup { return rustup{t, t.TempDir()} }

func (r rustup) dir(name string) string { return filepath.Join(r.home, "toolchains", name) }

func (r rustup) write(file, content string, mode os.FileMode) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		r.t.Fatal(err)
	}
}

func (r rustup) link(name, target string) {
	r.t.Helper()
	if err := os.MkdirAll(r.dir(""), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Symlink(target, r.dir(name)); err != nil {
		r.t.Fatal(err)
	}
}

// talks makes a toolchain whose rustc only says its version, as `rustc -vV`
// does.
func (r rustup) talks(name, release, date string) {
	r.t.Helper()
	r.write(filepath.Join(r.dir(name), "bin", "rustc"), "#!/bin/sh\ntest \"$*\" = -vV && cat <<'END'\n"+
		"rustc "+release+" (0123456789 2026-04-16)\nbinary: rustc\ncommit-hash: 0123456789abcdef\n"+
		"commit-date: 2026-04-16\nhost: x86_64-unknown-linux-gnu\nrelease: "+release+"\nLLVM version: 22.1.0\nEND\n", 0o755)
	if date != "" {
		r.write(filepath.Join(r.dir(name), "lib", "rustlib", "multirust-channel-manifest.toml"),
			"manifest-version = \"2\"\ndate = \""+date+"\"\n[pkg]\n"+strings.Repeat("x = 1\n", 1000), 0o644)
	}
}

// real returns an installed toolchain of this host, resolved.
func real(t *testing.T) string {
	t.Helper()
	home := os.Getenv("RUSTUP_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			t.Skip(err)
		}
		home = filepath.Join(user, ".rustup")
	}
	found, err := filepath.Glob(filepath.Join(home, "toolchains", "*", "lib", "rustlib", "components"))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Skip("rustup has installed no toolchain")
	}
	// A release if there is one: a nightly is known by its name, which tests choose.
	chosen := found[0]
	for _, path := range slices.Backward(found) {
		if name := filepath.Base(filepath.Join(path, "..", "..", "..")); !strings.HasPrefix(name, "nightly") && !strings.HasPrefix(name, "beta") {
			chosen = path
		}
	}
	dir, err := filepath.EvalSymlinks(filepath.Join(chosen, "..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
