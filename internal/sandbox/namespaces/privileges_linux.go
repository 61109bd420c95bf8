package namespaces

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// renounce gives up every privilege of the calling thread for good: bounding
// set, ambient and other capabilities, set-id bits at exec, and on rung A' the
// uid. What the thread forks has none of them either. The other threads lose
// theirs on the way.
func renounce(p *plan) error {
	for c := uintptr(0); ; c++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) && c > unix.CAP_LAST_CAP {
			// Past the last capability of this kernel. Those that we know are
			// older than the mount calls that have been made before (Linux 5.9,
			// 5.12), so one of them cannot be missing.
			break
		}
		if err != nil {
			return failed(err, "dropping capability %d", c)
		}
	}
	if p.WithoutUserNS && p.Spec.UID != 0 {
		// Or the change of uid would leave this thread without what dropOwn
		// lets all keep until the next line but one.
		if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
			return failed(err, "keeping capabilities")
		}
		if err := becomeUser(p.Spec.UID, p.Spec.GID); err != nil {
			return err
		}
	}
	if !cgoBuild {
		if err := dropOwn(p); err != nil {
			return failed(err, "dropping capabilities of pid 1")
		}
	}
	if err := stage.DropPrivileges(); err != nil {
		return err
	}
	if uid := unix.Getuid(); uid != p.Spec.UID {
		// Read on this thread; package os would do the same call.
		return failed(fmt.Errorf("is %d", uid), "becoming uid %d", p.Spec.UID)
	}
	return nil
}

// dropOwn gives up the capabilities of every thread of this process. On rung A'
// the command is another user's process, and CAP_KILL is what lets ctrl-C and
// ctrl-Z reach it. From inside a pid namespace kill(2) can name nobody else.
func dropOwn(p *plan) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var kept [2]unix.CapUserData
	if p.WithoutUserNS {
		kept[0] = unix.CapUserData{Effective: 1 << unix.CAP_KILL, Permitted: 1 << unix.CAP_KILL}
	}
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&kept[0])), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// becomeUser changes the credentials of this thread alone: the raw system
// calls, because package syscall's change every thread of the process.
func becomeUser(uid, gid int) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); errno != 0 {
		return failed(errno, "dropping supplementary groups")
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, uintptr(gid), uintptr(gid), uintptr(gid)); errno != 0 {
		return failed(errno, "becoming gid %d", gid)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
		return failed(errno, "becoming uid %d", uid)
	}
	return nil
}

// loopbackUp brings the loopback device of a fresh network namespace up.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}
