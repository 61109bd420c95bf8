package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// The version file says which format everything else has.
//
//	1  the first
//	2  a use file beside each layer (see use.go): a program of format 1 takes no
//	   lock on what it uses, so it must not run beside one that collects
const (
	versionFile   = "version"
	versionPrefix = "cargo-hermetic store "
	version       = "2"
)

// upgrades turn a store of the format that is the key into one of the next.
// Each may be killed at any instant and run again: the version file is written
// after it.
var upgrades = map[string]struct {
	to  string
	run func(*Store) error
}{
	"1": {"2", (*Store).addUseFiles},
}

// checkVersion returns nil for our format, fs.ErrNotExist for none, and
// *olderFormat for one that can be upgraded.
func (s *Store) checkVersion() error {
	data, err := os.ReadFile(s.path(versionFile))
	if err != nil {
		return diag.Wrap(err, "opening the store `%s`", s.dir)
	}
	found, isStore := strings.CutPrefix(strings.TrimSuffix(string(data), "\n"), versionPrefix)
	if isStore && found == version {
		return nil
	}
	if _, known := upgrades[found]; isStore && known {
		return &olderFormat{found}
	}
	d := diag.New(diag.ExitFailed, "the store has the format %.40q, and this program reads only %q", found, version)
	if !isStore {
		d = diag.New(diag.ExitFailed, "the version file of the store holds %.40q and no format", data)
	}
	return d.In(s.path(versionFile), 0, 0).
		Note("everything in a store can be fetched or built again").
		WithHelp("name another store, use the program that made this one, or remove it: rm -rf %s", quote(s.dir))
}

// olderFormat says that a store can be upgraded.
type olderFormat struct{ found string }

func (o *olderFormat) Error() string { return "the store has the format " + o.found }

// settleVersion gives a new or an older store our format. Everybody who opens
// the store meanwhile waits.
func (s *Store) settleVersion() error {
	// Held for as long as a few small files take, so nobody waits to cancel.
	lock, err := fsx.Lock(context.Background(), s.path(versionLock), nil)
	if err != nil {
		return diag.Wrap(err, "making the store `%s`", s.dir)
	}
	err = s.settleLocked()
	return diag.Join(err, diag.Wrap(lock.Unlock(), "making the store `%s`", s.dir))
}

const versionLock = versionFile + ".lock"

func (s *Store) settleLocked() error {
	for {
		err := s.checkVersion() // again: another process may have been faster
		older, isOlder := errors.AsType[*olderFormat](err)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = s.initialise()
		case isOlder:
			err = s.upgrade(older.found)
		default:
			return err
		}
		if err != nil {
			return err
		}
	}
}

func (s *Store) upgrade(from string) error {
	next := upgrades[from]
	err := next.run(s)
	if err == nil {
		err = fsx.WriteFile(s.path(versionFile), []byte(versionPrefix+next.to+"\n"), 0o444)
	}
	return diag.Wrap(err, "upgrading the store `%s` from format %s to %s", s.dir, from, next.to)
}

// addUseFiles is the step from format 1 to 2. That a layer was there counts as
// its last use: nobody knows better.
func (s *Store) addUseFiles() error {
	layers, err := os.ReadDir(s.path(layersDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // killed between its version file and its folders
	}
	if err != nil {
		return err
	}
	for _, l := range layers {
		if !l.IsDir() {
			continue
		}
		if err := fsx.WriteFile(s.path(layersDir, l.Name(), useFile), nil, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// initialise writes the version file into an empty directory, and before
// everything else: where it is missing, nothing of ours can be there.
func (s *Store) initialise() error {
	if err := fsx.RemoveStale(s.dir); err != nil {
		return diag.Wrap(err, "making the store `%s`", s.dir)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return diag.Wrap(err, "making the store `%s`", s.dir)
	}
	for _, e := range entries {
		if e.Name() != versionLock {
			return diag.New(diag.ExitFailed, "`%s` is not a store, and not empty", s.dir).
				Note("it contains `%s`", e.Name()).
				WithHelp("name an empty or a new directory for the store")
		}
	}
	return fsx.WriteFile(s.path(versionFile), []byte(versionPrefix+version+"\n"), 0o444)
}
