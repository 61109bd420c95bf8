//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

const victimArg = "victim"

// attempts are what a hostile process tries. Each returns nil if it got away
// with it.
var attempts = map[string]func() error{
	"socket-packet":  socket(unix.AF_PACKET, unix.SOCK_RAW),
	"socket-vsock":   socket(unix.AF_VSOCK, unix.SOCK_STREAM),
	"socket-alg":     socket(unix.AF_ALG, unix.SOCK_SEQPACKET),
	"socket-raw":     socket(unix.AF_INET, unix.SOCK_RAW),
	"userns-unshare": func() error { return unix.Unshare(unix.CLONE_NEWUSER) },
	"userns-clone3":  raw(unix.SYS_CLONE3, 0, 0),
	"mountns":        func() error { return unix.Unshare(unix.CLONE_NEWNS) },
	"mount":          func() error { return unix.Mount("none", "/home", "tmpfs", 0, "") },
	"umount":         func() error { return unix.Unmount("/usr", unix.MNT_DETACH) },
	"remount":        func() error { return unix.Mount("", "/usr", "", unix.MS_REMOUNT|unix.MS_BIND, "") },
	"io_uring":       raw(unix.SYS_IO_URING_SETUP, 1, 0),
	"keyctl":         raw(unix.SYS_KEYCTL, 0, 0),
	"bpf":            raw(unix.SYS_BPF, 0, 0),
	"perf":           raw(unix.SYS_PERF_EVENT_OPEN, 0, 0),
	"handles":        raw(unix.SYS_OPEN_BY_HANDLE_AT, 0, 0),
	"set-uid": func() error {
		if err := os.WriteFile("/out/suid", nil, 0o755); err != nil {
			panic(err)
		}
		return unix.Chmod("/out/suid", 0o4755)
	},
	"device-node": func() error { return unix.Mknod("/out/null", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))) },
	"chroot":      func() error { return unix.Chroot("/usr") },
	"hostname":    func() error { return unix.Sethostname([]byte("x")) },
	"kill-init": func() error {
		if err := unix.Kill(1, unix.SIGKILL); err != nil {
			return err
		}
		return fmt.Errorf("sent, and we still run")
	},
	"trace-init":   func() error { return unix.PtraceAttach(1) },
	"init-exe":     open("/proc/1/exe"),
	"init-root":    open("/proc/1/root/"),
	"init-fd":      open("/proc/1/fd/3"),
	"init-environ": open("/proc/1/environ"),
	"sysrq":        open("/proc/sysrq-trigger"),
	"sys":          open("/sys"),
	"home":         open("/root"),
	"dev-tty":      open("/dev/tty"),
	"type-into-terminal": func() error {
		// With rubbish in the high half, which the kernel ignores.
		c := byte('x')
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, 0, unix.TIOCSTI|1<<32, uintptr(c))
		if errno != unix.EPERM {
			return nil // anything else means that the filter let it through
		}
		return errno
	},
	"x32": func() error {
		if runtime.GOARCH != "amd64" {
			return unix.ENOSYS
		}
		_, _, errno := unix.RawSyscall(0x40000000|unix.SYS_GETPID, 0, 0, 0)
		if errno == 0 {
			return nil
		}
		return errno
	},
	"network": func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		// TEST-NET-1 (RFC 5737): nobody is there, and no packet leaves.
		return unix.Connect(fd, &unix.SockaddrInet4{Port: 80, Addr: [4]byte{192, 0, 2, 1}})
	},
}

func socket(family, kind int) func() error {
	return func() error { _, err := unix.Socket(family, kind, 0); return err }
}

func open(path string) func() error {
	return func() error { _, err := os.Open(path); return err }
}

func raw(nr uintptr, a, b uintptr) func() error {
	return func() error {
		_, _, errno := unix.RawSyscall(nr, a, b, 0)
		if errno == unix.EFAULT || errno == unix.EINVAL || errno == 0 {
			return nil // the kernel looked at the arguments: the call got through
		}
		return errno
	}
}

// victimMain tries one thing and says how it went.
func victimMain(args []string) int {
	if err := attempts[args[0]](); err != nil {
		fmt.Printf("refused: %v\n", err)
		return 0
	}
	fmt.Println("got away with it")
	return 1
}

// TestVictims runs every attempt in a view of its own. For those that the
// filter refuses, the same attempt outside shows that it is the filter.
func TestVictims(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name := range attempts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hostView("/victim", victimArg, name)
			s.Mounts = append(s.Mounts,
				sandbox.Mount{Kind: spec.Bind, Source: exe, Target: "/victim"},
				sandbox.Mount{Kind: spec.Bind, Source: t.TempDir(), Target: "/out", Writable: true})
			out, result := run(t, s)
			if result.ExitCode != 0 || !strings.HasPrefix(out, "refused: ") {
				t.Errorf("%+v: %s", result, out)
			}
		})
	}
}

// TestLoopback: the world's own loopback works.
func TestLoopback(t *testing.T) {
	out, _ := run(t, shell(`cat /proc/self/net/dev 2>/dev/null | grep -c : || true; ls /sys 2>&1 | head -1`))
	if !strings.HasPrefix(out, "1\n") {
		t.Errorf("got %q, want one device", out)
	}
}
