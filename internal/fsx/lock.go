package fsx

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// Locked is a file that this process holds a lock on, exclusive unless LockShared
// made it. The kernel releases the lock when the process dies, however it dies.
//
// The lock is advisory and belongs to the open file, not to the process: two
// Locked of one path exclude each other inside one process as well.
type Locked struct{ file *os.File }

// TryLock takes the lock of the file at path and creates the file (mode 0600)
// if there is none. It never waits: when somebody else holds the lock it
// returns nil and no error.
func TryLock(path string) (*Locked, error) { return tryMode(path, exclusive) }

// mode says whom a lock excludes.
type mode bool

const (
	exclusive mode = false // everybody
	shared    mode = true  // those that want it exclusively
)

func tryMode(path string, m mode) (*Locked, error) {
	for {
		file, err := openLock(path)
		if err != nil {
			return nil, err
		}
		ok, err := tryLock(file, m)
		if err != nil || !ok {
			return nil, errors.Join(err, file.Close())
		}
		current, err := isAt(file, path)
		if err == nil && current {
			return &Locked{file}, nil
		}
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
	}
}

// Lock is TryLock that waits. If the lock is busy it calls onWait once (which
// may be nil) and returns when it has the lock or when ctx is done, then with
// ctx's error.
func Lock(ctx context.Context, path string, onWait func()) (*Locked, error) {
	return lockMode(ctx, path, exclusive, onWait)
}

// LockShared is Lock for one of many: it waits only for a lock that excludes
// everybody.
func LockShared(ctx context.Context, path string) (*Locked, error) {
	return lockMode(ctx, path, shared, nil)
}

func lockMode(ctx context.Context, path string, m mode, onWait func()) (*Locked, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		locked, err := tryMode(path, m)
		if locked != nil || err != nil {
			return locked, err
		}
		if onWait != nil {
			onWait()
			onWait = nil
		}
		file, err := openLock(path)
		if err != nil {
			return nil, err
		}
		if err := waitLock(ctx, file, m); err != nil {
			return nil, err
		}
		current, err := isAt(file, path)
		if err == nil && current {
			return &Locked{file}, nil
		}
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
	}
}

// waitLock blocks until file is locked. A blocked lock call cannot be taken
// back, so on cancellation its goroutine stays behind, gives the lock back in
// the moment when it gets it, and closes the file. On error the file is closed
// or will be.
func waitLock(ctx context.Context, file *os.File, m mode) error {
	done := make(chan error, 1)
	go func() { done <- lock(file, m) }()
	select {
	case err := <-done:
		if err != nil {
			return errors.Join(err, file.Close())
		}
		return nil
	case <-ctx.Done():
		go func() {
			<-done       // an error here means no lock: there is nothing to give back
			file.Close() // gives the lock back; nothing was written, so nothing can be lost
		}()
		return ctx.Err()
	}
}

// isAt reports whether path still names the file that we hold. If it does not,
// the previous owner removed it (Remove) after we opened it, and a lock on the
// nameless file would exclude nobody. An owner removes only while it holds the
// lock, so the answer stays true for as long as we hold it.
func isAt(file *os.File, path string) (bool, error) {
	held, err := file.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !named.Mode().IsRegular() {
		return false, &fs.PathError{Op: "lock", Path: path, Err: ErrNotRegular}
	}
	return os.SameFile(held, named), nil
}

func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow, 0o600)
	if info, statErr := os.Lstat(path); err != nil && statErr == nil && info.Mode().Type() == fs.ModeSymlink {
		return nil, &fs.PathError{Op: "lock", Path: path, Err: ErrNotRegular}
	}
	return f, err
}

// IsAt reports whether path names the locked file: it may have been moved, and
// the lock with it.
func (l *Locked) IsAt(path string) (bool, error) { return isAt(l.file, path) }

// Unlock releases the lock and leaves the file.
func (l *Locked) Unlock() error {
	// Not only by closing: a child that is between fork and exec still has a
	// copy of the descriptor, and would hold the lock for that moment.
	return errors.Join(unlock(l.file), l.file.Close())
}

// Remove deletes the file and then releases the lock. Whoever waits for the
// lock notices and starts again with a new file.
func (l *Locked) Remove() error {
	return errors.Join(removeOpen(l.file), l.Unlock())
}
