package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

func TestLayerAbsent(t *testing.T) {
	s := open(t)
	if l, ok, err := s.Layer(t.Context(), digest.Of([]byte("x"))); ok || err != nil {
		t.Errorf("got %v, %v, %v", l, ok, err)
	}
	if _, ok, err := s.Layer(t.Context(), digest.Digest{}); ok || err == nil {
		t.Errorf("no digest: %v, %v", ok, err)
	}
	if err := s.Drop(digest.Digest{}); err == nil {
		t.Error("dropped a layer without a digest")
	}
}

// remembered commits the example and makes sure that its memory is in force.
func committed(t *testing.T, s *Store) Layer {
	t.Helper()
	l := mustCommit(t, s, example)
	settle(t, s)
	mustLayer(t, s, l.Digest)
	m, _, err := readMemory(s.layerPath(l.Digest, memoryFile))
	if err != nil || m.tree != l.Digest || m.stat == [32]byte{} {
		t.Fatalf("the layer is not remembered: %+v, %v", m, err)
	}
	return l
}

// The fast path must not read a file: with a manifest that cannot be used, only
// a layer that is trusted by its memory passes.
func TestLayerFastPath(t *testing.T) {
	s := open(t)
	l := committed(t, s)
	if err := os.Remove(s.layerPath(l.Digest, manifestFile)); err != nil {
		t.Fatal(err)
	}
	mustLayer(t, s, l.Digest)
	if err := os.Remove(s.layerPath(l.Digest, memoryFile)); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Layer(t.Context(), l.Digest)
	wantDiag(t, err, diag.ExitLock, "`manifest` cannot be used")
}

// rewrite changes a file in place and hides it as well as a program can:
// size, mode and modification time stay.
func rewrite(path, content string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, []byte(content), 0),
		os.Chmod(path, info.Mode()), os.Chtimes(path, time.Time{}, info.ModTime()))
}

