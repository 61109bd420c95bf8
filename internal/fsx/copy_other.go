//go:build !linux

package fsx

import (
	"errors"
	"io/fs"
	"os"
)

// openRegular opens a file for reading, not through a link in its last
// component: what was opened must be what lstat saw.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	named, err := os.Lstat(path)
	if err != nil {
		return nil, nil, err
	}
	if !named.Mode().IsRegular() {
		return nil, nil, notRegular("open", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !os.SameFile(info, named) {
		err = notRegular("open", path)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// clone never shares blocks: the systems that could name it differently.
func clone(dst, src *os.File) bool { return false }
