package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// Layer is an immutable tree of files in the store.
type Layer struct {
	Digest digest.Digest // of the tree
	Dir    string        // host path of the tree, to be used read-only
}

func (s *Store) layerPath(d digest.Digest, parts ...string) string {
	return s.path(append([]string{layersDir, d.Hex()}, parts...)...)
}

// Layer returns the layer d after checking it, and false if the store has none.
//
// The check is one lstat per entry when nothing was touched since the last
// time. Otherwise every file is hashed and compared with the manifest: if the
// content is the same, modes and times are made constant again and the memory
// is renewed; if not, the error is a *diag.Diagnostic with exit code 112 that
// names the first path that differs and says in what.
func (s *Store) Layer(ctx context.Context, d digest.Digest) (Layer, bool, error) {
	if d.IsZero() {
		return Layer{}, false, errors.New("a layer without a digest was asked for")
	}
	if _, err := os.Lstat(s.layerPath(d)); errors.Is(err, fs.ErrNotExist) {
		return Layer{}, false, nil
	}
	if err := s.verify(ctx, d); err != nil {
		return Layer{}, false, diag.Wrap(err, "checking the layer `%s`", d.Short())
	}
	return Layer{d, s.layerPath(d, treeDir)}, true, nil
}

// Unchecked returns the layer d as it lies there, and false if the store has
// none. Whoever uses it calls Layer too, before anything that was made with it
// is believed.
func (s *Store) Unchecked(d digest.Digest) (Layer, bool, error) {
	_, err := os.Lstat(s.layerPath(d))
	if errors.Is(err, fs.ErrNotExist) {
		return Layer{}, false, nil
	}
	return Layer{d, s.layerPath(d, treeDir)}, err == nil, err
}

func (s *Store) verify(ctx context.Context, d digest.Digest) error {
	tree, err := fsx.OpenDir(s.layerPath(d, treeDir))
	if errors.Is(err, fs.ErrNotExist) {
		return s.damaged(d, treeDir, "is missing")
	}
	if err != nil {
		return err
	}
	defer tree.Close() // read only: nothing to lose
	known, _, err := readMemory(s.layerPath(d, memoryFile))
	if err != nil {
		return err
	}
	if known.tree == d {
		root, err := tree.Stat()
		if err != nil {
			return err
		}
		entries, err := tree.Scan(nil)
		if err != nil {
			return err
		}
		if known.knows(&snapshot{root: root, entries: entries}) {
			return nil
		}
	}
	return s.rehash(ctx, d, tree)
}

// Untouched reports whether a layer is exactly what Layer left when it last
// checked it: no entry was written, moved or marked since, not even with the
// same content.
func (s *Store) Untouched(d digest.Digest) (bool, error) {
	tree, err := fsx.OpenDir(s.layerPath(d, treeDir))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer tree.Close() // read only: nothing to lose
	known, _, err := readMemory(s.layerPath(d, memoryFile))
	if err != nil || known.tree != d {
		return false, err
	}
	now := &snapshot{}
	if now.root, err = tree.Stat(); err != nil {
		return false, err
	}
	if now.entries, err = tree.Scan(nil); err != nil {
		return false, err
	}
	return known.knows(now), nil
}

// rehash checks a layer by its content, and remembers it.
func (s *Store) rehash(ctx context.Context, d digest.Digest, tree *fsx.Dir) error {
	snap, err := s.compare(ctx, d, tree)
	if err != nil {
		return err
	}
	if !snap.sealed() {
		// Right content, but a build would see the modes and times.
		if err := seal(ctx, tree, snap.entries); err != nil {
			return err
		}
		if snap, err = s.compare(ctx, d, tree); err != nil {
			return err
		}
	}
	return snap.remember(s.layerPath(d), d)
}

// compare hashes a layer and compares it with its manifest.
func (s *Store) compare(ctx context.Context, d digest.Digest, tree *fsx.Dir) (*snapshot, error) {
	m, err := readManifest(s.layerPath(d), d)
	if err != nil {
		return nil, s.damaged(d, manifestFile, "cannot be used").Because(err)
	}
	snap, err := s.look(ctx, tree)
	if err != nil {
		return nil, err
	}
	for _, e := range snap.entries {
		if e.Type == fsx.Other {
			return nil, s.damaged(d, e.Path, "was replaced or added by a socket, a fifo or a device")
		}
	}
	contents, err := hashFiles(ctx, tree, snap.entries, nil)
	if err != nil {
		return nil, err
	}
	if path, what := m.difference(nodes(snap.entries, contents)); path != "" {
		return nil, s.damaged(d, path, what)
	}
	return snap, nil
}

// damaged is the error for a layer whose content is not what its digest says.
func (s *Store) damaged(d digest.Digest, path, what string) *diag.Diagnostic {
	return diag.New(diag.ExitLock, "the layer `%s` is damaged: `%s` %s", d.Short(), path, what).
		In(s.layerPath(d, treeDir, filepath.FromSlash(path)), 0, 0).
		Note("a layer is never written again once it is in the store, so another program or the disk did this").
		WithHelp("rm -rf %s && cargo hermetic fetch", quote(s.layerPath(d)))
}

// isDamage reports whether err comes from damaged.
func isDamage(err error) bool {
	d, ok := errors.AsType[*diag.Diagnostic](err)
	return ok && d.Exit == diag.ExitLock
}

// Drop removes the layer d: it disappears at once by a rename, and is deleted
// afterwards. A layer that the store does not have is no error.
func (s *Store) Drop(d digest.Digest) error {
	if d.IsZero() {
		return errors.New("a layer without a digest was to be dropped")
	}
	return diag.Wrap(s.drop(d), "removing the layer `%s`", d.Short())
}

func (s *Store) drop(d digest.Digest) error {
	t, err := s.newTemp("drop")
	if err != nil {
		return err
	}
	err = os.Rename(s.layerPath(d), filepath.Join(t.dir, stagedDir))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, t.release())
}
