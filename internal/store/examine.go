package store

import (
	"context"
	"errors"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// examine reads every file of a layer and says in what the layer differs from
// its manifest.
//
// A file that the disk does not give back (EIO: a bad block, or a file system
// that checks its own sums) is damage as any other, and not a reason to stop: it
// is made again the same way.
func (s *Store) examine(ctx context.Context, m manifest, tree *fsx.Dir) (*snapshot, []Damage, error) {
	snap, err := s.look(ctx, tree)
	if err != nil {
		return nil, nil, err
	}
	var found []Damage
	for _, e := range snap.entries {
		if e.Type == fsx.Other {
			found = append(found, Damage{e.Path, "was replaced or added by a socket, a fifo or a device"})
		}
	}
	if len(found) > 0 {
		return snap, found, nil
	}
	contents, err := hashFiles(ctx, tree, snap.entries, nil)
	if errors.Is(err, syscall.EIO) {
		if found, err = unreadable(ctx, tree); len(found) > 0 && err == nil {
			return snap, found, nil
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return snap, m.differences(nodes(snap.entries, contents)), nil
}

// unreadable finds the files that the disk does not give back.
func unreadable(ctx context.Context, tree *fsx.Dir) ([]Damage, error) {
	entries, err := tree.Scan(nil) // hashFiles has lost those of what it failed at
	if err != nil {
		return nil, err
	}
	var found []Damage
	buffer := make([]byte, fsx.BufferSize)
	for _, e := range entries {
		if e.Type != fsx.File {
			continue
		}
		_, _, err := hashFile(ctx, tree, e.Path, buffer)
		switch {
		case errors.Is(err, syscall.EIO):
			found = append(found, Damage{e.Path, "cannot be read from the disk"})
		case err != nil:
			return nil, err
		}
	}
	return found, nil
}
