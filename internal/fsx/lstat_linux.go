package fsx

import (
	"errors"
	"io/fs"
	"sync"

	"golang.org/x/sys/unix"
)

// Lstat returns what lstat says about entries whose names are known, in their
// order. It lists no directory, and so costs half of what Scan does. One that is
// gone, or has something else than a directory above it, is fs.ErrNotExist.
//
// A directory that is a link by now is passed through. Whoever compares the
// result with an earlier one asks for every directory on the way too, and sees
// the link there.
func (d *Dir) Lstat(names []string) ([]Entry, error) {
	entries := make([]Entry, len(names))
	errs := make([]error, scanWorkers)
	share := (len(names) + scanWorkers - 1) / scanWorkers
	var wait sync.WaitGroup
	for w := range errs {
		from := min(w*share, len(names))
		to := min(from+share, len(names))
		wait.Go(func() { errs[w] = d.lstatInto(entries[from:to], names[from:to]) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return entries, nil
}

func (d *Dir) lstatInto(entries []Entry, names []string) error {
	root := d.fd()
	for i, name := range names {
		e, err := lstatAt(root, name, name)
		if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
			err = fs.ErrNotExist
		}
		if err != nil {
			return d.fail("lstat", name, err)
		}
		entries[i] = e
	}
	return nil
}
