package probe

import (
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// newRoot makes a directory that can become the root, and enters it.
func newRoot() error {
	dir, err := scratch()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "here"), nil, 0o600); err != nil {
		return failed(err, "writing a file")
	}
	// The mount, not the directory that it covers.
	return failed(os.Chdir(dir), "entering the new root")
}

// arrived sees whether the root is the new one and nothing else.
func arrived() error {
	if err := os.Chdir("/"); err != nil {
		return failed(err, "entering the root")
	}
	entries, err := os.ReadDir("/")
	return see(err, len(entries) == 1 && entries[0].Name() == "here", "listing the root", "it is another one, with %d entries", len(entries))
}

func pivotRoot(string) (string, error) {
	if err := newRoot(); err != nil {
		return "", err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return "", failed(err, "pivot_root")
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return "", failed(err, "detaching the old root")
	}
	return "", arrived()
}

func movedRoot(string) (string, error) {
	if err := newRoot(); err != nil {
		return "", err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return "", failed(err, "moving the mount")
	}
	if err := unix.Chroot("."); err != nil {
		return "", failed(err, "chroot")
	}
	return "", arrived()
}

func hostName(string) (string, error) {
	const name = "cargo-hermetic-probe"
	if err := unix.Sethostname([]byte(name)); err != nil {
		return "", failed(err, "sethostname")
	}
	var u unix.Utsname
	err := unix.Uname(&u)
	found := unix.ByteSliceToString(u.Nodename[:])
	return "", see(err, found == name, "uname", "the name is %q", found)
}

// loopback brings the device up and connects to ourselves.
func loopback(string) (string, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", failed(err, "making a socket")
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return "", failed(err, "naming the device")
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return "", failed(err, "bringing the device up")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", failed(err, "listening")
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return "", failed(err, "connecting")
	}
	return "", failed(conn.Close(), "closing")
}
