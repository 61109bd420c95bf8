package probe

import (
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// supervisedName is the process that supervision starts.
const supervisedName = "supervised"

// supervised puts itself under a supervisor and makes calls. All of it is on
// one thread: the filter is on no other.
func supervised(what string) (string, error) {
	unix.CloseOnExec(socketFD)
	if _, err := noNewPrivileges(""); err != nil {
		return "", err
	}
	program, err := seccomp.Program([]seccomp.Rule{{Call: seccomp.Call{Name: "openat", Number: unix.SYS_OPENAT}, Ask: true}})
	if err != nil {
		return "", err
	}
	listener, err := seccomp.InstallListener(program)
	if err != nil {
		return "", installing(err)
	}
	if err := unix.Sendmsg(socketFD, []byte{0}, unix.UnixRights(listener), nil, 0); err != nil {
		return "", failed(err, "sending the listener")
	}
	// With our copy open, the supervisor would never see the end.
	if err := unix.Close(listener); err != nil {
		return "", failed(err, "closing the listener")
	}
	if what == "nested" {
		second, err := seccomp.InstallListener(program)
		if err != nil {
			return "", installing(err)
		}
		return "", failed(unix.Close(second), "closing the second listener")
	}
	return "", makeCalls()
}

// makeCalls sees each answer of the supervisor arrive.
func makeCalls() error {
	if _, err := openPath(refusedPath); err != nil {
		if err := expect(err, unix.ENOENT, "a call that is refused"); err != nil {
			return err
		}
	} else {
		return wrong("a call that is refused", "it was made all the same")
	}
	fd, err := openPath(continuedPath)
	if err != nil {
		return failed(err, "a call that continues")
	}
	if err := unix.Close(fd); err != nil {
		return failed(err, "a call that continues")
	}
	fd, err = openPath(replacedPath)
	if err != nil {
		return failed(err, "a call that is given a descriptor")
	}
	buf := make([]byte, len(replacement)+1)
	n, err := unix.Pread(fd, buf, 0)
	return see(err, string(buf[:max(n, 0)]) == replacement, "a call that is given a descriptor", "it is for another file")
}

func openPath(path string) (int, error) {
	return unix.Openat(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
}
