//go:build unix

package toolchain

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// sink remembers what it was given.
type sink struct{ entries []string }

func (s *sink) AddFile(path, from string) error {
	info, err := os.Lstat(from)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(path + " is no regular file")
	}
	s.entries = append(s.entries, path)
	return err
}

func (s *sink) AddLink(path, target string) error {
	s.entries = append(s.entries, path+" -> "+target)
	return nil
}

func TestUsed(t *testing.T) {
	const triple = "x86_64-unknown-linux-gnu"
	basic := []string{"cargo-" + triple, "rust-std-" + triple, "rustc-" + triple}
	with := func(more ...string) []string { return slices.Sorted(slices.Values(slices.Concat(basic, more))) }
	without := func(name string) []string {
		return slices.DeleteFunc(slices.Clone(basic), func(c string) bool { return strings.HasPrefix(c, name) })
	}
	for name, c := range map[string]struct {
		components []string
		pin        Pin
		want       []string
		message    string
		help       string
	}{
		"minimal":              {basic, Pin{}, basic, "", ""},
		"documentation":        {with("rust-docs-"+triple, "rust-docs-json-preview-"+triple, "rust-analyzer-preview-"+triple), Pin{}, basic, "", ""},
		"presence counts":      {with("rust-src", "clippy-preview-"+triple), Pin{}, with("rust-src", "clippy-preview-"+triple), "", ""},
		"preview":              {with("clippy-preview-" + triple), Pin{Components: []string{"clippy"}}, with("clippy-preview-" + triple), "", ""},
		"another target":       {with("rust-std-wasm32-wasip1"), Pin{Targets: []string{"wasm32-wasip1"}}, with("rust-std-wasm32-wasip1"), "", ""},
		"unused is not needed": {basic, Pin{Components: []string{"rust-docs", "rust-analyzer"}}, basic, "", ""},
		"component missing":    {basic, Pin{Components: []string{"clippy"}}, nil, "component `clippy` of Rust 1.95.0 is not installed", "rustup component add clippy --toolchain mine"},
		"target missing":       {basic, Pin{Targets: []string{"wasm32-wasip1"}}, nil, "component `rust-std-wasm32-wasip1` of Rust", "rustup target add wasm32-wasip1 --toolchain mine"},
		"no cargo":             {without("cargo"), Pin{}, nil, "component `cargo` of Rust 1.95.0 is not installed", "rustup component add cargo --toolchain mine"},
		"no rustc":             {without("rustc"), Pin{}, nil, "component `rustc`", "rustup component add rustc --toolchain mine"},
		"no library":           {without("rust-std"), Pin{}, nil, "component `rust-std-" + triple + "`", "rustup target add " + triple + " --toolchain mine"},
		"not by rustup":        {nil, Pin{}, nil, "the toolchain `mine` was not installed by rustup", "rustup toolchain install 1.95.0 --profile minimal"},
	} {
		t.Run(name, func(t *testing.T) {
			i := &Installed{Name: "mine", Release: "1.95.0", Host: triple, Components: c.components}
			got, err := i.Used(c.pin)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			d, _ := errors.AsType[*diag.Diagnostic](err)
			if c.message != "" && (d == nil || !strings.Contains(d.Message, c.message) || d.Help != c.help) {
				t.Errorf("%+v, want %q and %q", d, c.message, c.help)
			}
		})
	}
}

// laid is a toolchain directory with components a and b.
func laid(t *testing.T, manifest string) (rustup, *Installed) {
	r := newRustup(t)
	dir := r.dir("mine")
	for _, file := range []string{"bin/rustc", "lib/librustc.so", "lib/rustlib/src/a.rs", "lib/rustlib/src/b/c.rs", "share/doc/rust/LICENSE", "share/man/man1/rustc.1", "etc/bash_completion.d/cargo"} {
		r.write(filepath.Join(dir, file), file, 0o644)
	}
	r.write(filepath.Join(dir, "lib", "rustlib", "manifest-a"), manifest, 0o644)
	return r, &Installed{Name: "mine", Dir: dir, Release: "1.95.0", Host: "h", Components: []string{"a", "b-preview-h"}}
}

