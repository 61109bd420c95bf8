//go:build linux

package hermetic_test

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

func init() { programs["container"] = container }

// container: `container CMD...`: what a container with Docker's default profile
// does to a command: no namespaces and no mounts (moby/profiles
// seccomp/default.json), and of root's capabilities the default ones.
func container(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: container CMD...")
	}
	program, err := exec.LookPath(args[0])
	if err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		const kept = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap"
		setpriv, err := exec.LookPath("setpriv")
		if err != nil {
			return err
		}
		args = append([]string{setpriv, "--bounding-set=" + kept, "--inh-caps=" + kept, "--", program}, args[1:]...)
		program = setpriv
	}
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP
	rules := []seccomp.Rule{
		{Call: seccomp.Call{Name: "clone", Number: unix.SYS_CLONE}, Errno: seccomp.EPERM, When: []seccomp.Condition{{Arg: 0, Op: seccomp.HasBits, Value: namespaces}}},
		{Call: seccomp.Call{Name: "clone3", Number: unix.SYS_CLONE3}, Errno: seccomp.ENOSYS},
	}
	for _, number := range []uint32{unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_OPEN_TREE,
		unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR, unix.SYS_SETHOSTNAME} {
		rules = append(rules, seccomp.Rule{Call: seccomp.Call{Name: "refused", Number: number}, Errno: seccomp.EPERM})
	}
	prog, err := seccomp.Program(rules)
	if err != nil {
		return err
	}
	if err := seccomp.Install(prog); err != nil {
		return err
	}
	return syscall.Exec(program, args, os.Environ())
}
