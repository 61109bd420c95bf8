//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package fsx

import (
	"syscall"

	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// flock(2), not fcntl(2): a fcntl lock is lost when the process closes any
// other descriptor of the file.

func tryLock(file *os.File, m mode) (bool, error) {
	err := flock(file, how(m)|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func lock(file *os.File, m mode) error { return flock(file, how(m)) }

func how(m mode) int {
	if m == shared {
		return unix.LOCK_SH
	}
	return unix.LOCK_EX
}

func unlock(file *os.File) error { return flock(file, unix.LOCK_UN) }

func flock(file *os.File, how int) error {
	for {
		err := unix.Flock(int(file.Fd()), how)
		if errors.Is(err, unix.EINTR) {
			continue // the runtime's own preemption signal, for one
		}
		if err != nil {
			return &fs.PathError{Op: "flock", Path: file.Name(), Err: err}
		}
		return nil
	}
}

func removeOpen(file *os.File) error { return os.Remove(file.Name()) }

// noFollow makes opening a lock file fail if it is a link: a lock file may lie in
// a directory that somebody else filled.
const noFollow = syscall.O_NOFOLLOW
