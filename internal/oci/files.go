package oci

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// directory has the files of a layout directory. The root keeps links from
// leading out of it.
type directory struct{ root *os.Root }

func (d directory) Close() error { return d.root.Close() }

func (d directory) open(name string) (io.ReadCloser, error) {
	f, err := d.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("is not a regular file")}
	}
	if err != nil {
		return nil, diag.Join(err, f.Close())
	}
	return f, nil
}

// archive has the files of a layout archive, by their place in it.
type archive struct {
	file  *os.File
	parts map[string]part
}

type part struct{ offset, size int64 }

func (a *archive) Close() error { return a.file.Close() }

func (a *archive) open(name string) (io.ReadCloser, error) {
	p, ok := a.parts[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return io.NopCloser(io.NewSectionReader(a.file, p.offset, p.size)), nil
}

// readArchive finds the files of a layout archive. tar.Reader reads headers
// from the file itself and no byte beyond them, so after each the offset of the
// file is where the content begins. A sparse file would have holes there.
func readArchive(f *os.File) (*archive, error) {
	a := &archive{f, map[string]part{}}
	r := tar.NewReader(f)
	for {
		h, err := r.Next()
		if err == io.EOF {
			return a, nil
		}
		if err != nil {
			return nil, refuse("it is no tar archive, or a damaged or compressed one").Because(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		name := path.Clean(h.Name)
		if _, twice := a.parts[name]; twice {
			return nil, refuse("the archive holds `%.200s` twice", name)
		}
		if len(a.parts) == maxParts {
			return nil, refuse("the archive holds more than %d files", maxParts)
		}
		if sparse(h) {
			return nil, refuse("the archive holds `%.200s` as a sparse file", name)
		}
		offset, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		a.parts[name] = part{offset, h.Size}
	}
}

// maxParts bounds the files of a layout archive, which may hold several images.
const maxParts = 100_000

// sparse reports the forms in which GNU tar writes files with holes.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}
