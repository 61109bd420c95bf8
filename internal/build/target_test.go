//go:build !windows

package build

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/ui"
)

func TestOwnDir(t *testing.T) {
	for name, c := range map[string]struct {
		lay     func(target string) error
		refused bool
	}{
		"absent":          {func(string) error { return nil }, false},
		"directory":       {func(target string) error { return os.Mkdir(target, 0o700) }, false},
		"file":            {func(target string) error { return os.WriteFile(target, nil, 0o644) }, true},
		"link out":        {func(target string) error { return os.Symlink(os.TempDir(), target) }, true},
		"link inside":     {func(target string) error { return os.Symlink("other", target) }, true},
		"link to nothing": {func(target string) error { return os.Symlink("../made", target) }, true},
		"fifo":            {func(target string) error { return syscall.Mkfifo(target, 0o644) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			root := filepath.Join(dir, "r")
			must(t, os.MkdirAll(filepath.Join(root, "other"), 0o755))
			must(t, c.lay(filepath.Join(root, "target")))
			got, err := (&Project{Found: roots.Found{Root: root}}).ownDir("target")
			if !c.refused {
				if info, serr := os.Lstat(filepath.Join(root, "target")); err != nil || got != filepath.Join(root, "target") || serr != nil || !info.IsDir() {
					t.Errorf("%q, %v, %v", got, err, serr)
				}
				return
			}
			if diag.ExitCode(err) != diag.ExitPolicy || !strings.Contains(err.Error(), "`target` is not a directory but a link or a file") {
				t.Errorf("%q, %v", got, err)
			}
			if _, err := os.Lstat(filepath.Join(dir, "made")); err == nil {
				t.Error("a directory was made through the link")
			}
		})
	}
}

// workshop is a root with a target directory, and a real store.
type workshop struct {
	t     *testing.T
	root  string
	out   *outputs
	store *store.Store
	told  bytes.Buffer // what the host's shell says
	host  *Host
}

var base = digest.Of([]byte("base"))

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(filepath.Join(dir, "store"))
	must(t, err)
	w := &workshop{t: t, root: filepath.Join(dir, "[root]*"), store: st}
	w.host = &Host{Shell: ui.NewShell(&w.told, ui.VeryVerbose, false)}
	w.out = &outputs{dir: filepath.Join(w.root, "target", "hermetic"), st: st, key: w.root}
	w.write("src/main.rs", "fn main() {}")
	w.write("data.txt", "data")
	w.write("build.rs", "fn main() {}")
	must(t, os.Symlink("data.txt", filepath.Join(w.root, "link")))
	w.write("target/hermetic/debug/p", "program")
	w.write("target/hermetic/debug/.fingerprint/p-0123456789abcdef/x", "")
	w.write("target/hermetic/debug/.fingerprint/dep-0123456789abcdef/x", "")
	w.write("target/hermetic/debug/build/p-0123456789abcdef/out/generated", "old")
	return w
}

func (w *workshop) path(name string) string { return filepath.Join(w.root, name) }

