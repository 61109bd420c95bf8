//go:build linux

package build

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
)

// leave lays out what no build should leave in its target directory, and what
// must survive beside it.
func leave(t *testing.T, w *workshop) (outside string) {
	t.Helper()
	outside = filepath.Join(w.root, "elsewhere")
	target := w.out.dir
	for _, dir := range []string{
		filepath.Join(outside, "debug", ".fingerprint", "p-0123456789abcdef"),
		filepath.Join(outside, "build", "p-0123456789abcdef"),
		filepath.Join(outside, ".fingerprint", "p-0123456789abcdef"),
		filepath.Join(target, "deep"+strings.Repeat("/d", 500)),
		filepath.Join(target, "new\nline \x1b]0;title\x07", "error: forged"),
	} {
		must(t, os.MkdirAll(dir, 0o755))
		must(t, os.WriteFile(filepath.Join(dir, "precious"), []byte("x"), 0o600))
	}
	for name, to := range map[string]string{
		"profile": outside, "triple": filepath.Join(outside, "debug"), "debug/linked": outside,
		"file": filepath.Join(outside, "build", "p-0123456789abcdef", "precious"), "loop": "loop", "up": "../../..", "nowhere": "/nowhere/at/all",
		"debug/.fingerprint/p-ffffffffffffffff": filepath.Join(outside, "build"),
	} {
		must(t, os.Symlink(to, filepath.Join(target, name)))
	}
	must(t, os.MkdirAll(filepath.Join(target, "release"), 0o755))
	must(t, os.MkdirAll(filepath.Join(target, "other"), 0o755))
	for _, name := range []string{"release/.fingerprint", "other/build", "pipe"} {
		must(t, syscall.Mkfifo(filepath.Join(target, name), 0o644))
	}
	must(t, syscall.Mknod(filepath.Join(target, "socket"), syscall.S_IFSOCK|0o644, 0))
	sparse, err := os.Create(filepath.Join(target, "sparse"))
	must(t, err)
	must(t, sparse.Truncate(1<<42))
	must(t, sparse.Close())
	must(t, os.Link(filepath.Join(target, "sparse"), filepath.Join(target, "debug", "hard")))
	must(t, os.WriteFile(filepath.Join(target, "setuid"), nil, 0o644))
	must(t, os.Chmod(filepath.Join(target, "setuid"), 0o755|os.ModeSetuid))
	return outside
}

// survivors lists the files below a directory.
func survivors(t *testing.T, dir string) (files []string) {
	t.Helper()
	must(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, name)
		}
		return err
	}))
	return files
}

// Whatever a build leaves, the next one neither follows it out of the target
// directory nor waits for it.
func TestPrepareHostile(t *testing.T) {
	w := newWorkshop(t)
	outside := leave(t, w)
	want := survivors(t, outside)
	w.finish(started)
	before := w.tree()
	// The packages of the root are forgotten.
	w.write("new.txt", "")
	must(t, w.out.prepare(w.host, base, w.tree(), &cargo.Lockfile{Members: []string{"p"}}))
	if diff := cmp.Diff(want, survivors(t, outside)); diff != "" {
		t.Errorf("after forgetting (-want +got):\n%s", diff)
	}
	if !strings.Contains(w.told.String(), "Forgetting") {
		t.Errorf("nothing was forgotten: %q", w.told.String())
	}
	if _, err := os.Lstat(filepath.Join(w.out.dir, "debug/.fingerprint/p-0123456789abcdef")); err == nil {
		t.Error("a unit of the root is still there")
	}
	// And everything is emptied.
	must(t, w.out.finish(base, before, before, started.UnixNano()))
	w.write("build.rs", "new")
	must(t, w.out.prepare(w.host, base, w.tree(), &cargo.Lockfile{}))
	if diff := cmp.Diff(want, survivors(t, outside)); diff != "" {
		t.Errorf("after emptying (-want +got):\n%s", diff)
	}
	if left, err := os.ReadDir(w.out.dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// What cannot be read or named in one piece is emptied, not an error for ever.
func TestPrepareUnreadable(t *testing.T) {
	for name, lay := range map[string]func(dir string){
		"no rights": func(dir string) {
			must(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755))
			must(t, os.Chmod(filepath.Join(dir, "a"), 0))
		},
		"read-only": func(dir string) {
			must(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755))
			must(t, os.Chmod(filepath.Join(dir, "a"), 0o500))
		},
		"deep": func(dir string) { deepen(t, dir, 3000) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			w.finish(started)
			lay(w.out.dir)
			must(t, w.out.prepare(w.host, base, w.tree(), &cargo.Lockfile{}))
			if left, err := os.ReadDir(w.out.dir); err != nil || len(left) != 0 {
				t.Errorf("left: %v, %v", left, err)
			}
			_, err := store.State(w.out.dir)
			must(t, err)
		})
	}
}

// deepen makes a directory in a directory in a directory, of names so long that
// no path of the kernel's holds them all.
func deepen(t *testing.T, dir string, depth int) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	for range depth {
		must(t, root.Mkdir("dddddddd", 0o755))
		next, err := root.OpenRoot("dddddddd")
		must(t, err)
		must(t, root.Close())
		root = next
	}
	must(t, root.Close())
}

func TestOpenUp(t *testing.T) {
	for _, mode := range []fs.FileMode{0, 0o500, 0o300, 0o755, 0o700} {
		dir := filepath.Join(t.TempDir(), "hermetic")
		must(t, os.Mkdir(dir, 0o755))
		must(t, os.Chmod(dir, mode))
		must(t, openUp(dir))
		info, err := os.Lstat(dir)
		must(t, err)
		if diff := cmp.Diff(mode|0o700, info.Mode().Perm()); diff != "" {
			t.Errorf("%o: %s", mode, diff)
		}
	}
}
