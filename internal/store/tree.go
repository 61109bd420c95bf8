package store

import (
	"context"
	"errors"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// Tree is a directory outside the store, by content.
type Tree struct {
	Digest  digest.Digest
	Entries []TreeEntry // sorted by the bytes of Path
}

// TreeEntry is one entry of a Tree.
type TreeEntry struct {
	digest.Node
	MtimeNs int64 // of the entry itself, nanoseconds since 1970; no part of the digest
}

// HashTree returns what is in a directory that others write to, such as the
// root of a project. Where skip (may be nil) says true, an entry and what is
// below it do not count; skip is called from several goroutines and may look
// only at its argument.
//
// What it learns of each file is remembered in the store under key, so that the
// next call reads only what changed. A file is remembered only if both its
// times are more than 20 ms older than now, which must not be later than the
// call itself. Losing the memory costs time and nothing else; two processes
// with one key may overwrite each other's.
//
// Errors: a socket, a fifo, a device, or a name that is not UTF-8 is a
// *diag.Diagnostic with exit code 111 that names it; so is, with exit code 101,
// a file that does not stop changing.
func (s *Store) HashTree(ctx context.Context, dir, key string, now time.Time, skip func(rel string) bool) (Tree, error) {
	root, err := fsx.OpenDir(dir)
	if err != nil {
		return Tree{}, diag.Wrap(err, "reading the tree `%s`", dir)
	}
	tree, err := s.hashTree(ctx, root, s.path(memoryDir, hashedName(key)), now, skip)
	return tree, diag.Wrap(errors.Join(err, root.Close()), "reading the tree `%s`", dir)
}

func (s *Store) hashTree(ctx context.Context, root *fsx.Dir, memoryPath string, now time.Time, skip func(string) bool) (Tree, error) {
	known, old, err := readMemory(memoryPath)
	if err != nil {
		return Tree{}, err
	}
	entries, err := root.Scan(skip)
	if err != nil {
		return Tree{}, err
	}
	help := func(path string) string { return "rm " + quote(path) }
	if err := refuseSpecial(root.Name(), entries, help); err != nil {
		return Tree{}, err
	}
	snap := &snapshot{entries: entries, nowNs: now.UnixNano()}
	recalled := known.recall(entries)
	same := known.knows(snap) && complete(entries, recalled) // before hashing, which may find newer entries
	contents, err := hashFiles(ctx, root, entries, recalled)
	if err != nil {
		return Tree{}, err
	}
	all := nodes(entries, contents)
	tree := Tree{Digest: known.tree, Entries: make([]TreeEntry, len(entries))}
	for i, e := range entries {
		tree.Entries[i] = TreeEntry{all[i], e.MtimeNs}
	}
	if same {
		return tree, nil
	}
	if tree.Digest, err = treeDigest(root.Name(), all); err != nil {
		return Tree{}, err
	}
	return tree, writeMemory(memoryPath, snap.memory(tree.Digest, contents), old)
}
