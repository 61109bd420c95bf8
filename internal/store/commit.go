package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// Epoch is the modification time of everything in a layer. It is a constant
// because a build can see it, and one for all because cargo takes equal times
// for unchanged. It is not 1970, which programs take for "no time" and zip
// archives cannot express (they begin in 1980).
var Epoch = time.Unix(946684800, 0).UTC() // 2000-01-01T00:00:00Z

// Modes of everything in a layer. Nobody may write to a file, which also takes
// the set-id bits away; directories stay writable for their owner, so that a
// layer can be removed with rm.
const (
	fileMode       = 0o444
	executableMode = 0o555
	dirMode        = 0o755
)

// Commit makes a layer of the staged tree and ends the builder. If the store
// already has that layer, in good order, the staged one is dropped.
//
// The content is its digest: owners, modes but the owner's executable bit,
// times and hard links are made constant, sockets, fifos and devices are
// refused (exit code 111), names that are not UTF-8 too. The layer appears
// under layers/ by one rename, after everything in it was flushed; an error or
// a kill before that leaves nothing there.
func (b *Builder) Commit(ctx context.Context) (Layer, error) {
	if b.err != nil {
		return Layer{}, diag.Wrap(b.err, "storing the layer `%s`", b.label)
	}
	layer, err := b.commit(ctx)
	if err != nil {
		b.err = diag.Wrap(err, "storing the layer `%s`", b.label)
		return Layer{}, b.err
	}
	if err := b.Discard(); err != nil {
		return Layer{}, err
	}
	return layer, nil
}

func (b *Builder) commit(ctx context.Context) (Layer, error) {
	tree, err := fsx.OpenDir(b.Dir())
	if err != nil {
		return Layer{}, err
	}
	defer tree.Close() // read only: nothing to lose
	entries, err := tree.Scan(nil)
	if err != nil {
		return Layer{}, err
	}
	if err := refuseSpecial(b.Dir(), entries, notInLayer); err != nil {
		return Layer{}, err
	}
	if err := b.ownCopies(entries); err != nil {
		return Layer{}, err
	}
	if err := seal(ctx, tree, entries); err != nil {
		return Layer{}, err
	}
	// Before hashing, also because it takes time: most layers are then no longer
	// young (snapshot.young).
	if err := tree.SyncTree(entries); err != nil {
		return Layer{}, err
	}
	m, err := b.describe(ctx, tree)
	if err != nil {
		return Layer{}, err
	}
	if err := b.share(ctx, m); err != nil {
		return Layer{}, diag.Wrap(err, "sharing files with other layers")
	}
	return b.store.publish(ctx, filepath.Dir(b.Dir()), m.Digest)
}

// notInLayer is the help for a special file that somebody staged.
func notInLayer(string) string { return "leave it out of what becomes a layer" }

// describe hashes the sealed tree and writes manifest and memory beside it.
func (b *Builder) describe(ctx context.Context, tree *fsx.Dir) (manifest, error) {
	snap, err := b.store.look(ctx, tree)
	if err != nil {
		return manifest{}, err
	}
	if err := refuseSpecial(b.Dir(), snap.entries, notInLayer); err != nil {
		return manifest{}, err
	}
	contents, err := hashFiles(ctx, tree, snap.entries, nil)
	if err != nil {
		return manifest{}, err
	}
	m := manifest{Format: manifestFormat, Kind: b.label, Entries: nodes(snap.entries, contents)}
	if m.Digest, err = treeDigest(b.Dir(), m.Entries); err != nil {
		return manifest{}, err
	}
	staged := filepath.Dir(b.Dir())
	if err := writeManifest(staged, m); err != nil {
		return manifest{}, err
	}
	return m, snap.remember(staged, m.Digest)
}

// seal gives every entry, and the root, its constant mode and time.
func seal(ctx context.Context, tree *fsx.Dir, entries []fsx.Entry) error {
	for _, e := range append(entries[:len(entries):len(entries)], fsx.Entry{Path: ".", Type: fsx.Directory}) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := tree.Stamp(e.Path, sealedMode(e), Epoch.UnixNano()); err != nil {
			return err
		}
	}
	return nil
}

func sealedMode(e fsx.Entry) uint32 {
	switch {
	case e.Type == fsx.Directory:
		return dirMode
	case e.Executable():
		return executableMode
	}
	return fileMode
}

// sealed reports whether the whole tree is as seal leaves it.
func (s *snapshot) sealed() bool {
	sealed := s.root.MtimeNs == Epoch.UnixNano() && s.root.Mode == dirMode
	for _, e := range s.entries {
		sealed = sealed && isSealed(e)
	}
	return sealed
}

// isSealed reports whether an entry is as seal leaves it.
func isSealed(e fsx.Entry) bool {
	if e.Type == fsx.Symlink {
		return e.MtimeNs == Epoch.UnixNano() || !fsx.StampsLinks
	}
	return e.MtimeNs == Epoch.UnixNano() && e.Mode == sealedMode(e)
}

// publish moves a finished layer to its place, in use from its first instant. If
// there is one already and it is in good order, that one is the result; if it is
// damaged, ours replaces it.
func (s *Store) publish(ctx context.Context, staged string, d digest.Digest) (Layer, error) {
	lock, err := fsx.LockShared(ctx, filepath.Join(staged, useFile))
	if err != nil {
		return Layer{}, err
	}
	layer, moved, err := s.place(ctx, staged, d)
	if !moved {
		return layer, errors.Join(err, lock.Unlock())
	}
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	old := s.uses.held[d]
	s.uses.hold(d, lock)
	if old != nil { // of one that somebody dropped
		err = errors.Join(err, old.Unlock())
	}
	return layer, err
}

// place is publish without the lock, and reports whether staged was moved.
func (s *Store) place(ctx context.Context, staged string, d digest.Digest) (Layer, bool, error) {
	for {
		err := os.Rename(staged, s.layerPath(d))
		if err == nil {
			return Layer{d, s.layerPath(d, treeDir)}, true, fsx.SyncDir(s.path(layersDir))
		}
		if !errors.Is(err, fs.ErrExist) {
			return Layer{}, false, err
		}
		layer, ok, err := s.Layer(ctx, d)
		if ok {
			return layer, false, nil
		}
		if err != nil && !isDamage(err) {
			return Layer{}, false, err
		}
		if err := s.Drop(d); err != nil {
			return Layer{}, false, err
		}
	}
}
