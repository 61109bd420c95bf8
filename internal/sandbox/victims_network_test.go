//go:build linux

package sandbox_test

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// network are attempts to reach a process of the host, or anything further
// away, by a socket (E20 to E24). The host listens on its loopback device, at a
// path and under an abstract name. Nothing is sent to any other machine, so
// nothing is tried without the sandbox that would be.
var network = family{name: "network", surround: watchListeners, attempts: []attempt{
	{name: "tcp", try: dial("tcp", func(s *scene) string { return s.TCP }), refused: "ECONNREFUSED", except: landlock("EACCES")},
	{name: "tcp6", try: dial("tcp6", func(s *scene) string { return s.TCP6 }), refused: "ECONNREFUSED EADDRNOTAVAIL", except: landlock("EACCES"), outside: "success no-ipv6"},
	{name: "udp", try: sendUDP, refused: "ECONNREFUSED", except: landlock("EACCES")},
	{name: "tcp-with-first-packet", try: fastOpen, refused: "ECONNREFUSED", except: landlock("EACCES")},
	{name: "multipath-tcp", try: connectWith(unix.SOCK_STREAM, unix.IPPROTO_MPTCP), refused: "ECONNREFUSED", except: landlock("EACCES"), outside: "success EPROTONOSUPPORT"},
	// No process of a host listens for these, so opening one is all there is to try.
	{name: "sctp", try: open(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_SCTP), refused: "EPROTONOSUPPORT ESOCKTNOSUPPORT", except: landlock("EACCES"), where: nowhere},
	{name: "icmp", try: ping, refused: "EACCES EPERM", where: inCopy, outside: "success EACCES", quiet: true},
	{name: "raw", try: open(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP), refused: "EPERM", except: landlock("EACCES"), where: inCopy, quiet: true},
	{name: "raw6", try: open(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6), refused: "EPERM EAFNOSUPPORT", except: landlock("EACCES"), where: inCopy, outside: "success EAFNOSUPPORT", quiet: true},
	{name: "packet", try: open(unix.AF_PACKET, unix.SOCK_RAW, 0), refused: "EAFNOSUPPORT", except: landlock("EACCES EAFNOSUPPORT"), where: inCopy, quiet: true},
	{name: "vsock", try: open(unix.AF_VSOCK, unix.SOCK_STREAM, 0), refused: "EAFNOSUPPORT", except: landlock("EACCES EAFNOSUPPORT"), outside: "success EAFNOSUPPORT", quiet: true},
	{name: "alg", try: open(unix.AF_ALG, unix.SOCK_SEQPACKET, 0), refused: "EAFNOSUPPORT", except: landlock("EACCES EAFNOSUPPORT"), outside: "success EAFNOSUPPORT", quiet: true},
	{name: "bluetooth", try: open(unix.AF_BLUETOOTH, unix.SOCK_RAW, 1), refused: "EAFNOSUPPORT", except: landlock("EACCES EAFNOSUPPORT"), where: inCopy, outside: "success EAFNOSUPPORT EPERM", quiet: true},
	{name: "xdp", try: open(unix.AF_XDP, unix.SOCK_RAW, 0), refused: "EAFNOSUPPORT", except: landlock("EACCES EAFNOSUPPORT"), where: inCopy, outside: "success EAFNOSUPPORT", quiet: true},
	{name: "key", try: open(unix.AF_KEY, unix.SOCK_RAW, 2), refused: "EAFNOSUPPORT", except: landlock("EACCES EAFNOSUPPORT"), where: inCopy, outside: "success EAFNOSUPPORT", quiet: true},
	// The kernel looks at 32 bits of the family (CVE-2019-10063).
	{name: "packet-in-low-half", try: func(*scene) error {
		return call(unix.SYS_SOCKET, 1<<32|unix.AF_PACKET, unix.SOCK_RAW, 0)
	}, refused: "EAFNOSUPPORT", except: landlock("EACCES EAFNOSUPPORT"), where: inCopy, quiet: true},
	{name: "unix", try: connectUnix(func(s *scene) string { return s.Unix }), refused: "ENOENT", except: landlock("EACCES")},
	{name: "unix-by-planted-link", try: func(s *scene) error {
		if err := unix.Symlink(s.Unix, s.Out+"/socket"); err != nil {
			return err
		}
		return connectUnix(func(s *scene) string { return s.Out + "/socket" })(s)
	}, refused: "ENOENT", except: landlock("EACCES")},
	{name: "unix-abstract", try: connectUnix(func(s *scene) string { return s.Abstract }), refused: "ECONNREFUSED", except: landlock("EACCES")},
	{name: "unix-abstract-datagram", try: func(s *scene) error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		return unix.Sendto(fd, []byte("x"), 0, &unix.SockaddrUnix{Name: s.Abstract + "-datagram"})
	}, refused: "ECONNREFUSED", except: landlock("EACCES")},
	{name: "further-away", try: func(*scene) error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		// TEST-NET-1 (RFC 5737): nobody is there.
		return unix.Connect(fd, &unix.SockaddrInet4{Port: 80, Addr: [4]byte{192, 0, 2, 1}})
	}, refused: "ENETUNREACH", except: landlock("EACCES"), where: nowhere},
	{name: "take-device-down", try: func(*scene) error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		req, err := unix.NewIfreq("lo")
		if err != nil {
			return err
		}
		return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
	}, refused: "EPERM", except: landlock("EACCES"), where: inCopy, quiet: true},
	{name: "add-address", try: addAddress, refused: "EPERM", except: landlock("EACCES"), where: inCopy, quiet: true},
	{name: "io-uring", try: func(*scene) error {
		var params [120]byte // struct io_uring_params
		fd, err := callFor(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params)))
		if err != nil {
			return err
		}
		return unix.Close(int(fd))
	}, refused: "ENOSYS", outside: "success EPERM", quiet: true}, // EPERM: kernel.io_uring_disabled
}}

