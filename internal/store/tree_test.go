package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// later is a time for which no file of a test is young.
func later() time.Time { return time.Now().Add(time.Hour) }

func mustHash(t testing.TB, s *Store, dir string, now time.Time) Tree {
	t.Helper()
	got, err := s.HashTree(t.Context(), dir, "key", now, nil)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func content(t *testing.T, tr Tree, path string) digest.Digest {
	t.Helper()
	for _, e := range tr.Entries {
		if e.Path == path {
			return e.Content
		}
	}
	t.Fatalf("%s is not in the tree", path)
	return digest.Digest{}
}

func TestHashTree(t *testing.T) {
	s, dir := open(t), t.TempDir()
	example.plant(t, dir)
	for _, now := range []time.Time{time.Unix(0, 0), later(), later()} { // cold, cold again, warm
		got := mustHash(t, s, dir, now)
		if want := example.digest(t); got.Digest != want {
			t.Errorf("digest %v, want %v", got.Digest, want)
		}
		var paths []string
		for _, e := range got.Entries {
			paths = append(paths, e.Path)
			info, err := os.Lstat(filepath.Join(dir, e.Path))
			if err != nil || info.ModTime().UnixNano() != e.MtimeNs {
				t.Errorf("%s: time %d, os says %v, %v", e.Path, e.MtimeNs, info, err)
			}
		}
		want := []string{"Cargo.toml", "build.sh", "empty", "empty.txt", "link", "src", "src/a", "src/a/b", "src/a/b/c", "src/lib.rs"}
		if diff := cmp.Diff(want, paths); diff != "" {
			t.Errorf("paths (-want +got):\n%s", diff)
		}
		if got := content(t, got, "src/a/b/c"); got != digest.Of([]byte("deep")) {
			t.Errorf("content %v", got)
		}
	}
}

// Whatever the change and however soon after the last look: the result is that
// of a store that remembers nothing.
func TestHashTreeChanges(t *testing.T) {
	changes := map[string]func(dir string) error{
		"nothing":        func(dir string) error { return nil },
		"content":        func(dir string) error { return os.WriteFile(dir+"/src/lib.rs", []byte("fn g() {}\n"), 0o644) },
		"hidden content": func(dir string) error { return rewrite(dir+"/src/lib.rs", "fn g() {}\n") },
		"executable":     func(dir string) error { return os.Chmod(dir+"/src/lib.rs", 0o755) },
		"replaced": func(dir string) error {
			return errors.Join(os.WriteFile(dir+"/new", []byte("fn h() {}\n"), 0o644), os.Rename(dir+"/new", dir+"/src/lib.rs"))
		},
		"renamed": func(dir string) error { return os.Rename(dir+"/src/lib.rs", dir+"/src/main.rs") },
		"swapped": func(dir string) error {
			return errors.Join(os.Remove(dir+"/empty"), os.Rename(dir+"/src", dir+"/empty"))
		},
		"link": func(dir string) error { return errors.Join(os.Remove(dir+"/link"), os.Symlink("x", dir+"/link")) },
		"file to dir": func(dir string) error {
			return errors.Join(os.Remove(dir+"/empty.txt"), os.Mkdir(dir+"/empty.txt", 0o755))
		},
		"removed":   func(dir string) error { return os.RemoveAll(dir + "/src/a") },
		"mode only": func(dir string) error { return os.Chmod(dir+"/src/lib.rs", 0o600) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			s, dir := open(t), t.TempDir()
			example.plant(t, dir)
			before := mustHash(t, s, dir, time.Now()).Digest
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			got := mustHash(t, s, dir, time.Now())
			want := mustHash(t, open(t), dir, time.Now())
			if diff := cmp.Diff(want.Digest.String(), got.Digest.String()); diff != "" {
				t.Errorf("with memory (-without +with):\n%s", diff)
			}
			if same := name == "nothing" || name == "mode only"; (got.Digest == before) != same {
				t.Errorf("the digest was %v and is %v", before, got.Digest)
			}
		})
	}
}

func (m memory) paths() []string {
	var found []string
	for _, f := range m.files {
		found = append(found, f.path)
	}
	return found
}

