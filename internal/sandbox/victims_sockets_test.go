//go:build linux

package sandbox_test

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// rawConn is what every listener and connection of package net has.
type rawConn interface {
	SyscallConn() (syscall.RawConn, error)
}

// waiting reports whether something waits to be accepted or received.
func waiting(t *testing.T, c rawConn) bool {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	controlErr := raw.Control(func(fd uintptr) {
		// A signal to this process ends a poll even when it does not wait.
		for err = unix.EINTR; errors.Is(err, unix.EINTR); {
			found, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		}
	})
	if err := errors.Join(controlErr, err); err != nil {
		t.Fatal(err)
	}
	return found > 0
}

// shortDir is a directory with a name that fits into a socket's address.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// ping sends one echo request to the loopback device.
func ping(*scene) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// addAddress asks the kernel by netlink for another address of the loopback
// device.
func addAddress(*scene) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// struct nlmsghdr, struct ifaddrmsg (AF_INET, /32, device 1), and IFA_LOCAL
	// 127.1.1.1, as rtnetlink(7) has them.
	message := []byte{
		32, 0, 0, 0, unix.RTM_NEWADDR, 0, 5, 4, 1, 0, 0, 0, 0, 0, 0, 0, // NLM_F_REQUEST|NLM_F_ACK, NLM_F_CREATE
		unix.AF_INET, 32, 0, 0, 1, 0, 0, 0,
		8, 0, unix.IFA_LOCAL, 0, 127, 1, 1, 1,
	}
	if err := unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil {
		return err
	}
	if n < 20 || answer[4] != unix.NLMSG_ERROR {
		return word("unexpected-answer")
	}
	if errno := -int32(uint32(answer[16]) | uint32(answer[17])<<8 | uint32(answer[18])<<16 | uint32(answer[19])<<24); errno != 0 {
		return syscall.Errno(errno)
	}
	return nil
}
