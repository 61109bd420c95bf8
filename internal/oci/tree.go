package oci

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// tree is the file system of an image: its archives on top of one another.
type tree struct {
	top     *node
	entries int // of all archives
	bytes   int64
}

// node is one name of a tree.
type node struct {
	kind     fs.FileMode // 0 for a regular file
	exec     bool
	closed   bool
	target   string
	size     int64
	content  place
	children map[string]*node // of a directory
}

// place is where the content of a file is: an archive and an entry of it.
type place struct{ layer, number int }

func newDirectory() *node { return &node{kind: fs.ModeDir, children: map[string]*node{}} }

// apply puts an archive on top. What is missing in it (whiteouts) is missing
// from what lies below, never from the archive itself, wherever it stands there.
func (t *tree) apply(layer int, all []entry) error {
	for _, e := range all {
		if err := t.remove(e); err != nil {
			return err
		}
	}
	seen := map[string]fs.FileMode{}
	for _, e := range all {
		if strings.HasPrefix(path.Base(e.name), whiteout) {
			continue
		}
		before, twice := seen[e.name]
		if twice && (before != fs.ModeDir || e.kind != fs.ModeDir) {
			return refuse("`%s` is in it twice", e.name)
		}
		seen[e.name] = e.kind
		if err := t.add(layer, e); err != nil {
			return err
		}
	}
	return nil
}

// remove carries out a whiteout. One for what is not there is no error: archives
// are made for being put on others too.
func (t *tree) remove(e entry) error {
	dir, base := path.Split(e.name)
	gone, is := strings.CutPrefix(base, whiteout)
	if !is {
		if strings.Contains("/"+dir, "/"+whiteout) {
			return refuse("`%s` lies below a whiteout", e.name)
		}
		return nil
	}
	parent, err := t.find(strings.TrimSuffix(dir, "/"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch {
	case e.kind != 0 || e.hard != "":
		return refuse("the whiteout `%s` is not a regular file", e.name)
	case base == opaque:
		if parent != nil && parent.kind == fs.ModeDir {
			clear(parent.children)
		}
	case gone == "" || gone == "." || gone == ".." || strings.HasPrefix(gone, whiteout):
		return refuse("`%s` is no whiteout that has a meaning", e.name)
	case parent != nil && parent.kind == fs.ModeDir:
		delete(parent.children, gone)
	}
	return nil
}

// find returns the node with this name. No link is followed: a name below one
// does not exist.
func (t *tree) find(name string) (*node, error) {
	at := t.top
	if name == "" {
		return at, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		next, ok := at.children[part]
		if !ok {
			return nil, &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
		}
		at = next
	}
	return at, nil
}

// add puts one entry into the tree, with the directories that it implies.
func (t *tree) add(layer int, e entry) error {
	dir, base := path.Split(e.name)
	parent := t.top
	for part := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		if part == "" {
			continue // the root itself
		}
		next, ok := parent.children[part]
		if !ok {
			next = newDirectory()
			parent.children[part] = next
		}
		if next.kind != fs.ModeDir {
			// Docker makes a directory of the link, containerd follows it.
			return refuse("`%s` leads through `%s`, which is no directory", e.name, part)
		}
		parent = next
	}
	if e.hard != "" {
		original, err := t.find(e.hard)
		if err != nil {
			return refuse("`%s` is a hard link to `%s`, which is not there", e.name, e.hard)
		}
		if original.kind == fs.ModeDir {
			return refuse("`%s` is a hard link to the directory `%s`", e.name, e.hard)
		}
		same := *original
		parent.children[base] = &same
		return nil
	}
	n := &node{kind: e.kind, exec: e.exec, closed: e.closed, target: e.target, size: e.size, content: place{layer, e.number}}
	if e.kind == fs.ModeDir {
		n.children = map[string]*node{}
		if old := parent.children[base]; old != nil && old.kind == fs.ModeDir {
			n.children = old.children
		}
	}
	parent.children[base] = n
	return nil
}

// maxLinks bounds the links of one path, as Linux does (path_resolution(7)).
const maxLinks = 40

// resolve follows links as a process would that has the tree as its root, and
// returns the name without any.
func (t *tree) resolve(name string) (string, *node, error) {
	at, links := "", 0
	n := t.top
	rest := strings.Split(name, "/")
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = strings.TrimPrefix(path.Dir("/"+at), "/")
			n, _ = t.find(at) // we came through it
			continue
		}
		next, ok := n.children[part]
		if !ok {
			return "", nil, &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
		}
		if next.kind == fs.ModeSymlink {
			if links++; links > maxLinks {
				return "", nil, &fs.PathError{Op: "find", Path: name, Err: errors.New("too many levels of symbolic links")}
			}
			if path.IsAbs(next.target) {
				at, n = "", t.top
			}
			rest = append(strings.Split(next.target, "/"), rest...)
			continue
		}
		at, n = path.Join(at, part), next
	}
	return at, n, nil
}
