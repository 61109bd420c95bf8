package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// insideMain is the program that looks around in a world. It prints what it has
// seen and returns its exit code.
func insideMain(expected string) int {
	var e Expected
	if err := json.Unmarshal([]byte(expected), &e); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	// First, before this program opens anything itself.
	inherited := inheritedDescriptors()
	s := Seen{Wrong: []string{}}
	for _, look := range []func(*Expected, *Seen) error{
		declaredFile, hiddenFile, readOnlyDir, writableDir, environment, identity, privileges, ownNamespaces, processes, network,
	} {
		if err := look(&e, &s); err != nil {
			s.Wrong = append(s.Wrong, err.Error())
		}
	}
	if len(inherited) > 0 {
		s.Wrong = append(s.Wrong, fmt.Sprintf("descriptors of the caller came in: %v", inherited))
	}
	if err := json.NewEncoder(os.Stdout).Encode(s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return 0
}

// inheritedDescriptors are those beyond 2 that came through the exec: what
// the Go runtime opens by itself is closed at the next.
func inheritedDescriptors() []int {
	var found []int
	for fd := 3; fd < 1024; fd++ {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			found = append(found, fd)
		}
	}
	return found
}

func declaredFile(e *Expected, _ *Seen) error {
	data, err := os.ReadFile(e.File)
	return see(err, string(data) == e.Content, "reading a declared file", "it holds %q", data)
}

func hiddenFile(e *Expected, _ *Seen) error {
	_, err := os.Open(e.Hidden)
	return see(nil, errors.Is(err, unix.ENOENT), "opening a file that is not declared", "it should not be there (%v)", err)
}

func readOnlyDir(e *Expected, _ *Seen) error {
	err := os.WriteFile(filepath.Join(e.ReadOnly, "new"), nil, 0o600)
	return see(nil, errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES), "writing beside a declared file", "it should be refused (%v)", err)
}

func writableDir(e *Expected, _ *Seen) error {
	return failed(os.WriteFile(filepath.Join(e.Writable, "new"), []byte("new"), 0o600), "writing into a writable directory")
}

func environment(e *Expected, _ *Seen) error {
	found, want := os.Environ(), slices.Clone(e.Env)
	slices.Sort(found)
	slices.Sort(want)
	return see(nil, slices.Equal(found, want), "looking at the environment", "it is %q", found)
}

func identity(e *Expected, _ *Seen) error {
	if uid := unix.Getuid(); e.UID >= 0 && uid != e.UID {
		return wrong("looking at the user", "it is %d", uid)
	}
	var u unix.Utsname
	err := unix.Uname(&u)
	name := unix.ByteSliceToString(u.Nodename[:])
	return see(err, e.HostName == "" || name == e.HostName, "looking at the host name", "it is %q", name)
}

// privileges are those that the kernel's status says the program has. Of the
// bounding set an ordinary user outside a user namespace cannot drop anything;
// without the right to gain privileges it bounds nothing.
func privileges(e *Expected, _ *Seen) error {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return failed(err, "looking at the privileges")
	}
	want := map[string]string{"CapInh": "", "CapPrm": "", "CapEff": "", "CapAmb": "", "NoNewPrivs": "1", "Seccomp": "2"}
	if e.Namespaces != nil {
		want["CapBnd"] = ""
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		if expected, ok := want[name]; ok && strings.Trim(strings.TrimSpace(value), "0") == expected {
			delete(want, name)
		}
	}
	return see(nil, len(want) == 0, "looking at the privileges", "not as they should be: %s", strings.Join(slices.Sorted(maps.Keys(want)), " "))
}

func ownNamespaces(e *Expected, s *Seen) error {
	for _, kind := range slices.Sorted(maps.Keys(e.Namespaces)) {
		link, err := os.Readlink("/proc/self/ns/" + kind)
		if err != nil {
			return failed(err, "looking at the namespaces")
		}
		own := link != e.Namespaces[kind]
		if kind == "user" {
			s.UserNamespace = own // rung A' has none
		} else if !own {
			return wrong("looking at the namespaces", "the %s namespace is the host's", kind)
		}
	}
	return nil
}

func processes(e *Expected, s *Seen) error {
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return failed(err, "looking at /proc")
	}
	s.OwnProc = self == strconv.Itoa(os.Getpid())
	if e.Outside == 0 {
		return nil
	}
	const nothing = 0 // only whether it would be allowed (kill(2))
	err = unix.Kill(e.Outside, nothing)
	return see(nil, errors.Is(err, unix.EPERM) || errors.Is(err, unix.ESRCH), "signalling a process outside", "it should be refused (%v)", err)
}

// network sees that nobody else can be reached.
func network(e *Expected, _ *Seen) error {
	if e.NoSockets {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			return errors.Join(wrong("making a socket", "it should be refused"), unix.Close(fd))
		}
		return nil
	}
	devices, err := net.Interfaces()
	if err := see(err, len(devices) == 1 && devices[0].Name == "lo", "looking at the network", "there are %d devices", len(devices)); err != nil {
		return err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return failed(err, "listening on the loopback device")
	}
	defer listener.Close()
	conn, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		return failed(err, "connecting over the loopback device")
	}
	return failed(conn.Close(), "closing a connection")
}