func (w *workshop) write(name, content string) {
	w.t.Helper()
	must(w.t, os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	must(w.t, os.WriteFile(w.path(name), []byte(content), 0o644))
}

func (w *workshop) tree() store.Tree {
	w.t.Helper()
	tree, err := w.store.HashTree(w.t.Context(), w.root, "root", time.Now(), Hidden)
	must(w.t, err)
	return tree
}

// age sets the modification time of a file.
func (w *workshop) age(name string, at time.Time) {
	w.t.Helper()
	must(w.t, os.Chtimes(w.path(name), at, at))
}

// finish ends a build that began at started and in which nobody touched the
// root.
func (w *workshop) finish(started time.Time) {
	w.t.Helper()
	tree := w.tree()
	must(w.t, w.out.finish(base, tree, tree, started.UnixNano()))
}

// usable is outputs.usable in the workshop as it is now.
func (w *workshop) usable(base digest.Digest) (reuse, string) {
	w.t.Helper()
	usable, reason, err := w.out.usable(base, w.tree())
	must(w.t, err)
	return usable, reason
}

func TestUsable(t *testing.T) {
	long, soon := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		happens func(w *workshop)
		want    reuse
		reason  string
	}{
		"nothing":            {func(*workshop) {}, everything, ""},
		"read again":         {func(w *workshop) { w.age("data.txt", soon) }, everything, ""}, // same content
		"forgotten":          {func(w *workshop) { must(w.t, w.out.begin()) }, nothing, "it was not left by a finished build"},
		"output changed":     {func(w *workshop) { w.write("target/hermetic/debug/p", "another") }, nothing, "it was changed since"},
		"output touched":     {func(w *workshop) { w.age("target/hermetic/debug/p", long) }, nothing, "it was changed since"},
		"output added":       {func(w *workshop) { w.write("target/hermetic/x", "") }, nothing, "it was changed since"},
		"output removed":     {func(w *workshop) { must(w.t, os.Remove(w.path("target/hermetic/debug/p"))) }, nothing, "it was changed since"},
		"source, newer":      {func(w *workshop) { w.write("src/main.rs", "new"); w.age("src/main.rs", soon) }, dependencies, "`src/main.rs` changed, and there are build scripts"},
		"source, older":      {func(w *workshop) { w.write("src/main.rs", "new"); w.age("src/main.rs", long) }, dependencies, "`src/main.rs` changed"},
		"source, same age":   {func(w *workshop) { w.write("src/main.rs", "new"); w.age("src/main.rs", started) }, dependencies, "`src/main.rs` changed"},
		"source, executable": {func(w *workshop) { must(w.t, os.Chmod(w.path("src/main.rs"), 0o755)); w.age("src/main.rs", long) }, dependencies, "`src/main.rs` changed"},
		"source, now a link": {func(w *workshop) {
			must(w.t, os.Remove(w.path("src/main.rs")))
			must(w.t, os.Symlink("../data.txt", w.path("src/main.rs")))
		}, dependencies, "`src/main.rs` changed"},
		"other file, newer": {func(w *workshop) { w.write("data.txt", "new"); w.age("data.txt", soon) }, dependencies, "`data.txt` changed"},
		"link elsewhere": {func(w *workshop) {
			must(w.t, os.Remove(w.path("link")))
			must(w.t, os.Symlink("build.rs", w.path("link")))
		}, dependencies, "`link` changed"},
		"file added":          {func(w *workshop) { w.write("data2.txt", "") }, dependencies, "`data2.txt` is new"},
		"source added":        {func(w *workshop) { w.write("src/lib.rs", ""); w.age("src/lib.rs", soon) }, dependencies, "`src/lib.rs` is new"},
		"directory added":     {func(w *workshop) { must(w.t, os.Mkdir(w.path("empty"), 0o755)) }, dependencies, "`empty` is new"},
		"file removed":        {func(w *workshop) { must(w.t, os.Remove(w.path("data.txt"))) }, dependencies, "`data.txt` was removed"},
		"build script, newer": {func(w *workshop) { w.write("build.rs", "new"); w.age("build.rs", soon) }, nothing, "`build.rs` changed"},
		"build script gone":   {func(w *workshop) { must(w.t, os.Remove(w.path("build.rs"))) }, nothing, "`build.rs` was removed"},
		"build script added":  {func(w *workshop) { w.write("sub/build.rs", "") }, nothing, "`sub/build.rs` is new"},
		"both": {func(w *workshop) {
			w.write("a.txt", "")
			w.write("build.rs", "new")
			w.write("z.txt", "")
		}, nothing, "`build.rs` changed"},
		"hidden": {func(w *workshop) { w.write("target/x", ""); w.write(".git/index", "") }, everything, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			w.finish(started)
			c.happens(w)
			if got, reason := w.usable(base); got != c.want || reason != c.reason {
				t.Errorf("%d, %q, want %d, %q", got, reason, c.want, c.reason)
			}
		})
	}
}

// started is when the build of a test began.
var started = time.Now().Truncate(time.Microsecond)

func TestUsableWorld(t *testing.T) {
	w := newWorkshop(t)
	if got, reason := w.usable(base); got != nothing || reason != "it was not left by a finished build" {
		t.Errorf("before the first build: %d, %q", got, reason)
	}
	w.finish(started)
	if got, reason := w.usable(digest.Of([]byte("another"))); got != nothing || reason != "it was made in another world" {
		t.Errorf("in another world: %d, %q", got, reason)
	}
	other := *w.out
	other.key = "/another/root"
	if got, reason, err := other.usable(base, w.tree()); got != nothing || reason != "it was not left by a finished build" || err != nil {
		t.Errorf("of another root: %d, %q, %v", got, reason, err)
	}
}

