package fsx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// plant makes files (content), directories (trailing slash) and links
// ("-> target") below dir.
func plant(t testing.TB, dir string, tree map[string]string) {
	t.Helper()
	for path, content := range tree {
		full := filepath.Join(dir, path)
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		target, isLink := strings.CutPrefix(content, "-> ")
		switch {
		case err != nil:
		case strings.HasSuffix(path, "/"):
			err = os.MkdirAll(full, 0o755)
		case isLink:
			err = os.Symlink(target, full)
		default:
			err = os.WriteFile(full, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestScan(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	plant(t, outside, map[string]string{"secret": "s"})
	plant(t, dir, map[string]string{
		"a/x": "12345", "a-b": "", "a/deep/er/file": "x", "empty/": "",
		"link": "-> a", "out": "-> " + outside, "dangling": "-> nowhere", "skipped/x": "", "a/skipped": "",
	})
	got, err := Scan(dir, func(rel string) bool { return rel == "skipped" })
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Path string
		Type Type
		Link string
		Size int64
	}
	var lines []line
	for _, e := range got {
		size := e.Size
		if e.Type != File {
			size = 0
		}
		lines = append(lines, line{e.Path, e.Type, e.Link, size})
	}
	want := []line{
		{"a", Directory, "", 0}, {"a-b", File, "", 0}, {"a/deep", Directory, "", 0}, {"a/deep/er", Directory, "", 0},
		{"a/deep/er/file", File, "", 1}, {"a/skipped", File, "", 0}, {"a/x", File, "", 5}, {"dangling", Symlink, "nowhere", 0},
		{"empty", Directory, "", 0}, {"link", Symlink, "a", 0}, {"out", Symlink, outside, 0},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	for _, e := range got {
		info, err := os.Lstat(filepath.Join(dir, e.Path))
		if err != nil {
			t.Fatal(err)
		}
		if e.MtimeNs != info.ModTime().UnixNano() || fs.FileMode(e.Mode) != info.Mode().Perm() {
			t.Errorf("%s: time %d and mode %o, os says %v", e.Path, e.MtimeNs, e.Mode, info)
		}
	}
	if _, err := Scan(filepath.Join(dir, "missing"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
}

func TestScanManyDirectories(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for i := range 300 { // more than one buffer of names, and a queue for both workers
		path := fmt.Sprintf("d%d/e%d", i%17, i)
		plant(t, dir, map[string]string{path + "/" + strings.Repeat("n", 200): ""})
		want = append(want, path, path+"/"+strings.Repeat("n", 200))
	}
	for i := range 17 {
		want = append(want, fmt.Sprintf("d%d", i))
	}
	slices.Sort(want)
	entries, err := Scan(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Path)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func openDir(t testing.TB, path string) *Dir {
	t.Helper()
	d, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestDirHash(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"a/file": "content", "link": "-> a/file"})
	d := openDir(t, dir)
	sum, e, err := d.Hash(t.Context(), "a/file", nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := digest.Of([]byte("content")); sum != want || e.Size != 7 || e.Path != "a/file" || e.Type != File {
		t.Errorf("%v for %+v, want %v", sum, e, want)
	}
	scanned, err := d.Scan(func(rel string) bool { return rel == "link" })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scanned[1], e); diff != "" {
		t.Errorf("Scan and Hash see different files (-scan +hash):\n%s", diff)
	}
	for _, path := range []string{"link", "a", "missing", "a/file/x"} {
		if sum, _, err := d.Hash(t.Context(), path, nil); err == nil || !sum.IsZero() || !strings.Contains(err.Error(), filepath.Join(dir, path)) {
			t.Errorf("%s: %v, %v", path, sum, err)
		}
	}
}

// meddler is a context that does something each time it is asked, which Hash
// does before each buffer that it reads.
type meddler struct {
	context.Context
	meddle func()
}

func (m meddler) Err() error {
	m.meddle()
	return nil
}

func TestHashOfAFileThatChanges(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	d := openDir(t, dir)
	for name, change := range map[string]func() error{
		"grows":   func() error { return os.WriteFile(path, make([]byte, 3*BufferSize), 0o644) },
		"shrinks": func() error { return os.Truncate(path, 10) },
		"touched": func() error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) },
		"chmod":   func() error { return os.Chmod(path, 0o600) },
	} {
		if err := os.WriteFile(path, make([]byte, 2*BufferSize), 0o644); err != nil {
			t.Fatal(err)
		}
		asked := 0
		sum, _, err := d.Hash(meddler{t.Context(), func() {
			if asked++; asked == 2 {
				if err := change(); err != nil {
					t.Fatal(err)
				}
			}
		}}, "file", nil)
		if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), path) || !sum.IsZero() {
			t.Errorf("%s: %v, %v", name, sum, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStamp(t *testing.T) {
	const when = 946684800_000000000
	dir := t.TempDir()
	plant(t, dir, map[string]string{"d/file": "x"})
	d := openDir(t, dir)
	if err := d.Stamp("d/file", 0o555, when); err != nil {
		t.Fatal(err)
	}
	if err := d.Stamp("d", 0o755, when); err != nil {
		t.Fatal(err)
	}
	entries, err := d.Scan(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.MtimeNs != when {
			t.Errorf("%s has the time %d", e.Path, e.MtimeNs)
		}
	}
	if entries[1].Mode != 0o555 || !entries[1].Executable() {
		t.Errorf("mode %o", entries[1].Mode)
	}
	if err := d.Stamp("missing", 0o644, when); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// tenThousand makes the tree that the numbers in the design speak of: 10,000
// entries in directories of some 50.
func tenThousand(b testing.TB) string {
	dir := b.TempDir()
	for i := range 196 {
		sub := filepath.Join(dir, fmt.Sprintf("crate-%d", i/14), fmt.Sprintf("module_%d", i))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range 50 {
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("file_%d.rs", j)), []byte("fn f() {}\n"), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	return dir
}

func BenchmarkScan10k(b *testing.B) {
	dir := tenThousand(b)
	for b.Loop() {
		entries, err := Scan(dir, nil)
		if err != nil || len(entries) != 10_010 {
			b.Fatalf("%d entries, %v", len(entries), err)
		}
	}
}
