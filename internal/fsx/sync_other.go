//go:build !linux && !windows

package fsx

import (
	"errors"
	"os"
)

// SyncDir makes the names in dir survive a power failure.
func SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
