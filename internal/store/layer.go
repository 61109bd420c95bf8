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
// From here on it is in use (see use.go).
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
	if ok, err := s.use(ctx, d); !ok || err != nil {
		return Layer{}, false, diag.Wrap(err, "taking the layer `%s` into use", d.Short())
	}
	if err := s.verify(ctx, d); err != nil {
		return Layer{}, false, diag.Wrap(err, "checking the layer `%s`", d.Short())
	}
	return Layer{d, s.layerPath(d, treeDir)}, true, nil
}

// Unchecked returns the layer d as it lies there, and false if the store has
// none. It is in use from here on. Whoever uses it calls Layer too, before anything that was made with it
// is believed.
func (s *Store) Unchecked(d digest.Digest) (Layer, bool, error) {
	// Only Collect is waited for, and for the length of a rename.
	if ok, err := s.use(context.Background(), d); !ok || err != nil {
		return Layer{}, false, diag.Wrap(err, "taking the layer `%s` into use", d.Short())
	}
	return Layer{d, s.layerPath(d, treeDir)}, true, nil
}

// treeOf opens the tree of a layer, and says whether there is one.
func (s *Store) treeOf(d digest.Digest) (*fsx.Dir, bool, error) {
	tree, err := fsx.OpenDir(s.layerPath(d, treeDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return tree, err == nil, err
}

func (s *Store) verify(ctx context.Context, d digest.Digest) error {
	tree, ok, err := s.treeOf(d)
	if err != nil {
		return err
	}
	if !ok {
		return s.damaged(d, treeDir, "is missing")
	}
	defer tree.Close() // read only: nothing to lose
	if known, err := s.familiar(d, tree); known || err != nil {
		return err
	}
	return s.rehash(ctx, d, tree)
}

// Untouched reports whether a layer is exactly what Layer left when it last
// checked it: no entry was written, moved or marked since, not even with the
// same content.
func (s *Store) Untouched(d digest.Digest) (bool, error) {
	tree, ok, err := s.treeOf(d)
	if !ok || err != nil {
		return false, err
	}
	defer tree.Close() // read only: nothing to lose
	return s.familiar(d, tree)
}

// familiar reports whether every entry of a layer is as the memory says.
func (s *Store) familiar(d digest.Digest, tree *fsx.Dir) (bool, error) {
	known, _, err := readMemory(s.layerPath(d, memoryFile))
	if err != nil || known.tree != d {
		return false, err
	}
	now := &snapshot{}
	if now.root, err = tree.Stat(); err != nil {
		return false, err
	}
	if now.entries, err = tree.Lstat(known.names); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && known.knows(now), err
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
	snap, found, err := s.examine(ctx, m, tree)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		return nil, s.damaged(d, found[0].Path, found[0].What)
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
// afterwards. That somebody uses it does not matter: it is for damage, and
// Collect for all else. A layer that the store does not have is no error.
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
	err = s.disuse(d)
	if err == nil {
		err = os.Rename(s.layerPath(d), filepath.Join(t.dir, stagedDir))
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, t.release())
}