// A file's content comes from memory exactly if its stat is the remembered one:
// shown by a memory that lies.
func TestHashTreeReadsOnlyWhatChanged(t *testing.T) {
	s, dir := open(t), t.TempDir()
	example.plant(t, dir)
	mustHash(t, s, dir, later())
	path := s.path(memoryDir, hashedName("key"))
	m, _, err := readMemory(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Cargo.toml", "build.sh", "empty.txt", "src/a/b/c", "src/lib.rs"}
	if diff := cmp.Diff(want, m.paths()); diff != "" {
		t.Fatalf("remembered (-want +got):\n%s", diff)
	}
	lie := digest.FromSum([32]byte{1}, m.files[4].size)
	m.files[4].content = lie
	if err := writeMemory(path, m, nil); err != nil {
		t.Fatal(err)
	}
	if got := content(t, mustHash(t, s, dir, later()), "src/lib.rs"); got != lie {
		t.Errorf("unchanged, but read again: %v", got)
	}
	if err := os.Chtimes(dir+"/Cargo.toml", time.Time{}, Epoch); err != nil {
		t.Fatal(err)
	}
	tr := mustHash(t, s, dir, later())
	if got := content(t, tr, "src/lib.rs"); got != lie {
		t.Errorf("read again because another file changed: %v", got)
	}
	if tr.Digest == example.digest(t) {
		t.Error("the digest does not come from the contents")
	}
	if err := os.Chtimes(dir+"/src/lib.rs", time.Time{}, Epoch); err != nil {
		t.Fatal(err)
	}
	if got := mustHash(t, s, dir, later()).Digest; got != example.digest(t) {
		t.Errorf("changed, but not read again: %v", got)
	}
}

// The racy window is measured from both times of the file.
func TestHashTreeRacyWindow(t *testing.T) {
	s, dir := open(t), t.TempDir()
	tree{"file": "x"}.plant(t, dir)
	stat := func() int64 {
		tr := mustHash(t, s, dir, later())
		return tr.Entries[0].MtimeNs
	}
	set := func(mtime time.Time) {
		if err := os.Chtimes(dir+"/file", time.Time{}, mtime); err != nil {
			t.Fatal(err)
		}
	}
	future := time.Now().Add(24 * time.Hour)
	tests := []struct {
		name string
		now  func() time.Time
		want []string
	}{
		{"at the same time", func() time.Time { return time.Unix(0, stat()) }, nil},
		{"on the edge", func() time.Time { return time.Unix(0, stat()).Add(racyWindow) }, nil},
		{"past the edge", func() time.Time { return time.Unix(0, stat()).Add(racyWindow + 1) }, []string{"file"}},
		{"in the near future", func() time.Time { return time.Unix(0, stat()).Add(-racyWindow) }, nil},
		{"written in the future", func() time.Time { set(future); return later() }, []string{"file"}},
		{"changed in the future", func() time.Time { set(Epoch); return Epoch.Add(time.Hour) }, []string{"file"}},
		{"old by both", func() time.Time { set(Epoch); return later() }, []string{"file"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// Written afresh, so that both times are the same, as the first tests need.
			if err := os.Remove(dir + "/file"); err != nil {
				t.Fatal(err)
			}
			tree{"file": "x"}.plant(t, dir)
			now := test.now()
			path := s.path(memoryDir, hashedName("key"))
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			mustHash(t, s, dir, now)
			m, _, err := readMemory(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, m.paths()); diff != "" {
				t.Errorf("remembered (-want +got):\n%s", diff)
			}
			if settled := m.stat != [32]byte{}; settled != (test.want != nil) {
				t.Errorf("the whole tree remembered: %v", settled)
			}
		})
	}
}

func TestHashTreeDamagedMemory(t *testing.T) {
	s, dir := open(t), t.TempDir()
	example.plant(t, dir)
	mustHash(t, s, dir, later())
	path := s.path(memoryDir, hashedName("key"))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, data := range map[string][]byte{"empty": {}, "torn": good[:len(good)/2], "flipped": flipped, "longer": append(slices.Clone(good), 0)} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := mustHash(t, s, dir, later()).Digest; got != example.digest(t) {
			t.Errorf("%s: %v", name, got)
		}
		if healed, err := os.ReadFile(path); err != nil || !slices.Equal(healed, good) {
			t.Errorf("%s: not written again: %v", name, err)
		}
	}
}

func TestHashTreeSkips(t *testing.T) {
	s, dir := open(t), t.TempDir()
	example.plant(t, dir)
	tree{"target/debug/x": "x", "src/target": "y"}.plant(t, dir)
	got, err := s.HashTree(t.Context(), dir, "key", later(), func(rel string) bool { return rel == "target" || rel == "src/target" })
	if err != nil || got.Digest != example.digest(t) {
		t.Errorf("%v, %v, want %v", got.Digest, err, example.digest(t))
	}
}

