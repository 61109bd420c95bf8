package store

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// Limits say what Collect leaves.
type Limits struct {
	MaxSize *int64         // bytes on disk of all items together; nil is no limit
	MaxAge  *time.Duration // since the last use; nil is no limit
	Now     time.Time
	DryRun  bool // remove nothing, say what would be
}

// Collected is what Collect did, or in a dry run would do.
type Collected struct {
	DryRun  bool   `json:"dry_run"`
	Removed []Item `json:"removed"` // in the order of removal
	InUse   []Item `json:"in_use"`  // that had to go and could not: somebody uses them
	Before  int64  `json:"before_disk_bytes"`
	After   int64  `json:"after_disk_bytes"`
}

// Collect removes what is older than the limits allow, and then what was not used
// for longest until the rest is small enough. What a process uses stays, whatever
// the limits. Items disappear one by one and each in one step, so that a kill
// leaves none half removed.
//
// It runs beside builds, fetches and captures. Of two at once the second waits
// for the first, and then looks at what is left; onWait may be nil. Records are
// never removed: they are small, and losing one may cost a fetch.
func (s *Store) Collect(ctx context.Context, l Limits, onWait func()) (c Collected, err error) {
	unlock, err := s.Lock(ctx, "collect", onWait)
	if err != nil {
		return c, err
	}
	defer func() { err = diag.Join(err, unlock()) }()
	if !l.DryRun {
		if err := s.Sweep(ctx); err != nil {
			return c, err
		}
	}
	items, _, err := s.items()
	if err != nil {
		return c, diag.Wrap(err, "looking at the store `%s`", s.dir)
	}
	c = Collected{DryRun: l.DryRun, Removed: []Item{}, InUse: []Item{}}
	for _, i := range items {
		c.Before += i.Disk
	}
	c.After = c.Before
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(a.LastUse.Compare(b.LastUse), cmp.Compare(a.Name, b.Name))
	})
	for _, i := range items {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		if !l.exceeded(i, c.After) {
			continue // a younger one may still be in the way of the size
		}
		gone, err := s.collect(i, l.DryRun)
		switch {
		case err != nil:
			return c, diag.Wrap(err, "removing %s `%s`", i.Kind, i.Name)
		case gone:
			c.Removed = append(c.Removed, i)
			c.After -= i.Disk
		default:
			c.InUse = append(c.InUse, i)
		}
	}
	return c, nil
}

// exceeded reports whether an item has to go while the store has a size.
func (l Limits) exceeded(i Item, size int64) bool {
	return l.MaxAge != nil && l.Now.Sub(i.LastUse) > *l.MaxAge || l.MaxSize != nil && size > *l.MaxSize
}

// collect removes one item, unless somebody uses it.
func (s *Store) collect(i Item, dry bool) (bool, error) {
	if dry {
		return !i.InUse, nil
	}
	if i.lock == "" {
		err := os.Remove(i.path)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err == nil, err
	}
	lock, err := fsx.TryLock(i.lock)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil // dropped since
	}
	if lock == nil || err != nil {
		return false, err
	}
	idle, err := s.stillIdle(i)
	if err != nil || !idle {
		return false, errors.Join(err, lock.Unlock())
	}
	return s.collectLocked(i, lock)
}

// stillIdle reports whether a layer was not used since it was listed. Whoever used it for a
// moment in between has shown that it is wanted.
func (s *Store) stillIdle(i Item) (bool, error) {
	if i.Kind == DownloadsKind {
		return true, nil
	}
	info, err := os.Stat(i.lock)
	if err != nil {
		return false, err
	}
	return info.ModTime().Equal(i.LastUse), nil
}

// collectLocked moves an item to tmp/ under its lock and deletes it there.
func (s *Store) collectLocked(i Item, lock *fsx.Locked) (bool, error) {
	t, err := s.newTemp("collected")
	if err != nil {
		return false, errors.Join(err, lock.Unlock())
	}
	err = os.Rename(i.path, filepath.Join(t.dir, stagedDir))
	gone := err == nil
	if gone && i.Kind == DownloadsKind {
		// Who waits for this lock may have asked for the directory already.
		err = os.Mkdir(i.path, 0o700)
	}
	// From here on nobody can find it; deleting takes longer than anybody should wait.
	return gone, errors.Join(err, lock.Unlock(), t.release())
}
