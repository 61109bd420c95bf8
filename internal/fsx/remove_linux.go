package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// RemoveTree deletes path and everything below it, never through a link: a link
// is deleted itself. Directories that a build made read-only are made writable
// on the way, and a tree may be deeper than there are descriptors to open. That
// nothing is there is no error.
func RemoveTree(path string) error {
	err := os.RemoveAll(path) // by descriptors and unlinkat, never through a link
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EMFILE) && !errors.Is(err, unix.ENAMETOOLONG) {
		return err
	}
	parent, err := OpenDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = parent.flatten(filepath.Base(path))
	if err := errors.Join(err, parent.Close()); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// flatten moves every directory below name to the first level, where it is
// emptied and removed, and gives the owner all rights on each: os.RemoveAll
// holds a descriptor for every level, and this three in all. Anything that is
// not a directory, or is gone, stays.
func (d *Dir) flatten(name string) error {
	top, err := d.unseal(name)
	if top == nil || err != nil {
		return err
	}
	defer top.Close() // read only: nothing to lose
	queue, err := top.names()
	if err != nil {
		return err
	}
	for next := 0; len(queue) > 0; {
		child, err := top.unseal(queue[0])
		if err != nil {
			return err
		}
		if child != nil {
			var moved []string
			moved, err = child.empty(top, &next)
			queue = append(queue, moved...)
			if err := errors.Join(err, child.Close()); err != nil {
				return err
			}
			if err := unix.Unlinkat(top.fd(), queue[0], unix.AT_REMOVEDIR); err != nil {
				return top.fail("rmdir", queue[0], err)
			}
		}
		queue = queue[1:]
	}
	return nil
}

// empty moves the directories in d to top, under names that it returns, and
// removes what else there is.
func (d *Dir) empty(top *Dir, next *int) (moved []string, err error) {
	names, err := d.names()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		child, err := d.unseal(name) // a directory that changes its parent has to be writable
		if err != nil {
			return moved, err
		}
		if child == nil {
			if err := unix.Unlinkat(d.fd(), name, 0); err != nil && !errors.Is(err, unix.ENOENT) {
				return moved, d.fail("unlink", name, err)
			}
			continue
		}
		if err := child.Close(); err != nil {
			return moved, err
		}
		to, err := d.moveTo(top, name, next)
		if err != nil {
			return moved, err
		}
		moved = append(moved, to)
	}
	return moved, nil
}

// moveTo gives a directory a name in top that nothing has there.
func (d *Dir) moveTo(top *Dir, name string, next *int) (string, error) {
	for {
		to := strconv.Itoa(*next)
		*next++
		err := unix.Renameat2(d.fd(), name, top.fd(), to, unix.RENAME_NOREPLACE)
		if errors.Is(err, unix.EEXIST) {
			continue
		}
		if err != nil {
			return "", d.fail("rename", name, err)
		}
		return to, nil
	}
}

// names lists the directory.
func (d *Dir) names() ([]string, error) { return d.file.Readdirnames(-1) }

// unseal opens the directory name and gives the owner all rights on it. It is
// nil for anything that is not a directory, or is gone.
func (d *Dir) unseal(name string) (*Dir, error) {
	fd, err := openat(d.fd(), name, unix.O_PATH|unix.O_DIRECTORY)
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, d.fail("open", name, err)
	}
	defer unix.Close(fd) // O_PATH: nothing to lose
	if err := unix.Chmod(procFd(fd), 0o700); err != nil {
		return nil, d.fail("chmod", name, err)
	}
	readable, err := openat(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, d.fail("open", name, err)
	}
	// Named by itself: the path of a deep one would be longer than all the rest.
	return &Dir{os.NewFile(uintptr(readable), filepath.Base(name))}, nil
}
