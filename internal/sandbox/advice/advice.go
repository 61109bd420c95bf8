// Package advice says what a refusal of the kernel means on this host and which
// command mends it: one table, for the errors of the isolations and for
// `cargo hermetic doctor`.
//
// It decides nothing. What works is found out by doing it; only when the kernel
// has refused is the host looked at, to tell apart causes that share an error
// number (kernel study, section 5.1). A wrong guess here is a useless hint and
// never a weaker world.
package advice

import (
	"slices"
	"strings"
	"syscall"
)

// Step is the part of setting up a world that was refused.
type Step string

// Steps with causes that are known.
const (
	UserNamespace Step = "user-namespace" // clone with CLONE_NEWUSER
	IDMap         Step = "id-map"         // writing uid_map and gid_map
	Namespace     Step = "namespace"      // any other namespace
	Mount         Step = "mount"          // any mount in a new mount namespace
	Proc          Step = "proc"           // a fresh /proc
	Root          Step = "root"           // pivot_root
	Loopback      Step = "loopback"       // the loopback device of a new network namespace
	HostName      Step = "host-name"
	Listener      Step = "listener" // a seccomp filter that asks a supervisor
	Supervision   Step = "supervision"
	Filter        Step = "filter" // a seccomp filter that refuses
	Landlock      Step = "landlock"
	Trace         Step = "trace"
	Other         Step = "other"
)

// Advice is what is known of one refusal.
type Advice struct {
	Reason string // one sentence without a full stop; empty if nothing is known
	Help   string // a command or a setting that can be pasted; empty if there is none
}

// row is one known situation. The first row that fits decides.
type row struct {
	steps  []Step // empty: any
	errnos []syscall.Errno
	when   func(Host) bool // nil: always
	reason string
	help   func(Host) string // nil: none
}

// tryLandlock is what most containers allow as they are.
const tryLandlock = "cargo hermetic build --isolation landlock"

