// Package store is the directory that holds layers, small records, and the
// temporary directories of running processes. Many processes use one store at
// once, and any of them may be killed at any instant.
//
// Guarantees: a layer that is visible is complete, and a layer that Layer
// returns has, as far as stat can tell, the content that its digest names; a
// record is there in full or absent; what a killed process leaves behind is
// found and removed by Sweep; a store of another format is refused, never
// misread.
//
// It does not defend a store against its owner: who may write into it can also
// write the memory that Layer trusts. Stat cannot tell everything either: a
// write through a shared mapping that was made before the content was hashed
// may leave no trace. Extended attributes are no part of a layer.
//
// What is where:
//
//	version          the format of all the rest
//	layers/HEX/      tree/ (the files), manifest, memory
//	records/KIND/    Remember and Recall
//	memory/          what HashTree knows of directories elsewhere
//	locks/           Lock
//	places/          Place
//	tmp/             staged layers and TempDir, each beside its lock file
package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// The version file says which format everything else has.
const (
	versionFile   = "version"
	versionPrefix = "cargo-hermetic store "
	version       = "1"
)

// Folders of a store.
const (
	layersDir  = "layers"
	recordsDir = "records"
	memoryDir  = "memory"
	locksDir   = "locks"
	tmpDir     = "tmp"
)

// Store is an open store. It holds no descriptor and no lock; it is safe for
// concurrent use.
type Store struct{ dir string }

// Open opens the store at dir, an absolute path, and makes it (mode 0700) if
// there is none. It refuses, with exit code 101 and what to do: a store of
// another format, a directory that is not empty and not a store, and one that
// every user of the host can write to.
func Open(dir string) (*Store, error) {
	if !filepath.IsAbs(dir) {
		return nil, diag.New(diag.ExitFailed, "the store `%s` is not an absolute path", dir).
			WithHelp("name it from `/`")
	}
	s := &Store{filepath.Clean(dir)}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, diag.Wrap(err, "making the store `%s`", s.dir)
	}
	if err := s.checkOwner(); err != nil {
		return nil, err
	}
	err := s.checkVersion()
	if errors.Is(err, fs.ErrNotExist) {
		err = s.initialise()
	}
	if err != nil {
		return nil, err
	}
	for _, folder := range []string{layersDir, recordsDir, memoryDir, locksDir, tmpDir} {
		if err := os.Mkdir(s.path(folder), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, diag.Wrap(err, "making the store `%s`", s.dir)
		}
	}
	return s, nil
}

// Dir returns the path of the store.
func (s *Store) Dir() string { return s.dir }

func (s *Store) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

// checkOwner refuses a directory in which any user could plant a layer. A
// writable group is the owner's own decision (and a common umask).
func (s *Store) checkOwner() error {
	info, err := os.Stat(s.dir)
	if err != nil {
		return diag.Wrap(err, "opening the store `%s`", s.dir)
	}
	// Windows has access lists instead; os makes up permission bits there.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o002 != 0 {
		return diag.New(diag.ExitFailed, "every user can write to the store `%s`", s.dir).
			WithHelp("chmod o-w %s", quote(s.dir))
	}
	return nil
}

// checkVersion returns nil for our format and fs.ErrNotExist for none.
func (s *Store) checkVersion() error {
	data, err := os.ReadFile(s.path(versionFile))
	if err != nil {
		return diag.Wrap(err, "opening the store `%s`", s.dir)
	}
	found, isStore := strings.CutPrefix(strings.TrimSuffix(string(data), "\n"), versionPrefix)
	if isStore && found == version {
		return nil
	}
	d := diag.New(diag.ExitFailed, "the store has the format %.40q, and this program reads only %q", found, version)
	if !isStore {
		d = diag.New(diag.ExitFailed, "the version file of the store holds %.40q and no format", data)
	}
	return d.In(s.path(versionFile), 0, 0).
		Note("everything in a store can be fetched or built again").
		WithHelp("name another store, use the program that made this one, or remove it: rm -rf %s", quote(s.dir))
}

// initialise writes the version file into an empty directory, and before
// everything else: where it is missing, nothing of ours can be there.
func (s *Store) initialise() error {
	lockFile := versionFile + ".lock"
	// Held for as long as it takes to write one line, so nobody waits to cancel.
	lock, err := fsx.Lock(context.Background(), s.path(lockFile), nil)
	if err != nil {
		return diag.Wrap(err, "making the store `%s`", s.dir)
	}
	defer lock.Unlock() // nothing was written through it
	if err := s.checkVersion(); !errors.Is(err, fs.ErrNotExist) {
		return err // another process was faster
	}
	if err := fsx.RemoveStale(s.dir); err != nil {
		return diag.Wrap(err, "making the store `%s`", s.dir)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return diag.Wrap(err, "making the store `%s`", s.dir)
	}
	for _, e := range entries {
		if e.Name() != lockFile {
			return diag.New(diag.ExitFailed, "`%s` is not a store, and not empty", s.dir).
				Note("it contains `%s`", e.Name()).
				WithHelp("name an empty or a new directory for the store")
		}
	}
	return fsx.WriteFile(s.path(versionFile), []byte(versionPrefix+version+"\n"), 0o444)
}

// quote makes one word of a path for a POSIX shell.
func quote(path string) string {
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
