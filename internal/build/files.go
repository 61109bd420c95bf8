package build

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/roots"
)

// hostFiles are the file operations of a root search on this host. They wait
// for nothing: what is not a regular file is an error.
type hostFiles struct{}

func (hostFiles) Lstat(path string) (fs.FileInfo, error)     { return os.Lstat(path) }
func (hostFiles) Readlink(path string) (string, error)       { return os.Readlink(path) }
func (hostFiles) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

func (hostFiles) ReadFile(path string) ([]byte, error) {
	return readRegular(path, func() (*os.File, error) { return os.OpenFile(path, os.O_RDONLY|nonBlocking, 0) })
}

// maxProjectFile bounds what is read of one file; the largest lock files have a
// few MB.
const maxProjectFile = 64 << 20 // bytes

// readRegular reads a regular file, and does not wait for anything else.
func readRegular(name string, open func() (*os.File, error)) ([]byte, error) {
	f, err := open()
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only: nothing to lose
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxProjectFile) {
		err = &fs.PathError{Op: "read", Path: name, Err: errors.New("is not a regular file, or far too large")}
	}
	if err != nil {
		return nil, err
	}
	// One read more than its size would say whether it grows; what is written
	// while we read is somebody's race with the build in any case.
	data := make([]byte, info.Size())
	n, err := io.ReadFull(f, data)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return data[:n], err
}

// Files are the file operations of this host, for whoever measures the searches.
func Files() roots.Files { return hostFiles{} }
