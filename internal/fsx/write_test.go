package fsx

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names returns what is in dir.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	return got
}

func TestWriteFile(t *testing.T) {
	for name, write := range map[string]func(string, []byte, fs.FileMode) error{"WriteFile": WriteFile, "WriteCache": WriteCache} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			for _, content := range []string{"one", "", "three"} {
				if err := write(path, []byte(content), 0o444); err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(content, string(got)); diff != "" {
					t.Errorf("content (-want +got):\n%s", diff)
				}
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode() != 0o444 {
				t.Errorf("mode %v, want 0444 whatever the umask", info.Mode())
			}
			if diff := cmp.Diff([]string{"file"}, names(t, dir)); diff != "" {
				t.Errorf("left behind (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteFileFails(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "directory")
	if err := os.Mkdir(target, 0o755); err != nil {
		t.Fatal(err)
	}
	err := WriteFile(target, []byte("x"), 0o644)
	if err == nil || !strings.Contains(err.Error(), target) {
		t.Errorf("error %v, want one that names %s", err, target)
	}
	if diff := cmp.Diff([]string{"directory"}, names(t, dir)); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
	if err := WriteFile(filepath.Join(dir, "missing", "file"), nil, 0o644); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}

const bigSize = 1 << 20

// writeForever rewrites a large file until it is killed.
func writeForever(path string) error {
	go func() {
		for c := byte('a'); ; c = 'a' + (c-'a'+1)%26 {
			if err := WriteCache(path, bytes.Repeat([]byte{c}, bigSize), 0o644); err != nil {
				panic(err)
			}
		}
	}()
	for {
		if _, err := os.Stat(path); err == nil {
			return ready()
		}
	}
}

// A writer is killed at whatever instant it has reached, while we read and
// sweep beside it: no reader sees a part, and what it left is swept.
func TestKilledWriter(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for round := range 15 {
		child := start(t, "write", path)
		for range round {
			if err := RemoveStale(dir); err != nil {
				t.Fatal(err)
			}
			whole(t, path)
		}
		kill(t, child)
		whole(t, path)
	}
	if err := RemoveStale(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"file"}, names(t, dir)); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
}

func whole(t *testing.T, path string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != bigSize || bytes.Count(got, got[:1]) != bigSize {
		t.Fatalf("a part of a file: %d bytes", len(got))
	}
}

func TestRemoveStale(t *testing.T) {
	dir := t.TempDir()
	live, err := createTemp(dir, "live")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".dead.RANDOM.part", "other.part", ".hidden"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveStale(dir); err != nil {
		t.Fatal(err)
	}
	want := []string{".hidden", filepath.Base(live.file.Name()), "other.part"}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	if err := live.Remove(); err != nil {
		t.Error(err)
	}
	if err := RemoveStale(filepath.Join(dir, "missing")); err != nil {
		t.Errorf("a missing directory: %v", err)
	}
}

func TestClockNs(t *testing.T) {
	dir := t.TempDir()
	before, err := ClockNs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	after, err := ClockNs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.ModTime().UnixNano(); before > got || got > after {
		t.Errorf("a file written between %d and %d has the time %d", before, after, got)
	}
	if diff := cmp.Diff([]string{"file"}, names(t, dir)); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
}
