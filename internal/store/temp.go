package store

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// lockSuffix makes the lock file's name from the name of what it protects.
const lockSuffix = ".lock"

// temp is an entry X of tmp/ that this process owns by the lock of X.lock.
//
// Why a sweep cannot take away what lives, and takes everything that is dead:
//
//  1. The owner creates and locks X.lock first and makes X only then; it
//     removes X first and X.lock last. So X never exists without a lock file,
//     and whoever finds X.lock free knows that no owner lives.
//  2. Between creating X.lock and locking it, a sweep may lock it first. Then
//     either the owner finds it busy and takes another name, or the sweep has
//     already removed it; fsx.TryLock notices that it locked a file that no
//     longer has its name, and starts again. In both cases X did not exist yet.
//  3. Names are 128 random bits and never used twice, so a sweep that holds
//     X.lock may remove X at leisure: nobody will make another X.
//  4. The kernel frees the lock when the owner dies, at whatever instant.
//
// Sweeps exclude each other per entry by the same lock.
type temp struct {
	dir  string
	lock *fsx.Locked
}

func (s *Store) newTemp(label string) (*temp, error) {
	for {
		dir := s.path(tmpDir, fileName(label)+"-"+rand.Text())
		lock, err := fsx.TryLock(dir + lockSuffix)
		if err != nil {
			return nil, err
		}
		if lock == nil {
			continue // a sweep holds it: case 2 above
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			return nil, errors.Join(err, lock.Remove())
		}
		return &temp{dir, lock}, nil
	}
}

// release removes the directory and gives up the lock. If something cannot be
// removed, the lock file stays, so that the next sweep tries again.
func (t *temp) release() error {
	if err := fsx.RemoveTree(t.dir); err != nil {
		return errors.Join(err, t.lock.Unlock())
	}
	return t.lock.Remove()
}

// fileName makes a short and harmless part of a file name from a label, for
// people who look into tmp/. Without a dot, so that no entry looks like a lock.
func fileName(label string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}, label)
	return clean[:min(len(clean), 40)]
}

// TempDir makes a private directory (mode 0700) that lives until release, or
// until this process dies and somebody sweeps. Release removes it with
// everything in it, also what a build made read-only.
func (s *Store) TempDir(label string) (dir string, release func() error, err error) {
	t, err := s.newTemp(label)
	if err != nil {
		return "", nil, diag.Wrap(err, "making a temporary directory for `%s`", label)
	}
	return t.dir, func() error {
		return diag.Wrap(t.release(), "removing the temporary directory of `%s`", label)
	}, nil
}

// Sweep removes what killed processes left in the store. It is safe at any
// time, beside any other use. It goes on after an error and returns them all.
func (s *Store) Sweep(ctx context.Context) error {
	entries, err := os.ReadDir(s.path(tmpDir))
	if err != nil {
		return diag.Wrap(err, "sweeping the store")
	}
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[strings.TrimSuffix(e.Name(), lockSuffix)] = true // entry and lock file are one piece of work
	}
	var failed []error
	for name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		failed = append(failed, diag.Wrap(s.sweep(name), "sweeping `%s`", name))
	}
	dirs, err := s.writtenDirs()
	failed = append(failed, diag.Wrap(err, "sweeping the store"))
	for _, dir := range dirs {
		if err := ctx.Err(); err != nil {
			return err
		}
		failed = append(failed, diag.Wrap(fsx.RemoveStale(dir), "sweeping `%s`", dir))
	}
	return errors.Join(failed...)
}

// sweep removes one entry of tmp/ if its owner is dead.
func (s *Store) sweep(name string) error {
	dir := s.path(tmpDir, name)
	lock, err := fsx.TryLock(dir + lockSuffix)
	if err != nil || lock == nil {
		return err
	}
	return (&temp{dir, lock}).release()
}

// writtenDirs lists the directories in which single files are replaced, and a
// killed process may have left half of one under a temporary name. Not tmp/:
// there every name belongs to a lock file.
func (s *Store) writtenDirs() ([]string, error) {
	dirs := []string{s.dir, s.path(memoryDir)}
	for _, parent := range []string{recordsDir, layersDir} {
		entries, err := os.ReadDir(s.path(parent))
		if err != nil {
			return dirs, err
		}
		for _, e := range entries {
			if e.IsDir() { // what else lies there is not ours
				dirs = append(dirs, s.path(parent, e.Name()))
			}
		}
	}
	return dirs, nil
}
