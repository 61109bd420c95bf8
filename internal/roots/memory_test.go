//go:build !windows

package roots

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"
)

// memory is a file system that remembers what was looked at. Directories above
// a file exist; a content of the form `-> x` makes a link, a trailing slash in
// the path a directory, and `denied` what may not be looked at.
type memory struct {
	files  map[string]string
	looked []string
}

func (m *memory) Lstat(path string) (fs.FileInfo, error) {
	m.looked = append(m.looked, path)
	content, isFile := m.files[path]
	mode := fs.ModeDir | 0o755
	switch {
	case isFile && content == "denied":
		return nil, &fs.PathError{Op: "lstat", Path: path, Err: fs.ErrPermission}
	case isFile && strings.HasPrefix(content, "-> "):
		mode = fs.ModeSymlink | 0o777
	case isFile:
		mode = 0o644
	case !m.isDir(path):
		return nil, &fs.PathError{Op: "lstat", Path: path, Err: fs.ErrNotExist}
	}
	return fstest.MapFS{"x": {Mode: mode}}.Stat("x")
}

func (m *memory) isDir(path string) bool {
	for file := range m.files {
		if path == "/" || strings.HasPrefix(file, path+"/") {
			return true
		}
	}
	return false
}

func (m *memory) ReadFile(path string) ([]byte, error) {
	m.looked = append(m.looked, path)
	content, ok := m.files[path]
	switch {
	case content == "denied":
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
	case !ok:
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return []byte(content), nil
}

// outside returns what was looked at and is not below dir.
func (m *memory) outside(dir string) []string {
	var list []string
	for _, path := range m.looked {
		if !within(dir, path) || path != filepath.Clean(path) {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