func TestLayerDamage(t *testing.T) {
	tests := []struct {
		name   string
		damage func(dir string) error // gets the tree
		want   []string
	}{
		{"content", func(dir string) error { return rewrite(dir+"/src/lib.rs", "fn g() {}\n") }, []string{"`src/lib.rs` has other content"}},
		{"deep content", func(dir string) error { return rewrite(dir+"/src/a/b/c", "DEEP") }, []string{"`src/a/b/c` has other content"}},
		{"longer", func(dir string) error { return rewrite(dir+"/src/a/b/c", "deep!") }, []string{"`src/a/b/c` has other content"}},
		{"emptied", func(dir string) error { return rewrite(dir+"/Cargo.toml", "") }, []string{"`Cargo.toml` has other content"}},
		{"missing file", func(dir string) error { return os.Remove(dir + "/src/lib.rs") }, []string{"`src/lib.rs` is missing"}},
		{"missing last", func(dir string) error { return os.RemoveAll(dir + "/src") }, []string{"`src` is missing"}},
		{"missing empty directory", func(dir string) error { return os.Remove(dir + "/empty") }, []string{"`empty` is missing"}},
		{"added file", func(dir string) error { return os.WriteFile(dir+"/src/.hidden", nil, 0o444) }, []string{"`src/.hidden` was added"}},
		{"added last", func(dir string) error { return os.Mkdir(dir+"/zzz", 0o755) }, []string{"`zzz` was added"}},
		{"executable", func(dir string) error { return os.Chmod(dir+"/Cargo.toml", 0o555) }, []string{"`Cargo.toml` became executable"}},
		{"not executable", func(dir string) error { return os.Chmod(dir+"/build.sh", 0o444) }, []string{"`build.sh` is no longer executable"}},
		{"link", func(dir string) error {
			return errors.Join(os.Remove(dir+"/link"), os.Symlink("src/lib.rz", dir+"/link"))
		}, []string{"`link` points elsewhere"}},
		{"link for a file", func(dir string) error {
			return errors.Join(os.Remove(dir+"/empty.txt"), os.Symlink("/dev/null", dir+"/empty.txt"))
		}, []string{"`empty.txt` became a symlink"}},
		{"link for a directory", func(dir string) error {
			return errors.Join(os.Rename(dir+"/src", dir+"/../src"), os.Symlink("../src", dir+"/src"))
		}, []string{"`src` became a symlink"}},
		{"two things", func(dir string) error {
			return errors.Join(os.Remove(dir+"/src/lib.rs"), os.WriteFile(dir+"/empty/x", nil, 0o444))
		}, []string{"`empty/x` was added"}},
		{"name that is not UTF-8", func(dir string) error { return os.WriteFile(dir+"/\xff", nil, 0o444) }, []string{"was added"}},
		{"no tree", func(dir string) error { return os.RemoveAll(dir) }, []string{"`tree` is missing"}},
		{"manifest of another layer", func(dir string) error {
			other := digest.Node{Path: "a", Kind: digest.Dir}
			d, err := digest.Tree([]digest.Node{other})
			return errors.Join(err, os.Remove(dir+"/../memory"), writeManifest(filepath.Dir(dir), manifest{Format: manifestFormat, Digest: d, Entries: []digest.Node{other}}))
		}, []string{"`manifest` cannot be used", "the manifest describes"}},
		{"damaged manifest", func(dir string) error {
			return errors.Join(os.Remove(dir+"/../memory"), os.Remove(dir+"/../manifest"), os.WriteFile(dir+"/../manifest", []byte("{"), 0o644))
		}, []string{"`manifest` cannot be used"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			l := committed(t, s)
			if err := test.damage(l.Dir); err != nil {
				t.Fatal(err)
			}
			for range 2 { // damage is not remembered as the new truth
				got, ok, err := s.Layer(t.Context(), l.Digest)
				if ok {
					t.Fatalf("accepted as %v", got)
				}
				wantDiag(t, err, diag.ExitLock, append(test.want, "is damaged", l.Digest.Short())...)
			}
			// The same content is committed again: it takes the damaged one's place.
			if again := mustCommit(t, s, example); again != l {
				t.Errorf("made again as %v, want %v", again, l)
			}
			mustLayer(t, s, l.Digest)
			if left := list(t, s.path(tmpDir)); len(left) > 0 {
				t.Errorf("left in tmp: %v", left)
			}
		})
	}
}

// What is not content is put right, and then remembered.
func TestLayerHeals(t *testing.T) {
	tests := map[string]func(l Layer) error{
		"touched file":      func(l Layer) error { return os.Chtimes(l.Dir+"/src/lib.rs", time.Time{}, Epoch.Add(1)) },
		"touched directory": func(l Layer) error { return os.Chtimes(l.Dir+"/src", time.Time{}, Epoch.Add(time.Hour)) },
		"touched root":      func(l Layer) error { return os.Chtimes(l.Dir, time.Time{}, Epoch.Add(time.Hour)) },
		"writable":          func(l Layer) error { return os.Chmod(l.Dir+"/src/lib.rs", 0o644) },
		"set-id":            func(l Layer) error { return os.Chmod(l.Dir+"/build.sh", 0o555|fs.ModeSetuid) },
		"came and went": func(l Layer) error {
			return errors.Join(os.WriteFile(l.Dir+"/new", nil, 0o444), os.Remove(l.Dir+"/new"))
		},
		"rewritten":      func(l Layer) error { return rewrite(l.Dir+"/src/lib.rs", "fn f() {}\n") },
		"no memory":      func(l Layer) error { return os.Remove(l.Dir + "/../memory") },
		"damaged memory": func(l Layer) error { return os.WriteFile(l.Dir+"/../memory", []byte(memoryMagic), 0o600) },
		"memory of others": func(l Layer) error {
			return os.WriteFile(l.Dir+"/../memory", memory{tree: digest.Of(nil)}.encode(), 0o600)
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			l := committed(t, s)
			if err := change(l); err != nil {
				t.Fatal(err)
			}
			mustLayer(t, s, l.Digest)
			settle(t, s)
			mustLayer(t, s, l.Digest)
			tree, err := os.OpenRoot(l.Dir)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			for path, mode := range map[string]fs.FileMode{".": 0o755 | fs.ModeDir, "src": 0o755 | fs.ModeDir, "src/lib.rs": 0o444, "build.sh": 0o555} {
				info, err := tree.Stat(path)
				if err != nil || info.Mode() != mode || !info.ModTime().Equal(Epoch) {
					t.Errorf("%s is %v, %v", path, info, err)
				}
			}
			if err := os.Remove(l.Dir + "/../manifest"); err != nil {
				t.Fatal(err)
			}
			mustLayer(t, s, l.Digest) // by memory alone
		})
	}
}

