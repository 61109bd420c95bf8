package probe_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/probe"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// refuse makes a call fail, always or where an argument has a value or a bit.
func refuse(number uintptr, errno syscall.Errno, when ...seccomp.Condition) []seccomp.Rule {
	return []seccomp.Rule{{Call: seccomp.Call{Name: "injected", Number: uint32(number)}, Errno: seccomp.Errno(errno), When: when}}
}

func bits(arg int, any uint32) seccomp.Condition {
	return seccomp.Condition{Arg: arg, Op: seccomp.HasBits, Value: any}
}

func is(arg int, value uint32) seccomp.Condition {
	return seccomp.Condition{Arg: arg, Op: seccomp.Equal, Value: value}
}

// has skips a test of what this host cannot do in the first place.
func has(t *testing.T, here map[string]probe.Result, name string) {
	t.Helper()
	if r := here[name]; r.State != probe.OK {
		t.Skipf("this host has no `%s`: %s", name, r.Error+r.Reason)
	}
}

// outcome is what a refusal must lead to.
type outcome struct {
	State             probe.State
	Step, Errno, Help string // Help: its first line
	Missing           string
}

func outcomeOf(r probe.Result) outcome {
	help, _, _ := strings.Cut(r.Help, "\n")
	return outcome{r.State, r.Step, r.ErrnoName, help, r.Missing}
}

const (
	open      = "start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"
	byProfile = "cargo hermetic doctor --print-apparmor | sudo tee /etc/apparmor.d/cargo-hermetic && sudo apparmor_parser -r /etc/apparmor.d/cargo-hermetic"
)

