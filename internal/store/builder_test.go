package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

func begin(t testing.TB, s *Store) *Builder {
	t.Helper()
	b, err := s.Begin("test 1.0/β")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Discard(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestCommit(t *testing.T) {
	s := open(t)
	l := mustCommit(t, s, example)
	if want := example.digest(t); l.Digest != want {
		t.Errorf("digest %v, want %v", l.Digest, want)
	}
	entries, err := fsx.Scan(l.Dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		if e.MtimeNs != Epoch.UnixNano() {
			t.Errorf("%s has the time %d", e.Path, e.MtimeNs)
		}
		switch e.Type {
		case fsx.Symlink:
			got[e.Path] = "-> " + e.Link
		default:
			got[e.Path] = fs.FileMode(e.Mode).String()
		}
	}
	want := map[string]string{
		"Cargo.toml": "-r--r--r--", "build.sh": "-r-xr-xr-x", "empty": "-rwxr-xr-x", "empty.txt": "-r--r--r--",
		"link": "-> src/lib.rs", "src": "-rwxr-xr-x", "src/a": "-rwxr-xr-x", "src/a/b": "-rwxr-xr-x",
		"src/a/b/c": "-r--r--r--", "src/lib.rs": "-r--r--r--",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
	info, err := os.Stat(l.Dir)
	if err != nil || !info.ModTime().Equal(Epoch) || info.Mode().Perm() != 0o755 {
		t.Errorf("the root is %v, %v", info, err)
	}
	if left := list(t, s.path(tmpDir)); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
	if got := mustLayer(t, s, l.Digest); got != l {
		t.Errorf("Layer says %v, Commit said %v", got, l)
	}
}

// However the same tree came to be, it is the same layer.
func TestCommitSameTree(t *testing.T) {
	s := open(t)
	want := mustCommit(t, s, example)
	before, err := os.Stat(filepath.Dir(want.Dir))
	if err != nil {
		t.Fatal(err)
	}
	source := t.TempDir()
	example.plant(t, source)
	ways := map[string]func(b *Builder) error{
		"through the methods": example.addTo,
		"by another program": func(b *Builder) error {
			example.plant(t, b.Dir())
			return errors.Join(
				os.Chmod(filepath.Join(b.Dir(), "src/lib.rs"), 0o600|fs.ModeSetuid|fs.ModeSetgid),
				os.Chmod(filepath.Join(b.Dir(), "build.sh"), 0o710|fs.ModeSetgid),
				os.Chmod(filepath.Join(b.Dir(), "src"), 0o700|fs.ModeSticky|fs.ModeSetgid))
		},
		"by copying": func(b *Builder) error {
			return errors.Join(
				b.AddFile("Cargo.toml", filepath.Join(source, "Cargo.toml")), b.AddFile("src/lib.rs", filepath.Join(source, "src/lib.rs")),
				b.AddFile("build.sh", filepath.Join(source, "build.sh")), b.AddFile("empty.txt", filepath.Join(source, "empty.txt")),
				b.AddFile("src/a/b/c", filepath.Join(source, "src/a/b/c")), b.AddDir("empty"), b.AddDir("src"), b.AddLink("link", "src/lib.rs"))
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			b := begin(t, s)
			if err := way(b); err != nil {
				t.Fatal(err)
			}
			got, err := b.Commit(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
	after, err := os.Stat(filepath.Dir(want.Dir))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the layer that was there was replaced: %v", err)
	}
}

// A file that is linked instead of copied stays the other program's own.
func TestCommitHardLinks(t *testing.T) {
	s := open(t)
	outside := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(outside, []byte("#! shared"), 0o755); err != nil {
		t.Fatal(err)
	}
	b := begin(t, s)
	for _, name := range []string{"a", "b"} {
		if err := os.Link(outside, filepath.Join(b.Dir(), name)); err != nil {
			t.Fatal(err)
		}
	}
	l, err := b.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := (tree{"a": "#! shared", "b": "#! shared"}).digest(t); l.Digest != want {
		t.Errorf("digest %v, want %v", l.Digest, want)
	}
	if err := os.WriteFile(outside, []byte("#! other"), 0o755); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(outside)
	if err != nil || info.Mode().Perm() != 0o755 || info.ModTime().Equal(Epoch) {
		t.Errorf("the file outside became %v, %v", info, err)
	}
	mustLayer(t, s, l.Digest)
	if diff := cmp.Diff([]string{"a", "b"}, list(t, l.Dir)); diff != "" {
		t.Errorf("layer (-want +got):\n%s", diff)
	}
}

func TestBuilderRefuses(t *testing.T) {
	s := open(t)
	source := t.TempDir()
	tree{"file": "x", "link": "-> file"}.plant(t, source)
	tests := map[string]func(b *Builder) error{
		"absolute":               func(b *Builder) error { return b.AddBytes("/etc/x", nil, false) },
		"upwards":                func(b *Builder) error { return b.AddBytes("../x", nil, false) },
		"upwards inside":         func(b *Builder) error { return b.AddFile("dir/../x", filepath.Join(source, "file")) },
		"empty":                  func(b *Builder) error { return b.AddDir("") },
		"the root":               func(b *Builder) error { return b.AddDir(".") },
		"not UTF-8":              func(b *Builder) error { return b.AddBytes("\xff", nil, false) },
		"twice":                  func(b *Builder) error { return b.AddBytes("file", nil, false) },
		"over a link":            func(b *Builder) error { return b.AddBytes("in", nil, false) },
		"over a dangling link":   func(b *Builder) error { return b.AddBytes("dangling", nil, false) },
		"through a link inside":  func(b *Builder) error { return b.AddBytes("in/x", nil, false) },
		"through a link outside": func(b *Builder) error { return b.AddBytes("out/x", nil, false) },
		"directory over a link":  func(b *Builder) error { return b.AddDir("in") },
		"below a file":           func(b *Builder) error { return b.AddLink("file/x", "y") },
		"a link's target":        func(b *Builder) error { return b.AddLink("new", "") },
		"source is a link":       func(b *Builder) error { return b.AddFile("new", filepath.Join(source, "link")) },
		"source is a directory":  func(b *Builder) error { return b.AddFile("new", source) },
		"source is missing":      func(b *Builder) error { return b.AddFile("new", filepath.Join(source, "none")) },
	}
	for name, add := range tests {
		t.Run(name, func(t *testing.T) {
			outside := t.TempDir()
			b := begin(t, s)
			tree{"file": "x", "dir/": "", "in": "-> dir", "dangling": "-> dir/none", "out": "-> " + outside}.plant(t, b.Dir())
			if err := add(b); err == nil || !strings.Contains(err.Error(), "test 1.0/β") {
				t.Fatalf("error %v, want one that names the layer", err)
			}
			if got := append(list(t, outside), list(t, filepath.Join(b.Dir(), "dir"))...); len(got) > 0 {
				t.Errorf("it wrote %v", got)
			}
			if err := b.AddBytes("fine", nil, false); err == nil {
				t.Error("a builder that failed goes on")
			}
			if l, err := b.Commit(t.Context()); err == nil {
				t.Errorf("a builder that failed made %v", l)
			}
		})
	}
	if got := list(t, s.path(layersDir)); len(got) > 0 {
		t.Errorf("layers: %v", got)
	}
}

func TestBuilderEnds(t *testing.T) {
	s := open(t)
	b := begin(t, s)
	if err := b.Discard(); err != nil {
		t.Fatal(err)
	}
	if err := b.AddDir("x"); !errors.Is(err, errDone) {
		t.Errorf("AddDir: %v", err)
	}
	if _, err := b.Commit(t.Context()); !errors.Is(err, errDone) {
		t.Errorf("Commit: %v", err)
	}
	if got := list(t, s.path(tmpDir)); len(got) > 0 {
		t.Errorf("left in tmp: %v", got)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := example.commit(cancelled, s); !errors.Is(err, context.Canceled) {
		t.Errorf("Commit that was cancelled: %v", err)
	}
	if got := append(list(t, s.path(tmpDir)), list(t, s.path(layersDir))...); len(got) > 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestCommitEmpty(t *testing.T) {
	s := open(t)
	l := mustCommit(t, s, tree{})
	if l.Digest != digest.Of(nil) {
		t.Errorf("the empty layer is %v", l.Digest)
	}
	mustLayer(t, s, l.Digest)
}

func BenchmarkCommit1k(b *testing.B) {
	s := open(b)
	n := 0
	for b.Loop() {
		n++
		tr := tree{"n": strings.Repeat("n", n)}
		for i := range 1000 {
			tr["d"+string(rune('a'+i%20))+"/f"+string(rune(0x4e00+i))] = "fn f() {}\n"
		}
		if _, err := tr.commit(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}