// A layer is remembered at once, however fast it was made or its times were set
// right, so that Untouched has something to compare with.
func TestLayerUntouchedAtOnce(t *testing.T) {
	s := open(t)
	l := mustCommit(t, s, example)
	untouched := func(when string, want bool) {
		t.Helper()
		if got, err := s.Untouched(l.Digest); got != want || err != nil {
			t.Errorf("%s: untouched: %v, %v", when, got, err)
		}
	}
	untouched("after the commit", true)
	if err := os.Chtimes(l.Dir+"/src/lib.rs", time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	untouched("touched", false)
	mustLayer(t, s, l.Digest)
	untouched("after it was healed", true)
	if err := os.Remove(l.Dir + "/../memory"); err != nil {
		t.Fatal(err)
	}
	mustLayer(t, s, l.Digest)
	untouched("after its memory was lost", true)
}

func TestDrop(t *testing.T) {
	s := open(t)
	l := mustCommit(t, s, example)
	other := mustCommit(t, s, tree{"other": ""})
	for range 2 {
		if err := s.Drop(l.Digest); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := s.Layer(t.Context(), l.Digest); ok || err != nil {
			t.Errorf("after Drop: %v, %v", ok, err)
		}
	}
	mustLayer(t, s, other.Digest)
	if left := list(t, s.path(tmpDir)); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
}

func FuzzManifest(f *testing.F) {
	d, err := digest.Tree([]digest.Node{{Path: "a", Kind: digest.Symlink, Target: "b"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"format":1,"digest":"` + d.String() + `","entries":[{"path":"a","kind":"symlink","target":"b"}]}`))
	f.Add([]byte(`{"format":1,"entries":[{"path":"../a","kind":"file","content":"sha256:/0"}]}`))
	f.Add([]byte(`{"entries":[{"kind":7}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data, d)
		if err != nil {
			return
		}
		if got, err := digest.Tree(m.Entries); got != d || err != nil {
			t.Fatalf("accepted a manifest of %v, %v", got, err)
		}
		if found := m.differences(m.Entries); len(found) > 0 {
			t.Fatalf("%v, compared with itself", found)
		}
	})
}

// tenThousand stages 10,000 files in directories of 50.
func tenThousand() tree {
	tr := tree{}
	for i := range 200 {
		for j := range 50 {
			tr[fmt.Sprintf("crate-%d/module_%d/file_%d.rs", i/14, i, j)] = "fn f() {}\n"
		}
	}
	return tr
}

func BenchmarkLayer10k(b *testing.B) {
	s := open(b)
	l := mustCommit(b, s, tenThousand())
	settle(b, s)
	mustLayer(b, s, l.Digest)
	for b.Loop() {
		mustLayer(b, s, l.Digest)
	}
}

func BenchmarkLayer10kRehash(b *testing.B) {
	s := open(b)
	l := mustCommit(b, s, tenThousand())
	settle(b, s)
	for b.Loop() {
		if err := os.RemoveAll(strings.TrimSuffix(l.Dir, treeDir) + memoryFile); err != nil {
			b.Fatal(err)
		}
		mustLayer(b, s, l.Digest)
	}
}
