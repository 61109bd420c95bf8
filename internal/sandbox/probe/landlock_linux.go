package probe

import (
	"errors"
	"fmt"
	"net"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Versions of Landlock (Documentation/userspace-api/landlock.rst).
const (
	landlockTruncate = 3 // what the isolation needs, see package landlock
	landlockNetwork  = 4
	landlockScopes   = 6
)

func landlockABI() (int, error) {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, failed(errno, "asking for its version")
	}
	return int(version), nil
}

func landlockVersion(string) (string, error) {
	abi, err := landlockABI()
	if err != nil {
		return "", err
	}
	value := fmt.Sprintf("version %d", abi)
	return value, atLeast(abi, landlockTruncate)
}

// atLeast refuses a version that is too old.
func atLeast(abi, needed int) error {
	return see(nil, abi >= needed, "looking at its version", "it is %d, and this needs %d", abi, needed)
}

// scoped asks for a version that has what is tried.
func scoped(needed int) error {
	abi, err := landlockABI()
	if err != nil {
		return err
	}
	return atLeast(abi, needed)
}

// restrict puts the calling thread under rules. Directories in readable stay.
func restrict(attr unix.LandlockRulesetAttr, readable ...string) error {
	rules, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return failed(errno, "making rules")
	}
	defer unix.Close(int(rules))
	for _, dir := range readable {
		fd, err := unix.Open(dir, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return failed(err, "opening "+dir)
		}
		beneath := unix.LandlockPathBeneathAttr{Allowed_access: attr.Handled_access_fs, Parent_fd: int32(fd)}
		_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, rules, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&beneath)), 0, 0, 0)
		unix.Close(fd)
		if errno != 0 {
			return failed(errno, "adding a rule")
		}
	}
	if _, err := noNewPrivileges(""); err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); errno != 0 {
		return failed(errno, "restricting the process")
	}
	return nil
}

// refused sees that something is refused by an error number.
func refused(err error, want unix.Errno, step string) error {
	return see(nil, errors.Is(err, want), step, "it was not refused (%v)", err)
}

func landlockFiles(string) (string, error) {
	look := func(dir string) error {
		fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	}
	const allowed, other = "/dev", "/"
	for _, dir := range []string{allowed, other} {
		if err := look(dir); err != nil {
			return "", failed(err, "opening "+dir+" without rules")
		}
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: unix.LANDLOCK_ACCESS_FS_READ_DIR | unix.LANDLOCK_ACCESS_FS_READ_FILE}
	if err := restrict(attr, allowed); err != nil {
		return "", err
	}
	if err := look(allowed); err != nil {
		return "", failed(err, "opening what is allowed")
	}
	return "", refused(look(other), unix.EACCES, "opening what is not allowed")
}

// landlockTCP connects to ourselves.
func landlockTCP(string) (string, error) {
	if err := scoped(landlockNetwork); err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", failed(err, "listening")
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	connect := func() error {
		// On this thread, which is the one under rules.
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err := connect(); err != nil {
		return "", failed(err, "connecting without rules")
	}
	if err := restrict(unix.LandlockRulesetAttr{Handled_access_net: unix.LANDLOCK_ACCESS_NET_CONNECT_TCP}); err != nil {
		return "", err
	}
	return "", refused(connect(), unix.EACCES, "connecting")
}

// landlockSignals asks whether a signal to the parent could be sent.
func landlockSignals(string) (string, error) {
	if err := scoped(landlockScopes); err != nil {
		return "", err
	}
	const nothing = 0 // only whether it would be allowed (kill(2))
	parent := os.Getppid()
	if err := unix.Kill(parent, nothing); err != nil {
		return "", failed(err, "signalling the parent without rules")
	}
	if err := restrict(unix.LandlockRulesetAttr{Scoped: unix.LANDLOCK_SCOPE_SIGNAL}); err != nil {
		return "", err
	}
	return "", refused(unix.Kill(parent, nothing), unix.EPERM, "signalling the parent")
}

// landlockSockets connects to an abstract socket that was made without rules.
func landlockSockets(string) (string, error) {
	if err := scoped(landlockScopes); err != nil {
		return "", err
	}
	listener, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", failed(err, "making a socket")
	}
	defer unix.Close(listener)
	address := &unix.SockaddrUnix{Name: fmt.Sprintf("@cargo-hermetic-probe-%d", os.Getpid())}
	if err := unix.Bind(listener, address); err != nil {
		return "", failed(err, "naming a socket")
	}
	if err := unix.Listen(listener, 2); err != nil {
		return "", failed(err, "listening")
	}
	connect := func() error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.Connect(fd, address)
	}
	if err := connect(); err != nil {
		return "", failed(err, "connecting without rules")
	}
	if err := restrict(unix.LandlockRulesetAttr{Scoped: unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET}); err != nil {
		return "", err
	}
	return "", refused(connect(), unix.EPERM, "connecting")
}
