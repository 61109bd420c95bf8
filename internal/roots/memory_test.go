//go:build !windows

package roots

import (
	"io/fs"
	"maps"
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
	case content == "everybody":
		mode = fs.ModeDir | fs.ModeSticky | 0o777
	case isFile && strings.HasPrefix(content, "-> "):
		mode = fs.ModeSymlink | 0o777
	case isFile:
		mode = 0o644
	case !m.isDir(path):
		return nil, &fs.PathError{Op: "lstat", Path: path, Err: fs.ErrNotExist}
	}
	return entry(filepath.Base(path), mode), nil
}

// entry is what stat says of a name.
func entry(name string, mode fs.FileMode) fs.FileInfo {
	if name == "/" {
		name = "root"
	}
	info, err := fstest.MapFS{name: {Mode: mode}}.Stat(name)
	if err != nil {
		panic(err) // the name is one of the test's own
	}
	return info
}

func (m *memory) Readlink(path string) (string, error) {
	m.looked = append(m.looked, path)
	target, ok := strings.CutPrefix(m.files[path], "-> ")
	if !ok {
		return "", &fs.PathError{Op: "readlink", Path: path, Err: fs.ErrInvalid}
	}
	return target, nil
}

func (m *memory) ReadDir(path string) ([]fs.DirEntry, error) {
	m.looked = append(m.looked, path)
	if !m.isDir(path) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	names := map[string]bool{}
	for file := range m.files {
		if rest, ok := strings.CutPrefix(file, strings.TrimSuffix(path, "/")+"/"); ok {
			name, _, _ := strings.Cut(rest, "/")
			names[name] = true
		}
	}
	var list []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(names)) {
		info, err := m.Lstat(filepath.Join(path, name))
		if err != nil {
			return nil, err
		}
		list = append(list, fs.FileInfoToDirEntry(info))
	}
	return list, nil
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
		if !Within(dir, path) || path != filepath.Clean(path) {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
