//go:build !linux

package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// RemoveTree deletes path and everything below it, never through a link: a link
// is deleted itself. Directories that a build made read-only are made writable
// on the way. That nothing is there is no error.
func RemoveTree(path string) error {
	err := os.RemoveAll(path)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	// A root at the parent: path itself may be a directory that we may not open.
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = unseal(root, filepath.Base(path))
	if err := errors.Join(err, root.Close()); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// unseal gives the owner all rights on name and what is below it, files too:
// Windows does not delete a read-only file. os.Root keeps a link that is
// swapped in meanwhile from leading out of the parent directory.
func unseal(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Type()&^fs.ModeDir != 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if err := root.Chmod(name, 0o700); err != nil || !info.IsDir() {
		return err
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	names, err := f.Readdirnames(-1)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	for _, child := range names {
		if err := unseal(root, filepath.Join(name, child)); err != nil {
			return err
		}
	}
	return nil
}