// watchListeners listens wherever a victim might look for somebody.
func watchListeners(t *testing.T, s *scene) func() []string {
	t.Helper()
	var mu sync.Mutex
	var heard []string
	note := func(where string) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, "somebody reached "+where)
	}
	// Connections are counted by the kernel, in the listener's queue, so that
	// nothing can be on its way when they are.
	var queues []func()
	listen := func(networkName, address string) string {
		l, err := net.Listen(networkName, address)
		if err != nil {
			if networkName == "tcp6" {
				return "" // a host without IPv6
			}
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		queues = append(queues, func() {
			if waiting(t, l.(rawConn)) {
				note(networkName + " " + address)
			}
		})
		return l.Addr().String()
	}
	s.TCP, s.TCP6 = listen("tcp", "127.0.0.1:0"), listen("tcp6", "[::1]:0")
	// A path of a socket may have 108 bytes, and a test's directory has more.
	s.Unix = listen("unix", filepath.Join(shortDir(t), "s"))
	s.Abstract = listen("unix", fmt.Sprintf("@hermetic-victims-%s", filepath.Base(filepath.Dir(s.Unix))))
	packets := func(networkName, address string) string {
		c, err := net.ListenPacket(networkName, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		queues = append(queues, func() {
			if waiting(t, c.(rawConn)) {
				note(networkName + " " + address)
			}
		})
		return c.LocalAddr().String()
	}
	s.UDP = packets("udp", "127.0.0.1:0")
	packets("unixgram", s.Abstract+"-datagram")
	return func() []string {
		for _, q := range queues {
			q()
		}
		mu.Lock()
		defer mu.Unlock()
		return heard
	}
}

func open(family, kind, protocol int) func(*scene) error {
	return func(*scene) error {
		fd, err := unix.Socket(family, kind, protocol)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	}
}

func dial(network string, address func(*scene) string) func(*scene) error {
	return func(s *scene) error {
		if address(s) == "" {
			return word("no-ipv6")
		}
		c, err := net.Dial(network, address(s))
		if err != nil {
			return err
		}
		return c.Close()
	}
}

// connectWith connects to the host's TCP listener by another protocol.
func connectWith(kind, protocol int) func(*scene) error {
	return func(s *scene) error {
		fd, err := unix.Socket(unix.AF_INET, kind, protocol)
		if err != nil {
			return err
		}
		return errors.Join(unix.Connect(fd, inet4(s.TCP)), unix.Close(fd))
	}
}

func inet4(address string) *unix.SockaddrInet4 {
	a, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		panic(err) // it comes from a listener
	}
	return &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(a.IP.To4())}
}

func connectUnix(path func(*scene) string) func(*scene) error {
	return func(s *scene) error {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		return errors.Join(unix.Connect(fd, &unix.SockaddrUnix{Name: path(s)}), unix.Close(fd))
	}
}

// fastOpen sends with the first packet of a connection.
func fastOpen(s *scene) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	return errors.Join(unix.Sendto(fd, []byte("x"), unix.MSG_FASTOPEN, inet4(s.TCP)), unix.Close(fd))
}

// sendUDP sends twice: nobody there is only known after the first.
func sendUDP(s *scene) error {
	c, err := net.Dial("udp", s.UDP)
	if err != nil {
		return err
	}
	defer c.Close()
	for range 2 {
		if _, err = c.Write([]byte("x")); err != nil {
			return err
		}
	}
	return nil
}
