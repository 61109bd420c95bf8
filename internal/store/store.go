// Package store is the directory that holds layers, small records, and the
// temporary directories of running processes. Many processes use one store at
// once, and any of them may be killed at any instant.
//
// Guarantees: a layer that is visible is complete, and a layer that Layer
// returns has, as far as stat can tell, the content that its digest names; a
// record is there in full or absent; what a killed process leaves behind is
// found and removed by Sweep; Collect never takes what a living process uses; a
// store of another format is upgraded or refused, never misread.
//
// It does not defend a store against its owner: who may write into it can also
// write the memory that Layer trusts. Stat cannot tell everything either: a
// write through a shared mapping that was made before the content was hashed
// may leave no trace. Extended attributes are no part of a layer.
//
// What is where:
//
//	version          the format of all the rest
//	layers/HEX/      tree/ (the files), manifest, memory, use
//	records/KIND/    Remember and Recall
//	memory/          what HashTree knows of directories elsewhere
//	locks/           Lock
//	places/          Place
//	downloads/       Downloads
//	tmp/             staged layers and TempDir, each beside its lock file
package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Folders of a store.
const (
	layersDir  = "layers"
	recordsDir = "records"
	memoryDir  = "memory"
	locksDir   = "locks"
	tmpDir     = "tmp"
)

// Store is an open store. It holds a shared lock on each layer that it has
// returned, until Close or until the process ends, and nothing else. It is safe
// for concurrent use.
type Store struct {
	dir  string
	uses uses
}

// Open opens the store at dir, an absolute path, makes it (mode 0700) if there
// is none, and upgrades one of an older format. It refuses, with exit code 101
// and what to do: a store of a newer or an unknown format, a directory that is
// not empty and not a store, and one that every user of the host can write to.
func Open(dir string) (*Store, error) {
	if !filepath.IsAbs(dir) {
		return nil, diag.New(diag.ExitFailed, "the store `%s` is not an absolute path", dir).
			WithHelp("name it from `/`")
	}
	s := &Store{dir: filepath.Clean(dir)}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, diag.Wrap(err, "making the store `%s`", s.dir)
	}
	if err := s.checkOwner(); err != nil {
		return nil, err
	}
	err := s.checkVersion()
	if _, older := errors.AsType[*olderFormat](err); older || errors.Is(err, fs.ErrNotExist) {
		err = s.settleVersion()
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

// quote makes one word of a path for a POSIX shell.
func quote(path string) string {
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
