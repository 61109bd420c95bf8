package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// Verified is what Verify found in one layer.
type Verified struct {
	Layer  string   `json:"layer"` // as a digest, or only its hexadecimal digits if the manifest is lost
	Kind   string   `json:"kind,omitempty"`
	Files  int      `json:"files"`
	Bytes  int64    `json:"bytes"`  // of content, that were to be read
	Damage []Damage `json:"damage"` // empty: the layer is what its digest says
}

// Verify reads every file of every layer, whatever the memory says of it, and
// hands what it found to each, in the order of the names.
//
// Damage that stat cannot see (a disk that forgets) would never be looked for in
// a build. So the memory of a damaged layer is removed: the next use hashes the
// layer, finds the damage too, and has the layer made or fetched again, under
// the digest that the lock file demands. Nothing else is changed: what is
// damaged can be looked at until then, and a build that uses it finds out at its
// own end.
//
// A layer that is in use, or is being dropped or made meanwhile, is no trouble.
// An error means that something could not be looked at, not that it is damaged.
func (s *Store) Verify(ctx context.Context, begin func(kind, layer string, bytes int64), each func(Verified) error) error {
	names, _, err := s.layerNames()
	if err != nil {
		return diag.Wrap(err, "listing the layers of `%s`", s.dir)
	}
	for _, hex := range names {
		v, there, err := s.verifyLayer(ctx, hex, begin)
		if err != nil {
			return diag.Wrap(err, "verifying the layer `%s`", hex)
		}
		if !there {
			continue
		}
		if err := each(v); err != nil {
			return err
		}
	}
	return nil
}

// layerNames lists layers/: the layers, and what cannot be one.
func (s *Store) layerNames() (layers, foreign []string, err error) {
	entries, err := os.ReadDir(s.path(layersDir))
	for _, e := range entries {
		if isHex(e.Name()) && e.IsDir() {
			layers = append(layers, e.Name())
		} else if !strings.HasPrefix(e.Name(), ".") { // where one is replaced, Sweep's business
			foreign = append(foreign, e.Name())
		}
	}
	return layers, foreign, err
}

// isHex reports whether a name is that of a digest.
func isHex(name string) bool {
	return len(name) == 2*sha256.Size && strings.Trim(name, "0123456789abcdef") == ""
}

// verifyLayer checks one layer; false means that it is gone.
func (s *Store) verifyLayer(ctx context.Context, hex string, begin func(kind, layer string, bytes int64)) (Verified, bool, error) {
	for {
		lock, err := fsx.LockShared(ctx, s.path(layersDir, hex, useFile)) // not a use: no touch
		if errors.Is(err, fs.ErrNotExist) {
			return Verified{}, false, nil
		}
		if err != nil {
			return Verified{}, false, err
		}
		v, err := s.verifyHeld(ctx, hex, begin)
		current, lookErr := lock.IsAt(s.path(layersDir, hex, useFile))
		if current && err == nil && len(v.Damage) > 0 {
			err = forget(s.path(layersDir, hex, memoryFile))
		}
		err = errors.Join(lookErr, lock.Unlock(), err)
		if current || lookErr != nil || ctx.Err() != nil {
			return v, true, err
		}
		// Dropped while we looked: what we saw was a layer on its way out.
	}
}

// verifyHeld checks a layer that Collect cannot take away.
func (s *Store) verifyHeld(ctx context.Context, hex string, begin func(kind, layer string, bytes int64)) (Verified, error) {
	v := Verified{Layer: hex}
	m, err := peekManifest(s.path(layersDir, hex), hex)
	if err != nil {
		begin("", hex, 0)
		v.Damage = []Damage{{manifestFile, "cannot be used: " + err.Error()}}
		return v, nil
	}
	v.Layer, v.Kind = m.Digest.String(), m.Kind
	v.Files, v.Bytes = m.size()
	begin(v.Kind, v.Layer, v.Bytes)
	tree, ok, err := s.treeOf(m.Digest)
	if err != nil {
		return v, err
	}
	if !ok {
		v.Damage = []Damage{{treeDir, "is missing"}}
		return v, nil
	}
	snap, found, err := s.examine(ctx, m, tree)
	v.Damage = found
	if err == nil && len(found) == 0 && snap.sealed() {
		err = snap.remember(s.layerPath(m.Digest), m.Digest)
	}
	return v, errors.Join(err, tree.Close())
}

// forget removes a file that may be gone already.
func forget(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// peekManifest reads a manifest whose digest is known only in part, by the name
// of its directory.
func peekManifest(dir, hex string) (manifest, error) {
	data, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return manifest{}, err
	}
	var head struct{ Digest digest.Digest }
	if err := json.Unmarshal(data, &head); err != nil {
		return manifest{}, err
	}
	if head.Digest.IsZero() || head.Digest.Hex() != hex {
		return manifest{}, fmt.Errorf("the manifest says `%v`", head.Digest)
	}
	return parseManifest(data, head.Digest)
}

// size counts the files of a layer and the bytes in them.
func (m manifest) size() (files int, bytes int64) {
	for _, e := range m.Entries {
		if e.Kind == digest.File {
			files++
			bytes += e.Content.Size()
		}
	}
	return files, bytes
}

// VerifyRecords reads every record, and removes those that are damaged: Recall
// takes them for absent anyway, and what they remembered is found out again. It
// returns how many are sound, and the names of the others below records/.
func (s *Store) VerifyRecords(ctx context.Context) (sound int, removed []string, err error) {
	entries, err := fsx.Scan(s.path(recordsDir), nil)
	if err != nil {
		return 0, nil, diag.Wrap(err, "listing the records of `%s`", s.dir)
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return sound, removed, err
		}
		name := path.Base(e.Path)
		if e.Type != fsx.File || strings.HasPrefix(name, ".") { // being written
			continue
		}
		file := s.path(recordsDir, filepath.FromSlash(e.Path))
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && soundRecord(data, name) {
			sound++
			continue
		}
		if err == nil || errors.Is(err, syscall.EIO) {
			err = forget(file)
		}
		if err != nil {
			return sound, removed, diag.Wrap(err, "verifying the record `%s`", e.Path)
		}
		removed = append(removed, e.Path)
	}
	return sound, removed, nil
}

// soundRecord reports whether the bytes are the record that its file name says.
func soundRecord(data []byte, name string) bool {
	var r record
	if json.Unmarshal(data, &r) != nil || hashedName(r.Key) != name {
		return false
	}
	_, ok := decodeRecord(data, r.Key)
	return ok
}
