//go:build linux

package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const wallsArg = "walls"

// outside tells the checker inside a view what it must not be able to reach.
type outside struct {
	Secret   string   // a file of the host that no mount shows
	PID      int      // a process of the host
	Address  string   // where a process of the host listens on the host's loopback
	Abstract string   // where it listens in the abstract namespace of its network
	Only     []string // the walls to look at; empty for all
}

// walls are the checks, by name. A check returns nil if the wall stands, a
// *breach if it does not, and any other error if it could not look.
var walls = map[string]func(*outside) error{
	"capabilities":    statusLines("/proc/thread-self/status", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"),
	"capabilities-1":  initCapabilities,
	"no-new-privs":    statusValue("NoNewPrivs", "1"),
	"seccomp":         filterAnswers,
	"read-only":       writesRefused,
	"host-files":      hostFilesAbsent,
	"top":             topIsWhatWasAsked,
	"covers":          coversHide,
	"mount-flags":     mountFlags,
	"loopback-only":   onlyLoopback,
	"host-network":    hostNetworkAbsent,
	"processes":       processesOutOfReach,
	"process-list":    onlyOwnProcesses,
	"pid-1-is-hidden": initHidden,
	"host-name":       hostName,
	"domain-name":     domainName,
	"limits":          limits,
	"identity":        identityIs1000,
	"signals":         statusValue("SigIgn", "0000000000000000"),
}

// breach says that a wall does not stand.
type breach struct{ how string }

func (b *breach) Error() string { return b.how }

func broken(format string, args ...any) error { return &breach{fmt.Sprintf(format, args...)} }

// leaked returns the descriptors beyond the three that this process began with.
// What the Go runtime opens for itself is closed at exec, and so did not come
// through one.
func leaked() (fds []int) {
	for fd := 3; fd < 1024; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			fds = append(fds, fd)
		}
	}
	return fds
}

// report is what the checker prints: wall by wall, "stands", or why not.
type report map[string]string

func wallsMain(args []string) int {
	var o outside
	if err := json.Unmarshal([]byte(args[0]), &o); err != nil {
		fmt.Println(err)
		return 1
	}
	r := report{"descriptors": "stands"}
	if fds := leaked(); len(fds) > 0 {
		var names []string
		for _, fd := range fds {
			name, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
			names = append(names, fmt.Sprint(fd, " ", name, err))
		}
		r["descriptors"] = "broken: " + strings.Join(names, ", ")
	}
	for name, check := range walls {
		if len(o.Only) > 0 && !slices.Contains(o.Only, name) {
			continue
		}
		err := check(&o)
		switch b := (*breach)(nil); {
		case err == nil:
			r[name] = "stands"
		case errors.As(err, &b):
			r[name] = "broken: " + b.how
		default:
			r[name] = "unknown: " + err.Error()
		}
	}
	data, err := json.Marshal(r)
	if err == nil {
		_, err = os.Stdout.Write(data)
	}
	if err != nil {
		return 1
	}
	return 0
}

// status returns the value of a line of a status file of /proc.
func status(file, name string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("%s has no line %s", file, name)
}

func statusLines(file string, names ...string) func(*outside) error {
	return func(*outside) error {
		for _, name := range names {
			value, err := status(file, name)
			if err != nil {
				return err
			}
			if strings.Trim(value, "0") != "" {
				return broken("%s is %s", name, value)
			}
		}
		return nil
	}
}

func statusValue(name, want string) func(*outside) error {
	return func(*outside) error {
		value, err := status("/proc/thread-self/status", name)
		if err == nil && value != want {
			return broken("%s is %s", name, value)
		}
		return err
	}
}

// expect calls something that must fail with one of these errors.
func expect(what string, err error, want ...error) error {
	switch {
	case err == nil:
		return broken("%s succeeds", what)
	case slices.ContainsFunc(want, func(w error) bool { return errors.Is(err, w) }):
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// filterAnswers asks for what only the world's own filter refuses in this way:
// another filter may be in force too, so the mode alone says nothing.
func filterAnswers(*outside) error {
	_, _, keyctl := unix.RawSyscall(unix.SYS_KEYCTL, unix.KEYCTL_GET_KEYRING_ID, 0, 0)
	_, _, ring := unix.RawSyscall(unix.SYS_IO_URING_SETUP, 1, 0, 0)
	_, vsock := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM, 0)
	_, _, clone3 := unix.RawSyscall(unix.SYS_CLONE3, 0, 0, 0)
	for what, got := range map[string]struct{ got, want error }{
		"keyctl":         {keyctl, unix.ENOSYS},
		"io_uring_setup": {ring, unix.ENOSYS},
		"vsock":          {vsock, unix.EAFNOSUPPORT},
		"clone3":         {clone3, unix.ENOSYS},
	} {
		if !errors.Is(got.got, got.want) {
			return broken("%s answers %v", what, got.got)
		}
	}
	if mode, err := status("/proc/thread-self/status", "Seccomp"); err != nil || mode != "2" {
		return errors.Join(err, broken("the mode is %q", mode))
	}
	return nil
}

func limits(*outside) error {
	var core syscall.Rlimit
	if err := syscall.Getrlimit(unix.RLIMIT_CORE, &core); err != nil {
		return err
	}
	if core != (syscall.Rlimit{Cur: 1, Max: 1}) {
		return broken("core dumps may have %+v", core)
	}
	return nil
}

func identityIs1000(*outside) error {
	if u, e, g := unix.Getuid(), unix.Geteuid(), unix.Getegid(); u != 1000 || e != 1000 || g != 1000 {
		return broken("uid %d, euid %d, egid %d", u, e, g)
	}
	// A group of the caller that has no number in here is 65534. It gives the
	// rights that the caller has outside, so it is no hole, and cannot be dropped.
	groups, err := unix.Getgroups()
	if err == nil && slices.ContainsFunc(groups, func(g int) bool { return g != 65534 && g != 1000 }) {
		return broken("groups %v", groups)
	}
	return err
}

func onlyLoopback(*outside) error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	if len(interfaces) != 1 || interfaces[0].Name != "lo" {
		return broken("interfaces: %v", interfaces)
	}
	return nil
}

func hostNetworkAbsent(o *outside) error {
	c, err := net.Dial("tcp", o.Address)
	if err == nil {
		return errors.Join(broken("the host's loopback answers"), c.Close())
	}
	if err := expect("connecting to the host", err, unix.ECONNREFUSED, unix.ENETUNREACH); err != nil {
		return err
	}
	_, err = net.Dial("unix", o.Abstract)
	return expect("connecting to an abstract socket", err, unix.ECONNREFUSED)
}
