package system

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxLinks bounds the links of one path, as Linux does (path_resolution(7)).
const maxLinks = 40

// tree reads a host's file system below a root as a process would that has
// this root as its own: absolute links start at it, and `..` stops at it.
// Names are slash-separated and relative to the root, which itself is the
// empty name. It remembers what it saw of directories and links, so a tree
// serves one snapshot, one goroutine at a time.
type tree struct {
	root string
	seen map[string]node
}

// node is one name in a directory: what it is, not what it points to.
type node struct {
	mode   fs.FileMode
	target string // of a symbolic link, slash-separated
}

// hop is a symbolic link that a walk went through, by its canonical name.
type hop struct{ name, target string }

// place is where a walk ended.
type place struct {
	name string // canonical: no component of it but the last can be a link
	node node
	hops []hop // the links on the way, in order
	// private: a directory on the way, or the last file, is closed to users
	// other than its owner and group.
	private bool
}

func newTree(root string) *tree { return &tree{root, map[string]node{}} }

// host returns the path outside of the tree, for opening and for messages.
func (t *tree) host(name string) string { return filepath.Join(t.root, filepath.FromSlash(name)) }

// walk resolves name. Where follow is false a link in the last component is
// the result itself. A missing name is fs.ErrNotExist, with the links on the
// way to it in the returned place.
func (t *tree) walk(name string, follow bool) (place, error) {
	var at place
	at.node.mode = fs.ModeDir
	rest := strings.TrimLeft(name, "/")
	for rest != "" {
		first, after, _ := strings.Cut(rest, "/")
		rest = strings.TrimLeft(after, "/")
		switch first {
		case "", ".":
			continue
		case "..":
			at.name = parent(at.name)
			at.node.mode = fs.ModeDir
			continue
		}
		next := first
		if at.name != "" {
			next = at.name + "/" + first
		}
		n, err := t.lstat(next)
		if err != nil {
			// A directory that we may not search is closed to others too.
			at.private = at.private || errors.Is(err, fs.ErrPermission)
			at.name = next
			return at, err
		}
		if n.mode&fs.ModeSymlink != 0 && (follow || rest != "") {
			if len(at.hops) == maxLinks {
				return at, &fs.PathError{Op: "resolve", Path: t.host(name), Err: errors.New("too many levels of symbolic links")}
			}
			at.hops = append(at.hops, hop{next, n.target})
			if path.IsAbs(n.target) {
				at.name, at.node = "", node{mode: fs.ModeDir}
			}
			rest = strings.TrimLeft(n.target+"/"+rest, "/")
			continue
		}
		if rest != "" && !n.mode.IsDir() {
			return at, &fs.PathError{Op: "resolve", Path: t.host(name), Err: fs.ErrNotExist}
		}
		at.name, at.node = next, n
		at.private = at.private || n.closed()
	}
	return at, nil
}

// closed reports whether others may not read the file or search the directory.
func (n node) closed() bool {
	switch {
	case n.mode.IsDir():
		return n.mode&0o001 == 0
	case n.mode.IsRegular():
		return n.mode&0o004 == 0
	}
	return false
}

func (t *tree) lstat(name string) (node, error) {
	if n, ok := t.seen[name]; ok {
		return n, nil
	}
	info, err := os.Lstat(t.host(name))
	if err != nil {
		return node{}, err
	}
	n := node{mode: info.Mode()}
	if n.mode&fs.ModeSymlink != 0 {
		if n.target, err = os.Readlink(t.host(name)); err != nil {
			return node{}, err
		}
		n.target = filepath.ToSlash(n.target)
	}
	t.seen[name] = n
	return n, nil
}

func (t *tree) stat(name string) (fs.FileInfo, error) {
	at, err := t.walk(name, true)
	if err != nil {
		return nil, err
	}
	return os.Lstat(t.host(at.name))
}

func (t *tree) readFile(name string) ([]byte, error) {
	at, err := t.walk(name, true)
	if err != nil {
		return nil, err
	}
	if !at.node.mode.IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: t.host(at.name), Err: errors.New("not a regular file")}
	}
	return os.ReadFile(t.host(at.name))
}

// readDir returns the names in a directory, sorted.
func (t *tree) readDir(name string) ([]string, error) {
	at, err := t.walk(name, true)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(t.host(at.name))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// parent returns the directory of a name; that of the root is the root.
func parent(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i]
	}
	return ""
}
