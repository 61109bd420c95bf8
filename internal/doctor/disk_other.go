//go:build !linux

package doctor

import (
	"errors"
	"fmt"
	"runtime"
)

// disk is the file system that a directory is on.
type disk struct {
	kind     string // its type
	free     uint64 // bytes, for an ordinary user
	writable bool   // by us
	notice   string // what is to be known of this type
}

func diskOf(string) (disk, error) {
	return disk{}, fmt.Errorf("space and type on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// kernel names the running system.
func kernel() string { return runtime.GOOS }
