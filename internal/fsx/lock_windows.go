package fsx

import (
	"errors"
	"io/fs"
	"math"
	"os"

	"golang.org/x/sys/windows"
)

func tryLock(file *os.File, m mode) (bool, error) {
	err := lockFileEx(file, how(m)|windows.LOCKFILE_FAIL_IMMEDIATELY)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

func lock(file *os.File, m mode) error { return lockFileEx(file, how(m)) }

// how is the flag of LockFileEx; without one a lock is shared.
func how(m mode) uint32 {
	if m == shared {
		return 0
	}
	return windows.LOCKFILE_EXCLUSIVE_LOCK
}

func lockFileEx(file *os.File, flags uint32) error {
	err := windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, math.MaxUint32, math.MaxUint32, new(windows.Overlapped))
	if err != nil {
		return &fs.PathError{Op: "lock", Path: file.Name(), Err: err}
	}
	return nil
}

func unlock(file *os.File) error {
	err := windows.UnlockFileEx(windows.Handle(file.Fd()), 0, math.MaxUint32, math.MaxUint32, new(windows.Overlapped))
	if err != nil {
		return &fs.PathError{Op: "unlock", Path: file.Name(), Err: err}
	}
	return nil
}

// removeOpen leaves the file: Windows refuses to delete what others may have
// open. An empty lock file stays behind, which the next sweep tries again.
func removeOpen(*os.File) error { return nil }

// noFollow is for systems that have such a flag.
const noFollow = 0
