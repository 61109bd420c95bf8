//go:build linux

package sandbox_test

import (
	"errors"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const outcomePrefix = "outcome: "

// outcomeOf names how an attempt ended: the error number if the kernel refused
// it, or the attempt's own word.
func outcomeOf(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return got
	case errors.As(err, &errno):
		if name := unix.ErrnoName(errno); name != "" {
			return name
		}
	}
	return err.Error()
}

// word is an outcome that has no error number.
type word string

func (w word) Error() string { return string(w) }

// refusedBy is an attempt by a system call of which only the answer counts: its
// arguments mean nothing, so that it can do no harm anywhere. Refused, the
// kernel has not looked at them; otherwise it complains about them.
func refusedBy(number uintptr, args ...uintptr) func(*scene) error {
	return func(*scene) error { return call(number, args...) }
}

// call makes a system call.
func call(number uintptr, args ...uintptr) error {
	_, err := callFor(number, args...)
	return err
}

func callFor(number uintptr, args ...uintptr) (uintptr, error) {
	var a [6]uintptr
	copy(a[:], args)
	r, _, errno := unix.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return 0, errno
	}
	return r, nil
}

// text is a string as the kernel takes it.
func text(s string) uintptr {
	p, err := unix.BytePtrFromString(s)
	if err != nil {
		panic(err) // a name in a table has a zero byte in it
	}
	kept = append(kept, p)
	return uintptr(unsafe.Pointer(p))
}

// kept keeps what the kernel is given by address.
var kept []*byte

// with opens a file, does something with the descriptor, and closes it.
func with(path string, flags int, do func(fd int) error) error {
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(do(fd), unix.Close(fd))
}

// reads reads a file to its end. A file that is empty is not a secret.
func reads(path string) error {
	data, err := os.ReadFile(path)
	if err == nil && len(data) == 0 {
		return word("empty")
	}
	return err
}
