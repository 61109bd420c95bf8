package digest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Kind says what a Node is.
type Kind uint8

// Kinds of nodes. The zero Kind is not valid, so that a forgotten field is an
// error and not a file.
const (
	File Kind = iota + 1
	Dir
	Symlink
)

// kindNames is indexed by Kind.
var kindNames = [...]string{"", "file", "directory", "symlink"}

// String returns `file`, `directory` or `symlink`, and nothing for a Kind that
// is not valid.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return ""
	}
	return kindNames[k]
}

// MarshalText implements encoding.TextMarshaler with String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler: it reads what String
// writes for a valid Kind and refuses anything else.
func (k *Kind) UnmarshalText(text []byte) error {
	found := slices.Index(kindNames[:], string(text))
	if found <= 0 {
		return fmt.Errorf("%.40q is not a kind of node", text)
	}
	*k = Kind(found)
	return nil
}

// Node is one file, directory or symbolic link of a tree.
type Node struct {
	Path       string `json:"path"` // slash-separated, relative, clean, UTF-8
	Kind       Kind   `json:"kind"`
	Content    Digest `json:"content,omitzero"`     // files only
	Executable bool   `json:"executable,omitempty"` // files only
	Target     string `json:"target,omitempty"`     // symbolic links only: where the link points, never resolved
}

// Field numbers of build.bazel.remote.execution.v2 (remote_execution.proto of
// github.com/bazelbuild/remote-apis). Node properties (modes, times) are never
// written: they are constants of a layer, not content.
const (
	directoryFiles       protowire.Number = 1
	directoryDirectories protowire.Number = 2
	directorySymlinks    protowire.Number = 3

	nodeName       protowire.Number = 1 // of FileNode, DirectoryNode and SymlinkNode
	nodeDigest     protowire.Number = 2 // of FileNode and DirectoryNode
	nodeTarget     protowire.Number = 2 // of SymlinkNode
	fileExecutable protowire.Number = 4

	digestHash protowire.Number = 1
	digestSize protowire.Number = 2
)

// Tree returns the digest of the root Directory message of the Remote Execution
// API v2 for a flat list of nodes, in any order. Parent directories are
// implied; an empty list is the empty directory.
//
// The encoding is the canonical one that the API demands: fields in number
// order, each list sorted by the bytes of the name, default values left out.
// Two lists have the same digest exactly when they describe the same tree.
//
// It refuses, with an error that quotes the path: paths that are not clean (see
// CheckPath), the same path twice, a file or a link used as a directory, a file
// without a digest, a link without a target, and fields that the kind of node
// does not have.
func Tree(nodes []Node) (Digest, error) {
	sorted := slices.Clone(nodes)
	for _, n := range sorted {
		if err := n.check(); err != nil {
			return Digest{}, err
		}
	}
	slices.SortFunc(sorted, func(a, b Node) int { return compareDepthFirst(a.Path, b.Path) })
	return directory(sorted, 0)
}

// CheckPath refuses a path that is not a clean, relative, slash-separated UTF-8
// path below a root: an absolute path, an empty component, `.`, `..`, NUL, and
// names that no protocol buffer string can hold.
func CheckPath(path string) error {
	switch {
	case path == "":
		return errors.New("the path is empty")
	case path[0] == '/':
		return fmt.Errorf("path %q is absolute", path)
	case !utf8.ValidString(path):
		return fmt.Errorf("path %q is not valid UTF-8", path)
	case strings.ContainsRune(path, 0):
		return fmt.Errorf("path %q contains a NUL byte", path)
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." || name == ".." {
			return fmt.Errorf("path %q has the component %q", path, name)
		}
	}
	return nil
}

// check refuses a node that no Directory message can hold, and values in fields
// that the message would drop: they would change the tree but not its digest.
func (n Node) check() error {
	if err := CheckPath(n.Path); err != nil {
		return err
	}
	isFile, isLink := n.Kind == File, n.Kind == Symlink
	switch {
	case !isFile && !isLink && n.Kind != Dir:
		return fmt.Errorf("%q has no kind", n.Path)
	case isFile == n.Content.IsZero():
		return fmt.Errorf("%q: a file needs a digest, and nothing else may have one", n.Path)
	case n.Executable && !isFile:
		return fmt.Errorf("%q: only a file can be executable", n.Path)
	case isLink == (n.Target == ""):
		return fmt.Errorf("%q: a link needs a target, and nothing else may have one", n.Path)
	case !utf8.ValidString(n.Target):
		return fmt.Errorf("%q: link target %q is not valid UTF-8", n.Path, n.Target)
	case strings.ContainsRune(n.Target, 0):
		return fmt.Errorf("%q: link target %q contains a NUL byte", n.Path, n.Target)
	}
	return nil
}

// compareDepthFirst orders paths as if the slash were the smallest byte, so
// that everything below a directory follows it directly and names of one
// directory are in byte order.
func compareDepthFirst(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if a[i] == '/' {
			return -1
		}
		if b[i] == '/' {
			return 1
		}
		return cmp.Compare(a[i], b[i])
	}
	return cmp.Compare(len(a), len(b))
}

// directory encodes the nodes of one directory, which all share the first base
// bytes of their path, and returns the digest of the message.
func directory(nodes []Node, base int) (Digest, error) {
	var files, directories, symlinks []byte
	for len(nodes) > 0 {
		first := nodes[0]
		name, _, below := strings.Cut(first.Path[base:], "/")
		path := first.Path[:base+len(name)]
		group := 1 // nodes at path and below it
		for group < len(nodes) && within(nodes[group].Path[base:], name) {
			group++
		}
		rest := nodes[:group]
		nodes = nodes[group:]

		if !below { // a node of its own, not only implied
			rest = rest[1:]
			if len(rest) > 0 && rest[0].Path == path {
				return Digest{}, fmt.Errorf("path %q occurs twice", path)
			}
			if len(rest) > 0 && first.Kind != Dir {
				return Digest{}, fmt.Errorf("path %q is used as a directory by %q", path, rest[0].Path)
			}
			switch first.Kind {
			case File:
				files = appendMessage(files, directoryFiles, fileNode(name, first))
				continue
			case Symlink:
				symlinks = appendMessage(symlinks, directorySymlinks, symlinkNode(name, first.Target))
				continue
			}
		}
		child, err := directory(rest, len(path)+1)
		if err != nil {
			return Digest{}, err
		}
		directories = appendMessage(directories, directoryDirectories, directoryNode(name, child))
	}
	return Of(slices.Concat(files, directories, symlinks)), nil
}

// within reports whether path is name or below it.
func within(path, name string) bool {
	return strings.HasPrefix(path, name) && (len(path) == len(name) || path[len(name)] == '/')
}

func fileNode(name string, n Node) []byte {
	b := directoryNode(name, n.Content) // the first two fields are the same
	if n.Executable {
		b = protowire.AppendTag(b, fileExecutable, protowire.VarintType)
		b = protowire.AppendVarint(b, 1)
	}
	return b
}

func directoryNode(name string, d Digest) []byte {
	b := appendString(nil, nodeName, name)
	return appendMessage(b, nodeDigest, digestMessage(d))
}

func symlinkNode(name, target string) []byte {
	return appendString(appendString(nil, nodeName, name), nodeTarget, target)
}

func digestMessage(d Digest) []byte {
	b := appendString(nil, digestHash, d.Hex())
	if d.Size() != 0 { // proto3: a default value has no canonical encoding but absence
		b = protowire.AppendTag(b, digestSize, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(d.Size()))
	}
	return b
}

func appendString(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func appendMessage(b []byte, field protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), message)
}
