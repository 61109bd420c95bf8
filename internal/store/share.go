package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// Equal files of the store keep their content in the same blocks where the file
// system can (fsx.Share), and are copies where it cannot. They are never hard
// links, for four reasons:
//
//  1. A world sees st_nlink and st_ino. With links they would say which other
//     layers, of other projects, the store holds: a channel that no digest names,
//     and programs act on it (tar, cp -a and rsync -H write links as links).
//  2. A link changes the change time of the file that gets it. The memory of
//     every other layer with that file would be void, and a running build would
//     find its layer touched and run again, each time another layer is made.
//  3. One damaged inode would be damage in every layer.
//  4. Links end at 65,000 (ext4) or 1,024 (some network file systems).
//
// Shared blocks have none of that: two inodes, two times, two counts, and a write
// to one separates them. The kernel compares the bytes before it shares, so that
// a damaged or lying manifest can cost nothing but time.
//
// sharedMinimum is the size below which nothing is shared: no file system has
// smaller blocks, and most keep such a file beside its inode.
const sharedMinimum = 4096

// share gives the files of a staged layer the blocks of equal files in the layer
// itself and in the others.
func (b *Builder) share(ctx context.Context, m manifest) error {
	wanted := map[digest.Digest][]string{} // by content: files that have no equal yet
	for _, e := range m.Entries {
		if e.Kind == digest.File && e.Content.Size() >= sharedMinimum {
			wanted[e.Content] = append(wanted[e.Content], e.Path)
		}
	}
	if able, err := b.store.canShare(); !able || err != nil || len(wanted) == 0 {
		return err
	}
	others, _, err := b.store.layerNames()
	if err != nil {
		return err
	}
	for _, hex := range others {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.shareWith(b.store.path(layersDir, hex), wanted); err != nil {
			return err
		}
	}
	for content, paths := range wanted { // what is nowhere else may be here twice
		if err := b.shareFiles(b.root, paths[0], paths[1:], content.Size()); err != nil {
			return err
		}
	}
	return nil
}

// shareWith shares what another layer has, and takes it off the list. A layer
// that disappears meanwhile, or whose manifest is damaged, has nothing.
func (b *Builder) shareWith(dir string, wanted map[digest.Digest][]string) error {
	data, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var m manifest
	if json.Unmarshal(data, &m) != nil {
		return nil // Layer and Verify say so to whom it concerns
	}
	tree, err := os.OpenRoot(filepath.Join(dir, treeDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range m.Entries {
		paths := wanted[e.Content]
		if len(paths) == 0 {
			continue
		}
		err := b.shareFiles(tree, e.Path, paths, e.Content.Size())
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed under our eyes, or damaged
		}
		if err != nil {
			return errors.Join(err, tree.Close())
		}
		delete(wanted, e.Content)
	}
	return tree.Close()
}

// shareFiles gives the blocks of one file to files of the staged tree.
func (b *Builder) shareFiles(from *os.Root, path string, to []string, size int64) error {
	if len(to) == 0 {
		return nil
	}
	src, err := from.Open(filepath.FromSlash(path))
	if err != nil {
		return err
	}
	for _, name := range to {
		if err = b.shareFile(src, name, size); err != nil {
			break
		}
	}
	return errors.Join(err, src.Close())
}

func (b *Builder) shareFile(src *os.File, name string, size int64) error {
	dst, err := b.root.Open(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	// Whatever it does not share stays the copy that it is.
	if _, err = fsx.Share(dst, src, size); errors.Is(err, fsx.ErrCannotShare) {
		err = nil
	}
	return errors.Join(err, dst.Close())
}

// canShare finds out by doing whether the file system of the store shares
// blocks, so that one that does not costs no reading of manifests.
func (s *Store) canShare() (able bool, err error) {
	t, err := s.newTemp("probe")
	if err != nil {
		return false, err
	}
	defer func() { err = diag.Join(err, t.release()) }()
	var files [2]*os.File
	for i, name := range []string{"a", "b"} {
		if files[i], err = os.OpenFile(filepath.Join(t.dir, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return false, err
		}
		defer func() { err = diag.Join(err, files[i].Close()) }()
		_, err := files[i].Write(bytes.Repeat([]byte("x"), sharedProbe))
		if errors.Is(err, syscall.ENOSPC) {
			return false, nil // the layer itself may still fit
		}
		if err != nil {
			return false, err
		}
	}
	shared, err := fsx.Share(files[0], files[1], sharedProbe)
	if errors.Is(err, fsx.ErrCannotShare) {
		return false, nil
	}
	return shared == sharedProbe, err
}

// sharedProbe is a whole number of blocks on every file system (64 KiB is the
// largest page of any kernel).
const sharedProbe = 64 << 10
