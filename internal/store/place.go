package store

import (
	"os"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

const placesDir = "places"

// Place makes a private, empty directory (mode 0700) whose path depends on the
// key alone. It lives until release. The caller holds a lock of its own for
// the key: what is there from a killed process is removed.
func (s *Store) Place(key string) (dir string, release func() error, err error) {
	dir = s.path(placesDir, hashedName(key)[:32])
	err = os.MkdirAll(s.path(placesDir), 0o700)
	if err == nil {
		err = fsx.RemoveTree(dir)
	}
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err != nil {
		return "", nil, diag.Wrap(err, "making the directory for `%s`", key)
	}
	return dir, func() error {
		return diag.Wrap(fsx.RemoveTree(dir), "removing the directory for `%s`", key)
	}, nil
}
