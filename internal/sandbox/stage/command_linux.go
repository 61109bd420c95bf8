package stage

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Limits sets the limits that every command has: no core dumps, so many open files, the kernel's default stack, and no
// others as far as the hard limits allow.
func Limits(openFiles uint64) error {
	// One byte, not none: where the kernel hands dumps to a program, which runs
	// outside and as root, it does not look at the limit, except that of one
	// byte, with which it marks that program itself (fs/coredump.c). A file is
	// not written either way. The seccomp policy keeps the limit as it is.
	if err := setLimit(unix.RLIMIT_CORE, 1, true); err != nil {
		return Failed(err, "forbidding core dumps")
	}
	if err := setLimit(unix.RLIMIT_NOFILE, openFiles, false); err != nil {
		return Failed(err, "limiting open files")
	}
	const stack = 8 << 20 // include/uapi/linux/resource.h, _STK_LIM
	if err := setLimit(unix.RLIMIT_STACK, stack, false); err != nil {
		return Failed(err, "limiting the stack")
	}
	// What a host with some 8 GiB of memory has of the first, which the kernel
	// counts by the memory; and the kernel's default of the second.
	const signals, locked = 30000, 8 << 20
	if err := errors.Join(setLimit(unix.RLIMIT_SIGPENDING, signals, false), setLimit(unix.RLIMIT_MEMLOCK, locked, false)); err != nil {
		return Failed(err, "limiting signals and locked memory")
	}
	// The soft limits of a caller would be an input (channel I23). Only the
	// number of processes stays: it counts those outside too.
	for _, resource := range []int{unix.RLIMIT_AS, unix.RLIMIT_CPU, unix.RLIMIT_DATA, unix.RLIMIT_FSIZE, unix.RLIMIT_LOCKS, unix.RLIMIT_RSS, unix.RLIMIT_RTTIME} {
		if err := setLimit(resource, unix.RLIM_INFINITY, false); err != nil {
			return Failed(err, "lifting limit %d", resource)
		}
	}
	return nil
}

// setLimit sets the soft limit of a resource, and the hard one if asked. A
// hard limit that is lower already stays.
func setLimit(resource int, soft uint64, hard bool) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(resource, &l); err != nil {
		return err
	}
	l.Cur = min(soft, l.Max)
	if hard {
		l.Max = l.Cur
	}
	return syscall.Setrlimit(resource, &l)
}

// Resolve finds a program as a shell would, in the PATH of the command.
func Resolve(name string, env []string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	for _, kv := range env {
		if list, ok := strings.CutPrefix(kv, "PATH="); ok {
			for _, dir := range filepath.SplitList(list) {
				path := filepath.Join(dir, name)
				if unix.Access(path, unix.X_OK) == nil {
					return path, nil
				}
			}
		}
	}
	return "", Failed(unix.ENOENT, "finding `%s` in the world's PATH", name)
}
