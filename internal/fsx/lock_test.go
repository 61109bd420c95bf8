package fsx

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func holdLock(path string) error {
	if _, err := Lock(context.Background(), path, nil); err != nil {
		return err
	}
	return ready()
}

func mustTryLock(t *testing.T, path string) *Locked {
	t.Helper()
	l, err := TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLockDiesWithItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	child := start(t, "hold", path)
	if mustTryLock(t, path) != nil {
		t.Fatal("locked although another process holds the lock")
	}
	waits, killed := 0, make(chan struct{})
	got, err := Lock(t.Context(), path, func() {
		waits++
		go func() { // while we block in the kernel
			defer close(killed)
			kill(t, child)
		}()
	})
	if err != nil {
		t.Fatal(err)
	}
	<-killed
	if waits != 1 {
		t.Errorf("onWait was called %d times, want once", waits)
	}
	if err := got.Unlock(); err != nil {
		t.Error(err)
	}
	if err := got.Unlock(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("the second unlock said %v", err)
	}
}

func TestLockCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	held := mustTryLock(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Lock(ctx, path, cancel)
	if l != nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, %v", l, err)
	}
	if l, err := Lock(ctx, path, func() { t.Error("waits for what was cancelled before") }); l != nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, %v", l, err)
	}
	if err := held.Unlock(); err != nil {
		t.Fatal(err)
	}
	// The abandoned waiter may get the lock for a moment, but not for good.
	again, err := Lock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Remove left the file: %v", err)
	}
}

// Everybody removes the file while others wait for it: the case in which a lock
// on a nameless file would let two in.
func TestLockExcludesAcrossRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var inside, total atomic.Int32 // the race detector does not know that flock orders memory
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for i := range 100 {
				l, err := Lock(t.Context(), path, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d owners", n)
				}
				total.Add(1)
				inside.Add(-1)
				if i%2 == 0 {
					err = l.Remove()
				} else {
					err = l.Unlock()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if n := total.Load(); n != 800 {
		t.Errorf("the lock was taken %d times, want 800", n)
	}
}

func TestLockRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink("target", link); err != nil {
		t.Fatal(err)
	}
	if _, err := TryLock(link); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a link: %v", err)
	}
	if _, err := TryLock(dir); err == nil {
		t.Error("a directory was locked")
	}
	if _, err := TryLock(filepath.Join(dir, "missing", "lock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}
