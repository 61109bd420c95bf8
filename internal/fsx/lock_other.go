//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package fsx

import (
	"errors"
	"io/fs"
	"os"
)

// There is no lock here that dies with its process, and a lock that does not
// would be a promise we cannot keep: everything that needs one is refused.

func tryLock(file *os.File, m mode) (bool, error) { return false, lock(file, m) }

func lock(file *os.File, _ mode) error {
	return &fs.PathError{Op: "lock", Path: file.Name(), Err: errors.ErrUnsupported}
}

func unlock(file *os.File) error { return lock(file, exclusive) }

func removeOpen(file *os.File) error { return os.Remove(file.Name()) }

// noFollow is for systems that have such a flag.
const noFollow = 0
