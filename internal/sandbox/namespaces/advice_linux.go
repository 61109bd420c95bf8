package namespaces

import (
	"errors"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// refused turns a refused clone into an error that says which of the known
// causes it is (kernel study, section 5.1) and what to do.
func refused(e *stage.StartError) error {
	d := diag.New(diag.ExitIsolation, "isolation `namespaces` is not available on this host").Because(e.Err)
	switch {
	case errors.Is(e.Err, unix.ENOSPC):
		return d.Note("the limit of namespaces is used up, or set to 0").
			WithHelp("sudo sysctl -w user.max_user_namespaces=15000")
	case errors.Is(e.Err, unix.EINVAL):
		return d.WithHelp("use a kernel that is built with user, mount, pid, net, ipc, uts and cgroup namespaces")
	case errors.Is(e.Err, unix.EACCES):
		return appArmor(d)
	case errors.Is(e.Err, unix.EPERM) && filtered():
		return d.Note("a seccomp filter is in force, as in a container with Docker's default profile").
			WithHelp("start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`")
	case errors.Is(e.Err, unix.EPERM) && sysctlIs("kernel/unprivileged_userns_clone", "0"):
		return d.WithHelp("sudo sysctl -w kernel.unprivileged_userns_clone=1")
	case errors.Is(e.Err, unix.EPERM) && sysctlIs("kernel/apparmor_restrict_unprivileged_userns", "1"):
		return appArmor(d)
	case errors.Is(e.Err, unix.EPERM):
		return d.Note("the kernel refuses user namespaces to a process in a chroot, and so do some security modules").
			WithHelp("run outside the chroot, or as root")
	}
	return d.WithHelp("run `unshare --user --map-root-user true` to see whether user namespaces work at all")
}

// diagnose turns a failed step of the second stage into an error.
func diagnose(f *stage.Failure, asRoot bool) error {
	cause := error(errors.New(f.Text))
	errno := syscall.Errno(f.Errno)
	if strings.HasPrefix(f.Step, "starting ") || strings.HasPrefix(f.Step, "finding ") {
		return diag.New(diag.ExitFailed, "%s in the world failed", f.Step).Because(cause)
	}
	d := diag.New(diag.ExitIsolation, "could not set up the world: %s", f.Step).Because(cause)
	switch {
	case errno == unix.ENOSYS:
		return d.WithHelp("use Linux 5.12 or newer, and a container profile that allows the mount system calls")
	case (errno == unix.EACCES || errno == unix.EPERM) && sysctlIs("kernel/apparmor_restrict_unprivileged_userns", "1"):
		return appArmor(d)
	case errno == unix.EACCES && strings.HasPrefix(f.Step, "preparing "):
		return d.Note("inside the world you have the rights of the user who calls, and no more").
			WithHelp("make the directory readable for that user, or build as its owner")
	case errno == unix.EACCES:
		return d.WithHelp("in Docker, add `--security-opt apparmor=unconfined`")
	case errno == unix.EPERM && asRoot:
		return d.Note("this root has no right to mount, as in a container without CAP_SYS_ADMIN").
			WithHelp("start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`")
	}
	return d
}

func appArmor(d *diag.Diagnostic) error {
	return d.Note("AppArmor restricts user namespaces on this host (Ubuntu 23.10 and later)").
		WithHelp("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
}

// filtered reports whether a seccomp filter is in force on us.
func filtered() bool {
	data, err := os.ReadFile("/proc/self/status")
	return err == nil && strings.Contains(string(data), "\nSeccomp:\t2")
}

// sysctlIs is used for advice only, never to decide what to do.
func sysctlIs(name, value string) bool {
	data, err := os.ReadFile("/proc/sys/" + name)
	return err == nil && strings.TrimSpace(string(data)) == value
}
