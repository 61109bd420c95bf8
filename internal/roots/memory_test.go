//go:build !windows

package roots

import (
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing/fstest"
)

// memory is a file system that remembers what was looked at, and leads through
// links as a kernel does, so that a link out of a root that somebody follows by
// accident is seen. Directories above a file exist. A content of the form `-> x`
// makes a link, `everybody` a directory in which all may write, and `denied`
// what may not be looked at; a trailing slash in a path makes a directory.
type memory struct {
	files  map[string]string
	mu     sync.Mutex // manifests are read side by side
	looked []string
}

func (m *memory) Lstat(path string) (fs.FileInfo, error) {
	at, err := m.look(path, false)
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: path, Err: err}
	}
	content, isFile := m.files[at]
	mode := fs.ModeDir | 0o755
	switch {
	case content == "everybody":
		mode = fs.ModeDir | fs.ModeSticky | 0o777
	case isFile && strings.HasPrefix(content, "-> "):
		mode = fs.ModeSymlink | 0o777
	case isFile:
		mode = 0o644
	}
	return entry(filepath.Base(path), mode), nil
}

// entry is what stat says of a name.
func entry(name string, mode fs.FileMode) fs.FileInfo {
	if name == "/" {
		name = "root"
	}
	info, err := fstest.MapFS{name: {Mode: mode}}.Lstat(name)
	if err != nil {
		panic(err) // the name is one of the test's own
	}
	return info
}

func (m *memory) Readlink(path string) (string, error) {
	at, err := m.look(path, false)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: path, Err: err}
	}
	target, ok := strings.CutPrefix(m.files[at], "-> ")
	if !ok {
		return "", &fs.PathError{Op: "readlink", Path: path, Err: fs.ErrInvalid}
	}
	return target, nil
}

func (m *memory) ReadDir(path string) ([]fs.DirEntry, error) {
	at, err := m.look(path, true)
	if err == nil && !m.isDir(at) {
		err = errors.New("not a directory")
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	names := map[string]bool{}
	for file := range m.files {
		if rest, ok := strings.CutPrefix(file, strings.TrimSuffix(at, "/")+"/"); ok && rest != "" {
			name, _, _ := strings.Cut(rest, "/")
			names[name] = true
		}
	}
	var list []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(names)) {
		info, err := m.Lstat(filepath.Join(at, name))
		if errors.Is(err, fs.ErrPermission) { // a directory tells the names of what it does not show
			info, err = entry(name, 0), nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, fs.FileInfoToDirEntry(info))
	}
	return list, nil
}

func (m *memory) ReadFile(path string) ([]byte, error) {
	at, err := m.look(path, true)
	content, ok := m.files[at]
	if err == nil && !ok {
		err = errors.New("is a directory")
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return []byte(content), nil
}

// look is trail, and remembers.
func (m *memory) look(path string, follow bool) (string, error) {
	at, touched, err := m.trail(path, follow)
	m.mu.Lock()
	m.looked = append(append(m.looked, path), touched...)
	m.mu.Unlock()
	return at, err
}

// trail leads a path to where it is: through every link, but for one at its end
// unless follow is set. Touched is what a kernel passes from the first link on.
func (m *memory) trail(path string, follow bool) (at string, touched []string, err error) {
	at = "/"
	links := 0
	parts := strings.Split(path, "/")
	for i := 0; i < len(parts); i++ {
		if content, ok := m.files[at]; content == "denied" || ok && content != "everybody" {
			if content == "denied" {
				return at, touched, fs.ErrPermission
			}
			return at, touched, errors.New("not a directory")
		}
		switch parts[i] {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
		default:
			at = filepath.Join(at, parts[i])
		}
		if links > 0 {
			touched = append(touched, at)
		}
		content, isFile := m.files[at]
		if !isFile && !m.isDir(at) {
			return at, touched, fs.ErrNotExist
		}
		target, isLink := strings.CutPrefix(content, "-> ")
		if !isLink || i == len(parts)-1 && !follow {
			continue
		}
		touched = append(touched, at)
		if links++; links > 40 {
			return at, touched, errors.New("too many links")
		}
		if at = filepath.Dir(at); strings.HasPrefix(target, "/") {
			at = "/"
		}
		parts = append(strings.Split(target, "/"), parts[i+1:]...)
		i = -1
	}
	if links > 0 {
		touched = append(touched, at) // the top, by a link to it
	}
	if m.files[at] == "denied" {
		return at, touched, fs.ErrPermission
	}
	return at, touched, nil
}

func (m *memory) isDir(path string) bool {
	content, ok := m.files[path]
	if ok && content != "everybody" {
		return false
	}
	for file := range m.files {
		if path == "/" || strings.HasPrefix(file, path+"/") {
			return true
		}
	}
	return ok
}

// outside returns what was looked at and is not below dir, nor behind it if it
// is a link, nor passed by whoever goes to dir itself.
func (m *memory) outside(dir string) []string {
	real, way, err := m.trail(dir, true)
	if err != nil {
		real = dir
	}
	var list []string
	for _, path := range m.looked {
		inside := Within(dir, path) || Within(real, path) || slices.Contains(way, path)
		if !inside || path != filepath.Clean(path) {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
