package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// RemoveTree deletes path and everything below it, never through a link: a link
// is deleted itself. Directories that a build made read-only are made writable
// on the way. That nothing is there is no error.
func RemoveTree(path string) error {
	err := os.RemoveAll(path) // by descriptors and unlinkat, never through a link
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	parent, err := OpenDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = parent.unseal(filepath.Base(path))
	if err := errors.Join(err, parent.Close()); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// unseal gives the owner all rights on the directory name and on all
// directories below it. Anything that is not a directory, or is gone, stays.
func (d *Dir) unseal(name string) error {
	fd, err := openat(d.fd(), name, unix.O_PATH|unix.O_DIRECTORY)
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return d.fail("open", name, err)
	}
	self := os.NewFile(uintptr(fd), filepath.Join(d.Name(), name))
	defer self.Close() // O_PATH: nothing to lose
	if err := unix.Chmod(procFd(fd), 0o700); err != nil {
		return d.fail("chmod", name, err)
	}
	readable, err := openat(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return d.fail("open", name, err)
	}
	child := &Dir{os.NewFile(uintptr(readable), self.Name())}
	defer child.Close() // read only: nothing to lose
	entries, err := child.file.ReadDir(-1)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := child.unseal(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}