// TestRefusals makes each situation of the kernel study's section 5.1, by a
// filter that answers with its error number, and looks at step, number and
// advice.
func TestRefusals(t *testing.T) {
	ubuntu := advice.Host{Distribution: "ubuntu", AppArmorUserNS: "1"}
	docker := advice.Host{Distribution: "debian", Container: advice.Docker, Filtered: true}
	fails := func(step, errno, help string) outcome {
		return outcome{State: probe.Failed, Step: step, Errno: errno, Help: help}
	}
	works := outcome{State: probe.OK}
	noUserNS := func(errno syscall.Errno) []seccomp.Rule {
		return refuse(unix.SYS_CLONE, errno, bits(0, unix.CLONE_NEWUSER))
	}
	here := under(t, trouble{})
	const starting, persist = "starting a process in it", "/etc/sysctl.d/90-cargo-hermetic.conf"
	for _, c := range []struct {
		name  string
		rules []seccomp.Rule
		host  advice.Host
		want  map[string]outcome
	}{
		{"docker's default profile", noUserNS(syscall.EPERM), docker, map[string]outcome{
			"user-namespace": fails(starting, "EPERM", open),
			"id-map":         {State: probe.Skipped, Missing: "user-namespace"},
			"seccomp":        works, "landlock-files": works, "seccomp-supervisor": works,
		}},
		{"debian's switch", noUserNS(syscall.EPERM), advice.Host{Distribution: "debian", UserNSClone: "0"}, map[string]outcome{
			"user-namespace": fails(starting, "EPERM", "echo kernel.unprivileged_userns_clone=1 | sudo tee -a "+persist+" && sudo sysctl -p "+persist),
		}},
		{"a limit of 0", noUserNS(syscall.ENOSPC), advice.Host{Distribution: "fedora", MaxUserNS: "0"}, map[string]outcome{
			"user-namespace": fails(starting, "ENOSPC", "echo user.max_user_namespaces=15000 | sudo tee -a "+persist+" && sudo sysctl -p "+persist),
		}},
		{"a kernel without one namespace", refuse(unix.SYS_CLONE, syscall.EINVAL, bits(0, unix.CLONE_NEWUTS)), advice.Host{}, map[string]outcome{
			"uts-namespace": fails(starting, "EINVAL", "use a kernel that is built with user, mount, pid, net, ipc, uts and cgroup namespaces"),
			"host-name":     {State: probe.Skipped, Missing: "uts-namespace"},
			"ipc-namespace": works,
		}},
		{"ubuntu, writing the map", refuse(unix.SYS_OPENAT, syscall.EACCES, is(2, unix.O_RDWR|unix.O_CLOEXEC)), ubuntu, map[string]outcome{
			"id-map": fails("opening setgroups", "EACCES", byProfile),
		}},
		{"ubuntu, the first mount", append(refuse(unix.SYS_MOUNT, syscall.EACCES), refuse(unix.SYS_FSOPEN, syscall.EACCES)...), ubuntu, map[string]outcome{
			"mnt-namespace": works,
			"tmpfs":         fails("making mounts private", "EACCES", byProfile),
			"pivot-root":    {State: probe.Skipped, Missing: "tmpfs"},
			"fresh-proc":    fails("fsopen of proc", "EACCES", byProfile),
		}},
		{"ubuntu, the loopback device", refuse(unix.SYS_IOCTL, syscall.EPERM, is(1, unix.SIOCSIFFLAGS)), ubuntu, map[string]outcome{
			"net-namespace": works, "loopback": fails("bringing the device up", "EPERM", byProfile),
		}},
		{"AppArmor in docker", refuse(unix.SYS_MOVE_MOUNT, syscall.EACCES), docker, map[string]outcome{
			"tmpfs": fails("attaching a mount to /etc", "EACCES", "start the container with `--security-opt apparmor=unconfined`"),
		}},
		{"docker with SYS_ADMIN", refuse(unix.SYS_PIVOT_ROOT, syscall.EPERM), docker, map[string]outcome{
			"pivot-root": fails("pivot_root", "EPERM", open), "moved-root": works,
		}},
		{"podman's host name", refuse(unix.SYS_SETHOSTNAME, syscall.EPERM), advice.Host{Container: advice.Podman}, map[string]outcome{
			"host-name": fails("sethostname", "EPERM", "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ..."),
		}},
		{"an old kernel", refuse(unix.SYS_MOUNT_SETATTR, syscall.ENOSYS), advice.Host{Distribution: "debian"}, map[string]outcome{
			"tmpfs": works, "read-only-tree": fails("mount_setattr", "ENOSYS", "use Linux 5.12 or newer"),
		}},
		{"gVisor, receiving", refuse(unix.SYS_IOCTL, syscall.EPERM, is(1, unix.SECCOMP_IOCTL_NOTIF_RECV)), docker, map[string]outcome{
			"seccomp": works, "seccomp-supervisor": fails("answering a call", "EPERM", open),
		}},
		{"no look into the memory of others", refuse(unix.SYS_PROCESS_VM_READV, syscall.EPERM), docker, map[string]outcome{
			"seccomp-supervisor": fails("process_vm_readv", "EPERM", open),
		}},
		{"no listener", refuse(unix.SYS_SECCOMP, syscall.EINVAL, bits(1, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)), advice.Host{}, map[string]outcome{
			"seccomp":            works,
			"seccomp-supervisor": fails("installing the listener", "EINVAL", "use Linux 5.14 or newer, built with CONFIG_SECCOMP_FILTER"),
		}},
		{"a supervisor already, by its number", refuse(unix.SYS_SECCOMP, syscall.EBUSY, bits(1, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)), advice.Host{}, map[string]outcome{
			"seccomp-supervisor": fails("installing the listener", "EBUSY", "run outside that sandbox"),
		}},
		{"no Landlock", refuse(unix.SYS_LANDLOCK_CREATE_RULESET, syscall.ENOSYS), advice.Host{}, map[string]outcome{
			"landlock":       fails("asking for its version", "ENOSYS", "use Linux 6.2 or newer, built with CONFIG_SECURITY_LANDLOCK"),
			"landlock-files": {State: probe.Skipped, Missing: "landlock"},
		}},
		{"Landlock is off", refuse(unix.SYS_LANDLOCK_CREATE_RULESET, syscall.EOPNOTSUPP), advice.Host{Distribution: "fedora", LSM: []string{"selinux"}}, map[string]outcome{
			"landlock": fails("asking for its version", "EOPNOTSUPP", "sudo grubby --update-kernel=ALL --args=lsm=landlock,selinux, and start again"),
		}},
		{"podman's processes", refuse(unix.SYS_PIDFD_GETFD, syscall.EPERM), advice.Host{Container: advice.Podman}, map[string]outcome{
			"pidfd": fails("pidfd_getfd", "EPERM", "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ..."),
		}},
		{"podman's tracing", refuse(unix.SYS_PTRACE, syscall.EPERM), advice.Host{Container: advice.Podman}, map[string]outcome{
			"ptrace": fails("starting a process", "EPERM", "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ..."),
		}},
		{"fixed personality", refuse(unix.SYS_PERSONALITY, syscall.EPERM, is(0, 0x0040000)), advice.Host{}, map[string]outcome{
			"fixed-addresses": fails("setting the personality", "EPERM", ""),
		}},
		{"old descriptors", append(refuse(unix.SYS_CLOSE_RANGE, syscall.ENOSYS), refuse(unix.SYS_OPENAT2, syscall.ENOSYS)...), advice.Host{}, map[string]outcome{
			"close-range": fails("close_range", "ENOSYS", "use Linux 5.12 or newer"), "openat2": fails("openat2", "ENOSYS", "use Linux 5.12 or newer"),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name := range c.want {
				has(t, here, name)
			}
			results := under(t, trouble{Rules: c.rules, Host: c.host})
			for name, want := range c.want {
				if diff := cmp.Diff(want, outcomeOf(results[name])); diff != "" {
					t.Errorf("%s (-want +got):\n%s%+v", name, diff, results[name])
				}
			}
		})
	}
}

