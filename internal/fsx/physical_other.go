//go:build !linux

package fsx

import "path/filepath"

// Physical returns the name of a directory, absolute and without links. It looks
// at every directory on the way.
func Physical(dir string) (string, error) { return filepath.EvalSymlinks(dir) }
