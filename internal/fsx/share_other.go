//go:build !linux

package fsx

import "os"

// Share shares nothing: there is no call that compares and shares in one step.
func Share(dst, src *os.File, size int64) (int64, error) { return 0, ErrCannotShare }
