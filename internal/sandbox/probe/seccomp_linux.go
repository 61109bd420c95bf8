package probe

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

func noNewPrivileges(string) (string, error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return "", failed(err, "prctl")
	}
	set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	return "", see(err, set == 1, "asking whether it is set", "the answer is %d", set)
}

// onlyFilter is an error number that getppid(2), which cannot fail, never has.
const onlyFilter seccomp.Errno = 95 // EOPNOTSUPP

// seccompFilter installs a filter that refuses one call, and makes that call.
func seccompFilter(string) (string, error) {
	if _, err := noNewPrivileges(""); err != nil {
		return "", err
	}
	program, err := seccomp.Program([]seccomp.Rule{{Call: seccomp.Call{Name: "getppid", Number: unix.SYS_GETPPID}, Errno: onlyFilter}})
	if err != nil {
		return "", err
	}
	if err := seccomp.Install(program); err != nil {
		return "", failed(bare(err), "installing the filter")
	}
	parent, _, errno := unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
	if errno != unix.Errno(onlyFilter) {
		return "", wrong("making the refused call", "it was not refused (%d, %v)", parent, errno)
	}
	return "", nil
}

// bare is the error number in err, without the words around it.
func bare(err error) error {
	if errno := unix.Errno(0); errors.As(err, &errno) {
		return errno
	}
	return err
}