func TestHashTreeErrors(t *testing.T) {
	s, dir := open(t), t.TempDir()
	if err := os.WriteFile(dir+"/bad\xff", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := s.HashTree(t.Context(), dir, "key", later(), nil)
	wantDiag(t, err, diag.ExitPolicy, `"bad\xff"`, dir)
	if _, err := s.HashTree(t.Context(), dir+"/none", "key", later(), nil); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("no directory: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.HashTree(ctx, dir, "key", later(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// changing is a context that changes a file when it is asked, which hashing does
// before each file and each buffer, for as many times as it is told.
type changing struct {
	context.Context
	path  string
	times *int
}

func (c changing) Err() error {
	if *c.times > 0 {
		*c.times--
		if err := os.WriteFile(c.path, []byte(strings.Repeat("x", *c.times)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func TestHashFileThatChanges(t *testing.T) {
	dir := t.TempDir()
	tree{"file": "x"}.plant(t, dir)
	root, err := fsx.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	once, always := 1, 1000
	d, e, err := hashFile(changing{t.Context(), dir + "/file", &once}, root, "file", nil)
	if err != nil || d != digest.Of(nil) || e.Size != 0 {
		t.Errorf("changed once: %v of %+v, %v", d, e, err)
	}
	_, _, err = hashFile(changing{t.Context(), dir + "/file", &always}, root, "file", nil)
	wantDiag(t, err, diag.ExitFailed, "changed while it was being read", dir+"/file")
}

// Many writers of one memory and a tree that changes all the time: no result is
// ever that of a mixture.
func TestHashTreeConcurrent(t *testing.T) {
	s, dir := open(t), t.TempDir()
	example.plant(t, dir)
	variants := map[digest.Digest]bool{}
	for _, c := range []string{"one", "two"} {
		tr := tree{"src/lib.rs": c}
		for path, content := range example {
			if path != "src/lib.rs" {
				tr[path] = content
			}
		}
		variants[tr.digest(t)] = true
	}
	stop := make(chan struct{})
	var writer, readers sync.WaitGroup
	change := func(c string) {
		temp := filepath.Join(filepath.Dir(s.dir), "next")
		if err := errors.Join(os.WriteFile(temp, []byte(c), 0o644), os.Rename(temp, dir+"/src/lib.rs")); err != nil {
			t.Error(err)
		}
	}
	change("one")
	writer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				change("two")
				change("one")
			}
		}
	})
	for range 4 {
		readers.Go(func() {
			for range 50 {
				got, err := s.HashTree(t.Context(), dir, "key", time.Now(), nil)
				if err != nil && !strings.Contains(err.Error(), "changed while") {
					t.Error(err)
				}
				if err == nil && !variants[got.Digest] {
					t.Errorf("neither one nor the other: %v", got.Digest)
				}
			}
		})
	}
	readers.Wait()
	close(stop)
	writer.Wait()
}

func FuzzMemory(f *testing.F) {
	m := memory{tree: digest.Of(nil), names: []string{"", "a/b", "ü"}, files: []remembered{{"a", 1, 2, 3, 4, digest.FromSum([32]byte{5}, 1)}}}
	for _, seed := range []memory{{}, m} {
		sealed := seed.encode()
		f.Add(sealed[:len(sealed)-32])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := digest.Of(body) // a right check sum, so that the parser is reached
		data := append(slices.Clone(body), mustHex(t, sum.Hex())...)
		m, ok := decodeMemory(data)
		if !ok {
			return
		}
		again, ok := decodeMemory(m.encode())
		if diff := cmp.Diff(m, again, cmp.AllowUnexported(memory{}, remembered{}), cmp.Comparer(func(a, b digest.Digest) bool { return a == b })); !ok || diff != "" {
			t.Fatalf("read %v, written and read again (-first +second):\n%s", ok, diff)
		}
	})
}

func BenchmarkHashTree10kWarm(b *testing.B) {
	s, dir := open(b), b.TempDir()
	tenThousand().plant(b, dir)
	mustHash(b, s, dir, later())
	for b.Loop() {
		mustHash(b, s, dir, later())
	}
}

func BenchmarkHashTree10kCold(b *testing.B) {
	s, dir := open(b), b.TempDir()
	tenThousand().plant(b, dir)
	for b.Loop() {
		mustHash(b, s, dir, Epoch) // everything is in the future: nothing is remembered
	}
}