// TestLies: a call that claims success and does nothing is found out.
func TestLies(t *testing.T) {
	here := under(t, trouble{})
	for name, c := range map[string]struct {
		rules []seccomp.Rule
		step  string
	}{
		"host-name":        {refuse(unix.SYS_SETHOSTNAME, 0), "uname"},
		"close-range":      {refuse(unix.SYS_CLOSE_RANGE, 0), "reading the marks"},
		"landlock-files":   {refuse(unix.SYS_LANDLOCK_RESTRICT_SELF, 0), "opening what is not allowed"},
		"landlock-tcp":     {refuse(unix.SYS_LANDLOCK_RESTRICT_SELF, 0), "connecting"},
		"landlock-signals": {refuse(unix.SYS_LANDLOCK_RESTRICT_SELF, 0), "signalling the parent"},
		"landlock-sockets": {refuse(unix.SYS_LANDLOCK_RESTRICT_SELF, 0), "connecting"},
		"read-only-tree":   {refuse(unix.SYS_MOUNT_SETATTR, 0), "looking at the tree"},
		"seccomp":          {refuse(unix.SYS_SECCOMP, 0), "making the refused call"},
		"pivot-root":       {append(refuse(unix.SYS_PIVOT_ROOT, 0), refuse(unix.SYS_UMOUNT2, 0)...), "listing the root"},
	} {
		t.Run(name, func(t *testing.T) {
			has(t, here, name)
			results := under(t, trouble{Rules: c.rules})
			want := outcome{State: probe.Failed, Step: c.step}
			if diff := cmp.Diff(want, outcomeOf(results[name])); diff != "" {
				t.Errorf("(-want +got):\n%s%+v", diff, results[name])
			}
		})
	}
}

// TestNotRequiredOfRoot: root is served without a user namespace.
func TestNotRequiredOfRoot(t *testing.T) {
	r := under(t, trouble{})["user-namespace"]
	want := []string{"namespaces"}
	if os.Geteuid() == 0 {
		want = []string{}
	}
	if diff := cmp.Diff(want, r.RequiredBy); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
