//go:build !linux

package fsx

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// StampsLinks says whether Stamp sets the time of a link itself.
const StampsLinks = false

// Dir is an open directory. Its methods reach what is below it through os.Root:
// nothing outside it, but, unlike on Linux, a link that somebody swaps in
// meanwhile is followed as far as it stays inside.
type Dir struct{ root *os.Root }

// OpenDir opens a directory. Links in path itself are followed: the caller named it.
func OpenDir(path string) (*Dir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Dir{root}, nil
}

// Name returns the path that the directory was opened with.
func (d *Dir) Name() string { return d.root.Name() }

// Close closes the directory.
func (d *Dir) Close() error { return d.root.Close() }

// Stat describes the directory itself, as `.`.
func (d *Dir) Stat() (Entry, error) { return d.lstat(".") }

// Hash returns the digest of the regular file at rel and what stat said about
// it. ErrNotRegular: it is something else. ErrChanged: it changed meanwhile, by
// its size or by what stat says before and after. Buffer is scratch memory,
// best of BufferSize, and may be nil.
func (d *Dir) Hash(ctx context.Context, rel string, buffer []byte) (digest.Digest, Entry, error) {
	none := digest.Digest{}
	name, path := filepath.FromSlash(rel), filepath.Join(d.Name(), rel)
	before, err := d.lstat(rel)
	if err != nil {
		return none, Entry{}, err
	}
	if before.Type != File {
		return none, Entry{}, notRegular("open", path)
	}
	f, err := d.root.Open(name)
	if err != nil {
		return none, Entry{}, err
	}
	defer f.Close() // read only: nothing to lose
	if len(buffer) == 0 {
		buffer = make([]byte, BufferSize)
	}
	sum, err := hash(ctx, f, buffer)
	if err != nil {
		return none, Entry{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return none, Entry{}, err
	}
	if !before.same(entry(rel, info)) || sum.Size() != before.Size {
		return none, Entry{}, &fs.PathError{Op: "read", Path: path, Err: ErrChanged}
	}
	return sum, before, nil
}

// Stamp sets the permission bits and the modification time (nanoseconds since
// 1970) of the entry at rel. A link keeps its own: Go has no portable call that
// would change it and not what it points to.
func (d *Dir) Stamp(rel string, perm uint32, mtimeNs int64) error {
	e, err := d.lstat(rel)
	if err != nil || e.Type == Symlink {
		return err
	}
	name := filepath.FromSlash(rel)
	if err := d.root.Chmod(name, fs.FileMode(perm).Perm()); err != nil {
		return err
	}
	return d.root.Chtimes(name, time.Time{}, time.Unix(0, mtimeNs))
}

// SyncTree makes the given files below the directory survive a power failure,
// one by one: only Linux has a call for all of them.
func (d *Dir) SyncTree(entries []Entry) error {
	for _, e := range entries {
		if e.Type != File {
			continue
		}
		f, err := d.root.Open(filepath.FromSlash(e.Path))
		if err != nil {
			return err
		}
		// Windows flushes only what is open for writing, which a read-only file
		// cannot be; there the stat memory finds what a power failure took.
		if runtime.GOOS != "windows" {
			err = f.Sync()
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Scan returns everything below the directory, sorted by the bytes of Path, as
// lstat sees it. Where skip (may be nil) says true, an entry and what is below
// it are left out. An entry that vanishes between being listed and being looked
// at was never there.
func (d *Dir) Scan(skip func(rel string) bool) ([]Entry, error) {
	var found []Entry
	queue := []string{"."}
	for len(queue) > 0 {
		dir := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		names, err := d.names(dir)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			path := name
			if dir != "." {
				path = dir + "/" + name
			}
			if skip != nil && skip(path) {
				continue
			}
			e, err := d.lstat(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			found = append(found, e)
			if e.Type == Directory {
				queue = append(queue, path)
			}
		}
	}
	slices.SortFunc(found, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return found, nil
}

// Lstat returns what lstat says about entries whose names are known, in their
// order. One that is gone, or has something else than a directory above it, is
// fs.ErrNotExist.
func (d *Dir) Lstat(names []string) ([]Entry, error) {
	entries := make([]Entry, len(names))
	for i, name := range names {
		e, err := d.lstat(name)
		if errors.Is(err, syscall.ENOTDIR) {
			err = &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
		}
		if err != nil {
			return nil, err
		}
		entries[i] = e
	}
	return entries, nil
}

func (d *Dir) names(rel string) ([]string, error) {
	f, err := d.root.Open(filepath.FromSlash(rel))
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	return names, errors.Join(err, f.Close())
}

func (d *Dir) lstat(rel string) (Entry, error) {
	name := filepath.FromSlash(rel)
	info, err := d.root.Lstat(name)
	if err != nil {
		return Entry{}, err
	}
	e := entry(rel, info)
	if e.Type == Symlink {
		e.Link, err = d.root.Readlink(name)
	}
	return e, err
}

// entry turns what os knows into an Entry, all but the link.
func entry(rel string, info fs.FileInfo) Entry {
	e := Entry{
		Path: rel, Type: typeOf(info.Mode()), Mode: uint32(info.Mode().Perm()),
		Size: info.Size(), MtimeNs: info.ModTime().UnixNano(),
	}
	identify(&e, info)
	return e
}

func typeOf(mode fs.FileMode) Type {
	switch mode.Type() {
	case 0:
		return File
	case fs.ModeDir:
		return Directory
	case fs.ModeSymlink:
		return Symlink
	}
	return Other
}
