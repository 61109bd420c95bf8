package fsx

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Many share a lock; whoever wants it alone waits for all of them, and they for
// nobody but that one.
func TestLockShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var sharers []*Locked
	for range 2 {
		l, err := LockShared(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		sharers = append(sharers, l)
	}
	for _, l := range sharers {
		if alone, err := TryLock(path); alone != nil || err != nil {
			t.Fatalf("locked alone beside a sharer: %v, %v", alone, err)
		}
		if err := l.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
	alone, err := TryLock(path)
	if alone == nil || err != nil {
		t.Fatalf("busy although nobody has it: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if l, err := LockShared(ctx, path); l != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("shared beside the one that has it alone: %v, %v", l, err)
	}
	got := make(chan error, 1)
	go func() {
		l, err := LockShared(t.Context(), path)
		if err == nil {
			err = l.Unlock()
		}
		got <- err
	}()
	if err := errors.Join(alone.Unlock(), <-got); err != nil {
		t.Error(err)
	}
}

// A lock that moved with its file protects that file and not the name.
func TestLockedIsAt(t *testing.T) {
	dir := t.TempDir()
	path, moved := filepath.Join(dir, "here", "lock"), filepath.Join(dir, "there", "lock")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := LockShared(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Unlock()
	if err := os.Rename(filepath.Dir(path), filepath.Dir(moved)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{path: false, moved: true} {
		if at, err := l.IsAt(name); at != want || err != nil {
			t.Errorf("at %s: %v, %v", name, at, err)
		}
	}
	if other, err := LockShared(t.Context(), path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("locked in a directory that is gone: %v, %v", other, err)
	}
}

func TestTouch(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("x"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	before, err := ClockNs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := Touch(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.ModTime().UnixNano() < before {
		t.Errorf("%v, %v, want no earlier than %d", info.ModTime(), err, before)
	}
	if err := Touch(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("made or found what is not there: %v", err)
	}
}