func TestCapture(t *testing.T) {
	r, i := laid(t, "file:bin/rustc\nfile:lib/librustc.so\ndir:lib/rustlib/src\nfile:lib/rustlib/src/a.rs\ndir:share/doc/rust\ndir:share/man/man1\nfile:etc/bash_completion.d/cargo\ndir:share/not/there\nfile:lib/link.so\n")
	if err := os.Symlink("../bin/rustc", filepath.Join(i.Dir, "lib", "link.so")); err != nil {
		t.Fatal(err)
	}
	r.write(filepath.Join(i.Dir, "bin", "not-listed"), "", 0o755)
	var got sink
	if err := i.Capture(t.Context(), &got, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	want := []string{"bin/rustc", "lib/librustc.so", "lib/link.so -> ../bin/rustc", "lib/rustlib/src/a.rs", "lib/rustlib/src/b/c.rs"}
	slices.Sort(got.entries)
	if diff := cmp.Diff(want, got.entries); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCaptureHostileManifest(t *testing.T) {
	for _, line := range []string{
		"file:/etc/passwd", "file:../../x", "dir:..", "dir:.", "file:.", "dir:/", "dir:a/../..", "file:a//b", "file:./a",
		"file:", "file", "", "bin/rustc", "link:bin/rustc", "FILE:bin/rustc", "dir:lib/", "file:a\x00b\xff", " file:bin/rustc",
		"file:" + strings.Repeat("x", 1<<17),
	} {
		_, i := laid(t, "file:bin/rustc\n"+line+"\n")
		var got sink
		err := i.Capture(t.Context(), &got, []string{"a"})
		if err == nil || !strings.Contains(err.Error(), "reading the file list of component `a`") {
			t.Errorf("%.40q: %v, %v", line, got.entries, err)
		}
		if len(got.entries) > 0 {
			t.Errorf("%.40q: %v was taken before the end of the list was read", line, got.entries)
		}
	}
}

func TestCaptureRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		target  string
		message string
	}{
		"link out":          {"../../../../etc/passwd", "is a link out of the toolchain"},
		"link just out":     {"../..", "is a link out of the toolchain"},
		"absolute link":     {"/etc/passwd", "is a link out of the toolchain"},
		"absolute and back": {"SELF/bin/rustc", "is a link out of the toolchain"},
	} {
		t.Run(name, func(t *testing.T) {
			_, i := laid(t, "file:lib/link.so\n")
			if err := os.Symlink(strings.Replace(c.target, "SELF", i.Dir, 1), filepath.Join(i.Dir, "lib", "link.so")); err != nil {
				t.Fatal(err)
			}
			if err := i.Capture(t.Context(), &sink{}, []string{"a"}); err == nil || !strings.Contains(err.Error(), c.message) {
				t.Errorf("%v, want %q", err, c.message)
			}
		})
	}
	_, i := laid(t, "file:bin/absent\n")
	if err := i.Capture(t.Context(), &sink{}, []string{"a"}); err == nil || !strings.Contains(err.Error(), "taking `bin/absent` of toolchain `mine`") {
		t.Errorf("a file that is gone: %v", err)
	}
	err := i.Capture(t.Context(), &sink{}, []string{"c-preview-h"})
	if d, ok := errors.AsType[*diag.Diagnostic](err); !ok || d.Exit != diag.ExitLock || d.Help != "rustup component add c --toolchain mine" {
		t.Errorf("a component that is gone: %v", err)
	}
	if err := i.Capture(t.Context(), &sink{}, []string{"b-preview-h"}); err == nil || !strings.Contains(err.Error(), "component `b-preview-h`") {
		t.Errorf("a list that is gone: %v", err)
	}
	_, i = laid(t, "file:bin/rustc\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := i.Capture(ctx, &sink{}, []string{"a"}); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted capture: %v", err)
	}
}

// All that rustup really installs can be part of a layer.
func TestCaptureReal(t *testing.T) {
	i, err := Inspect(t.Context(), "real", real(t))
	if err != nil {
		t.Fatal(err)
	}
	used, err := i.Used(Pin{})
	if err != nil {
		t.Fatal(err)
	}
	var got sink
	if err := i.Capture(t.Context(), &got, used); err != nil {
		t.Fatal(err)
	}
	for _, e := range got.entries {
		path, _, _ := strings.Cut(e, " -> ")
		if err := digest.CheckPath(path); err != nil {
			t.Error(err)
		}
		if strings.HasPrefix(path, "share/doc/") {
			t.Errorf("%s is documentation", path)
		}
	}
	for _, path := range []string{"bin/rustc", "bin/cargo"} {
		if !slices.Contains(got.entries, path) {
			t.Errorf("%s is not there", path)
		}
	}
	slices.Sort(got.entries)
	if n := len(got.entries); n != len(slices.Compact(got.entries)) {
		t.Error("a file is in two components, which the store refuses")
	}
}