var table = []row{
	{
		steps: []Step{UserNamespace}, errnos: []syscall.Errno{syscall.EPERM}, when: Host.inContainer,
		reason: "the container's seccomp profile refuses user namespaces", help: Host.openContainer,
	}, {
		steps: []Step{UserNamespace}, errnos: []syscall.Errno{syscall.EPERM}, when: func(h Host) bool { return h.Filtered },
		reason: "a seccomp filter is in force, as in a container with Docker's default profile", help: Host.openContainer,
	}, {
		steps: []Step{UserNamespace}, errnos: []syscall.Errno{syscall.EPERM}, when: func(h Host) bool { return h.UserNSClone == "0" },
		reason: "user namespaces are switched off for ordinary users", help: set("kernel.unprivileged_userns_clone=1"),
	}, {
		steps: []Step{UserNamespace}, errnos: []syscall.Errno{syscall.EPERM}, when: func(h Host) bool { return h.Chroot },
		reason: "the kernel refuses user namespaces to a process in a chroot",
		help:   fixed("run outside the chroot, or enter it by pivot_root (`systemd-nspawn`, `bwrap`) instead"),
	}, {
		steps: []Step{UserNamespace}, errnos: []syscall.Errno{syscall.EPERM, syscall.EACCES}, when: Host.appArmor,
		reason: appArmorReason, help: Host.allowByAppArmor,
	}, {
		steps: []Step{UserNamespace}, errnos: []syscall.Errno{syscall.EPERM, syscall.EACCES}, when: func(h Host) bool { return slices.Contains(h.LSM, "selinux") },
		reason: "SELinux, which is in force here, may refuse user namespaces", help: Host.askAudit,
	}, {
		steps: []Step{UserNamespace}, errnos: []syscall.Errno{syscall.EPERM},
		reason: "the kernel refuses user namespaces to a process in a chroot, and so do some security modules",
		help:   fixed("run outside the chroot, or as root"),
	}, {
		steps: []Step{UserNamespace}, errnos: []syscall.Errno{syscall.EACCES},
		reason: "a security module refuses user namespaces", help: Host.askAudit,
	}, {
		steps: []Step{UserNamespace, Namespace}, errnos: []syscall.Errno{syscall.ENOSPC},
		reason: "the limit of namespaces is used up, or set to 0", help: Host.raiseLimits,
	}, {
		steps: []Step{UserNamespace, Namespace}, errnos: []syscall.Errno{syscall.EINVAL},
		reason: "this kernel is built without one of the namespaces",
		help:   fixed("use a kernel that is built with user, mount, pid, net, ipc, uts and cgroup namespaces"),
	}, {
		steps: []Step{UserNamespace, Namespace}, errnos: []syscall.Errno{syscall.ENOSYS},
		reason: "the system call is hidden, as some container runtimes do", help: Host.openContainer,
	}, {
		steps: []Step{Namespace}, errnos: []syscall.Errno{syscall.EPERM}, when: func(h Host) bool { return h.Root },
		reason: "this root has no right to make namespaces, as in a container without CAP_SYS_ADMIN", help: Host.openContainer,
	}, {
		steps:  []Step{IDMap, Mount, Proc, Root, Loopback, HostName, Other},
		errnos: []syscall.Errno{syscall.EACCES, syscall.EPERM}, when: Host.appArmor,
		reason: appArmorReason, help: Host.allowByAppArmor,
	}, {
		steps: []Step{IDMap}, errnos: []syscall.Errno{syscall.EACCES, syscall.EPERM},
		reason: "a security module refuses to map users into a new user namespace", help: Host.askAudit,
	}, {
		steps: []Step{Mount, Proc, Root}, errnos: []syscall.Errno{syscall.EACCES}, when: func(h Host) bool { return h.inContainer() || h.Filtered },
		reason: "AppArmor's profile for containers refuses to mount", help: Host.withoutAppArmor,
	}, {
		steps: []Step{Mount, Proc, Root}, errnos: []syscall.Errno{syscall.EACCES},
		reason: "a security module refuses to mount", help: Host.askAudit,
	}, {
		steps: []Step{Mount}, errnos: []syscall.Errno{syscall.EPERM},
		reason: "there is no right to mount, as in a container without CAP_SYS_ADMIN", help: Host.openContainer,
	}, {
		steps: []Step{Proc}, errnos: []syscall.Errno{syscall.EPERM},
		reason: "/proc is masked, as in most containers, and the kernel then refuses a fresh one; the one that is there is bound instead",
		help:   Host.unmask,
	}, {
		steps: []Step{Root}, errnos: []syscall.Errno{syscall.EPERM},
		reason: "the container's seccomp profile refuses pivot_root; a moved mount is taken instead", help: Host.openContainer,
	}, {
		steps: []Step{Mount, Proc, Root, Loopback, HostName, Trace, Other}, errnos: []syscall.Errno{syscall.ENOSYS},
		reason: "the kernel is too old for this call, or a container's profile hides it",
		help: func(h Host) string {
			if h.inContainer() || h.Filtered {
				return h.openContainer()
			}
			return "use Linux 5.12 or newer"
		},
	}, {
		steps: []Step{HostName}, errnos: []syscall.Errno{syscall.EPERM},
		reason: "the container's seccomp profile refuses it; the name of the container then shows", help: Host.openContainer,
	}, {
		steps: []Step{Loopback}, errnos: []syscall.Errno{syscall.EACCES, syscall.EPERM},
		reason: "a security module refuses to set up a network device", help: Host.askAudit,
	}, {
		steps: []Step{Listener}, errnos: []syscall.Errno{syscall.EBUSY},
		reason: "this process is under a supervisor already (a container runtime, or another sandbox), and the kernel has one per process",
		help:   fixed("run outside that sandbox"),
	}, {
		steps: []Step{Listener, Supervision, Filter}, errnos: []syscall.Errno{syscall.EPERM, syscall.ENOSYS, syscall.EACCES},
		reason: "a container runtime, or a kernel of another kind such as gVisor, refuses seccomp filters or their supervision", help: Host.openContainer,
	}, {
		steps: []Step{Listener, Supervision, Filter}, errnos: []syscall.Errno{syscall.EINVAL},
		reason: "this kernel has no supervision of system calls", help: fixed("use Linux 5.14 or newer, built with CONFIG_SECCOMP_FILTER"),
	}, {
		steps: []Step{Landlock}, errnos: []syscall.Errno{syscall.ENOSYS},
		reason: "the kernel has no Landlock, or a container's profile hides it", help: fixed("use Linux 6.2 or newer, built with CONFIG_SECURITY_LANDLOCK"),
	}, {
		steps: []Step{Landlock}, errnos: []syscall.Errno{syscall.EOPNOTSUPP},
		reason: "Landlock is built in but not switched on", help: Host.switchOnLandlock,
	}, {
		steps: []Step{Trace}, errnos: []syscall.Errno{syscall.EPERM, syscall.EACCES},
		reason: "a container's profile or a security module refuses to look into other processes", help: Host.openContainer,
	},
}

const appArmorReason = "AppArmor restricts user namespaces on this host (Ubuntu 23.10 and later)"

// For returns what is known of a refused step on a host.
func For(step Step, errno syscall.Errno, h Host) Advice {
	for _, r := range table {
		if len(r.steps) > 0 && !slices.Contains(r.steps, step) || !slices.Contains(r.errnos, errno) || r.when != nil && !r.when(h) {
			continue
		}
		a := Advice{Reason: r.reason}
		if r.help != nil {
			a.Help = r.help(h)
		}
		return a
	}
	return Advice{}
}

func fixed(help string) func(Host) string { return func(Host) string { return help } }

// set sets a kernel parameter, now and after the next start.
func set(assignment string) func(Host) string {
	return func(h Host) string {
		file := "/etc/sysctl.d/90-cargo-hermetic.conf"
		return "echo " + assignment + " | " + h.AsRoot("tee -a "+file) + " && " + h.AsRoot("sysctl -p "+file)
	}
}

func (h Host) raiseLimits() string {
	if h.MaxUserNS == "0" || h.MaxUserNS == "" {
		return set("user.max_user_namespaces=15000")(h)
	}
	return strings.Join([]string{
		"look which of the limits is reached: sysctl -a --pattern 'user.max_.*_namespaces'",
		"raise it, for example: " + h.AsRoot("sysctl -w user.max_user_namespaces=100000"),
	}, "\n")
}