// Without a build script cargo alone decides about a changed source.
func TestUsableWithoutBuildScript(t *testing.T) {
	w := newWorkshop(t)
	must(t, os.Remove(w.path("build.rs")))
	w.finish(started)
	w.write("src/main.rs", "new")
	w.age("src/main.rs", time.Now().Add(time.Hour))
	if got, reason := w.usable(base); got != everything || reason != "" {
		t.Errorf("%d, %q", got, reason)
	}
	w.write("data.txt", "new")
	if got, reason := w.usable(base); got != dependencies || reason != "`data.txt` changed" {
		t.Errorf("%d, %q", got, reason)
	}
}

// A file that changed while the build ran is of unknown content: it never
// counts as unchanged, whatever its content is later.
func TestFinishOfChangedRoot(t *testing.T) {
	for name, change := range map[string]func(w *workshop){
		"changed": func(w *workshop) { w.write("data.txt", "new") },
		"added":   func(w *workshop) { w.write("data2.txt", "new") },
		"removed": func(w *workshop) { must(w.t, os.Remove(w.path("data.txt"))) },
	} {
		w := newWorkshop(t)
		before := w.tree()
		change(w)
		must(t, w.out.finish(base, before, w.tree(), started.UnixNano()))
		if got, reason := w.usable(base); got != dependencies {
			t.Errorf("%s, left so: %d, %q", name, got, reason)
		}
		w.write("data.txt", "data")
		must(t, os.RemoveAll(w.path("data2.txt")))
		if got, reason := w.usable(base); got != dependencies {
			t.Errorf("%s and back: %d, %q", name, got, reason)
		}
	}
}

func TestPrepare(t *testing.T) {
	locked := &cargo.Lockfile{Members: []string{"p"}}
	list := func(w *workshop) []string {
		var names []string
		for _, pattern := range []string{"debug/p", "debug/.fingerprint/*", "debug/build/*"} {
			found, err := fs.Glob(os.DirFS(w.out.dir), pattern)
			must(t, err)
			names = append(names, found...)
		}
		return names
	}
	all := []string{"debug/p", "debug/.fingerprint/dep-0123456789abcdef", "debug/.fingerprint/p-0123456789abcdef", "debug/build/p-0123456789abcdef"}
	for name, c := range map[string]struct {
		happens func(w *workshop)
		want    []string
		told    string
	}{
		"everything":   {func(*workshop) {}, all, ""},
		"dependencies": {func(w *workshop) { w.write("new.txt", "") }, all[:2], "  Forgetting the packages of the root: `new.txt` is new\n"},
		"nothing":      {func(w *workshop) { w.write("build.rs", "new") }, nil, "    Emptying target/hermetic: `build.rs` changed\n"},
		"unknown layout": {func(w *workshop) {
			must(w.t, os.Rename(w.path("target/hermetic/debug/.fingerprint"), w.path("target/hermetic/debug/elsewhere")))
			w.finish(started)
			w.write("new.txt", "")
		}, nil, "    Emptying target/hermetic: `new.txt` is new\n"},
		"unknown name": {func(w *workshop) {
			w.write("target/hermetic/debug/.fingerprint/what", "")
			w.finish(started)
			w.write("new.txt", "")
		}, nil, "    Emptying target/hermetic: `new.txt` is new\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			w.finish(started)
			c.happens(w)
			must(t, w.out.prepare(w.host, base, w.tree(), locked))
			if diff := cmp.Diff(c.want, list(w)); diff != "" {
				t.Errorf("what is left (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.told, w.told.String()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if _, err := os.Lstat(w.path("src/main.rs")); err != nil {
				t.Error(err)
			}
		})
	}
}

// begin and touched frame what a build wrote.
func TestTouched(t *testing.T) {
	w := newWorkshop(t)
	w.finish(started)
	must(t, w.out.begin())
	if touched, err := w.out.touched(); touched || err != nil {
		t.Errorf("%t, %v", touched, err)
	}
	w.write("target/hermetic/debug/p", "again")
	if touched, err := w.out.touched(); !touched || err != nil {
		t.Errorf("%t, %v", touched, err)
	}
}
