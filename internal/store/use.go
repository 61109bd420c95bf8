package store

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// useFile lies beside the tree of a layer, where no world sees it. Whoever uses
// the layer holds a shared lock on it, and its modification time is when the
// layer was last asked for.
//
// Why Collect never takes what somebody uses, and nobody uses what it takes:
//
//  1. A user locks first (shared), looks then whether the file still has its
//     place, and only then looks at the tree. Collect locks exclusively, without
//     waiting, and moves the whole layer away under that lock.
//  2. So Collect finds the lock busy and leaves the layer; or a user waits for
//     the length of a rename, finds the file gone from its place, and has no
//     layer, as if it had come later.
//  3. A new layer is published with its use file locked already: there is no
//     instant at which it is visible and free.
//  4. The kernel frees the locks of a process that dies, at whatever instant.
//
// Drop, which removes what is damaged, heeds nobody: a build that stands on
// damage has to fail, and finds out by itself.
const useFile = "use"

// uses are the locks of one Store on the layers that it has returned. They end
// with Close or with the process.
type uses struct {
	mu   sync.Mutex
	held map[digest.Digest]*fsx.Locked
}

// kept has every uses that holds a lock: a lock that ended because the garbage
// collector found its Store forgotten would end at no moment that anybody chose.
var kept sync.Map

// use takes the layer d into use and reports whether there is one.
func (s *Store) use(ctx context.Context, d digest.Digest) (bool, error) {
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	path := s.layerPath(d, useFile)
	if lock := s.uses.held[d]; lock != nil {
		// It may have been dropped and made again since.
		if there, err := lock.IsAt(path); there || err != nil {
			return there, err
		}
		delete(s.uses.held, d)
		if err := lock.Unlock(); err != nil {
			return false, err
		}
	}
	lock, err := fsx.LockShared(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // the directory of the layer: the file itself would have been made
	}
	if err != nil {
		return false, err
	}
	switch err := fsx.Touch(path); {
	case errors.Is(err, fs.ErrNotExist):
		return false, lock.Unlock() // dropped in between
	case err != nil:
		return false, errors.Join(err, lock.Unlock())
	}
	s.uses.hold(d, lock)
	return true, nil
}

// hold keeps a lock. The caller has u.mu.
func (u *uses) hold(d digest.Digest, lock *fsx.Locked) {
	if u.held == nil {
		u.held = map[digest.Digest]*fsx.Locked{}
		kept.Store(u, true)
	}
	u.held[d] = lock
}

// disuse gives up the lock on the layer d, if this Store has one.
func (s *Store) disuse(d digest.Digest) error {
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	lock := s.uses.held[d]
	if lock == nil {
		return nil
	}
	delete(s.uses.held, d)
	return lock.Unlock()
}

// Close ends the use of every layer that this Store has returned. A process that
// uses layers until it ends need not call it.
func (s *Store) Close() error {
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	var failed []error
	for _, lock := range s.uses.held {
		failed = append(failed, lock.Unlock())
	}
	s.uses.held = nil
	kept.Delete(&s.uses)
	return errors.Join(failed...)
}
