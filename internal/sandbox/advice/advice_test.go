package advice

import (
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	debian = Host{Distribution: "debian", MaxUserNS: "15000"}
	ubuntu = Host{Distribution: "ubuntu", Like: []string{"debian"}, AppArmorUserNS: "1"}
	fedora = Host{Distribution: "fedora", LSM: []string{"lockdown", "capability", "yama", "selinux", "bpf"}}
	alpine = Host{Distribution: "alpine"}
	arch   = Host{Distribution: "arch", UserNSClone: "0"}
)

// with changes a copy of a host.
func with(h Host, change func(*Host)) Host {
	change(&h)
	return h
}

func in(c Container) Host {
	return with(debian, func(h *Host) { h.Container, h.Filtered = c, true })
}

// TestFor has every signature of the kernel study's section 5.1, and the
// commands of each distribution.
func TestFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		step   Step
		errno  syscall.Errno
		host   Host
		reason string // a part of it
		help   string // its first line
	}{
		{"docker", UserNamespace, syscall.EPERM, in(Docker), "the container's seccomp profile",
			"start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"},
		{"podman", UserNamespace, syscall.EPERM, in(Podman), "the container's seccomp profile",
			"podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ..."},
		{"kubernetes", UserNamespace, syscall.EPERM, in(Kubernetes), "the container's seccomp profile",
			"in the pod: `hostUsers: false`, and in the container `securityContext: {seccompProfile: {type: Unconfined}, procMount: Unmasked}`"},
		{"lxc", UserNamespace, syscall.EPERM, in(LXC), "the container's seccomp profile", "on the host: lxc config set NAME security.nesting=true"},
		{"a container of another kind", UserNamespace, syscall.EPERM, in(Unknown), "the container's seccomp profile",
			"start the container with a seccomp profile that allows user namespaces and mounts"},
		{"a filter, nobody says of what", UserNamespace, syscall.EPERM, with(debian, func(h *Host) { h.Filtered = true }), "a seccomp filter is in force",
			"start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"},
		{"debian's switch", UserNamespace, syscall.EPERM, with(debian, func(h *Host) { h.UserNSClone = "0" }), "switched off for ordinary users",
			"echo kernel.unprivileged_userns_clone=1 | sudo tee -a /etc/sysctl.d/90-cargo-hermetic.conf && sudo sysctl -p /etc/sysctl.d/90-cargo-hermetic.conf"},
		{"arch's hardened kernel", UserNamespace, syscall.EPERM, arch, "switched off for ordinary users",
			"echo kernel.unprivileged_userns_clone=1 | sudo tee -a /etc/sysctl.d/90-cargo-hermetic.conf && sudo sysctl -p /etc/sysctl.d/90-cargo-hermetic.conf"},
		{"chroot", UserNamespace, syscall.EPERM, with(debian, func(h *Host) { h.Chroot, h.UserNSClone = true, "1" }), "in a chroot",
			"run outside the chroot, or enter it by pivot_root (`systemd-nspawn`, `bwrap`) instead"},
		{"ubuntu, refused at once", UserNamespace, syscall.EPERM, ubuntu, "AppArmor restricts",
			"cargo hermetic doctor --print-apparmor | sudo tee /etc/apparmor.d/cargo-hermetic && sudo apparmor_parser -r /etc/apparmor.d/cargo-hermetic"},
		{"selinux", UserNamespace, syscall.EACCES, fedora, "SELinux", "see what was refused: sudo ausearch -m avc -ts recent"},
		{"nothing to go by", UserNamespace, syscall.EPERM, debian, "a chroot, and so do some security modules", "run outside the chroot, or as root"},
		{"another security module", UserNamespace, syscall.EACCES, debian, "a security module refuses user namespaces", "see what was refused: sudo dmesg | grep -i denied"},
		{"limit set to 0", UserNamespace, syscall.ENOSPC, with(alpine, func(h *Host) { h.MaxUserNS = "0" }), "used up, or set to 0",
			"echo user.max_user_namespaces=15000 | doas tee -a /etc/sysctl.d/90-cargo-hermetic.conf && doas sysctl -p /etc/sysctl.d/90-cargo-hermetic.conf"},
		{"limit used up", Namespace, syscall.ENOSPC, debian, "used up, or set to 0", "look which of the limits is reached: sysctl -a --pattern 'user.max_.*_namespaces'"},
		{"kernel without", Namespace, syscall.EINVAL, debian, "built without", "use a kernel that is built with user, mount, pid, net, ipc, uts and cgroup namespaces"},
		{"hidden call", UserNamespace, syscall.ENOSYS, in(Docker), "hidden", "start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"},
		{"root without rights", Namespace, syscall.EPERM, with(debian, func(h *Host) { h.Root = true }), "CAP_SYS_ADMIN",
			"start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"},
		{"ubuntu, the map", IDMap, syscall.EACCES, ubuntu, "AppArmor restricts",
			"cargo hermetic doctor --print-apparmor | sudo tee /etc/apparmor.d/cargo-hermetic && sudo apparmor_parser -r /etc/apparmor.d/cargo-hermetic"},
		{"ubuntu, the first mount", Mount, syscall.EACCES, ubuntu, "AppArmor restricts",
			"cargo hermetic doctor --print-apparmor | sudo tee /etc/apparmor.d/cargo-hermetic && sudo apparmor_parser -r /etc/apparmor.d/cargo-hermetic"},
		{"ubuntu, the loopback device", Loopback, syscall.EPERM, ubuntu, "AppArmor restricts",
			"cargo hermetic doctor --print-apparmor | sudo tee /etc/apparmor.d/cargo-hermetic && sudo apparmor_parser -r /etc/apparmor.d/cargo-hermetic"},
		{"the map elsewhere", IDMap, syscall.EPERM, debian, "to map users", "see what was refused: sudo dmesg | grep -i denied"},
		{"docker's profile of AppArmor", Mount, syscall.EACCES, in(Docker), "profile for containers", "start the container with `--security-opt apparmor=unconfined`"},
		{"the same in a pod", Mount, syscall.EACCES, in(Kubernetes), "profile for containers", "in the container: `securityContext: {appArmorProfile: {type: Unconfined}}`"},
		{"the same with podman", Mount, syscall.EACCES, in(Podman), "profile for containers", "podman run --security-opt apparmor=unconfined ..."},
		{"a mount refused elsewhere", Mount, syscall.EACCES, debian, "a security module refuses to mount", "see what was refused: sudo dmesg | grep -i denied"},
		{"no right to mount", Mount, syscall.EPERM, debian, "no right to mount", "start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"},
		{"masked /proc", Proc, syscall.EPERM, in(Docker), "/proc is masked", "start the container with `--security-opt systempaths=unconfined`"},
		{"masked /proc in a pod", Proc, syscall.EPERM, in(Kubernetes), "/proc is masked", "in the pod `hostUsers: false`, and in the container `securityContext: {procMount: Unmasked}`"},
		{"masked /proc with podman", Proc, syscall.EPERM, in(Podman), "/proc is masked", "podman run --security-opt unmask=ALL ..."},
		{"docker with SYS_ADMIN", Root, syscall.EPERM, in(Docker), "a moved mount is taken instead", "start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"},
		{"old kernel", Mount, syscall.ENOSYS, debian, "too old", "use Linux 5.12 or newer"},
		{"hidden mounts", Mount, syscall.ENOSYS, in(Docker), "hides it", "start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"},
		{"podman's host name", HostName, syscall.EPERM, in(Podman), "the name of the container then shows", "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ..."},
		{"device refused", Loopback, syscall.EACCES, debian, "network device", "see what was refused: sudo dmesg | grep -i denied"},
		{"supervised already", Listener, syscall.EBUSY, debian, "one per process", "run outside that sandbox"},
		{"gVisor", Supervision, syscall.EPERM, in(Docker), "gVisor", "start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"},
		{"no supervision", Listener, syscall.EINVAL, debian, "no supervision", "use Linux 5.14 or newer, built with CONFIG_SECCOMP_FILTER"},
		{"no Landlock", Landlock, syscall.ENOSYS, debian, "no Landlock", "use Linux 6.2 or newer, built with CONFIG_SECURITY_LANDLOCK"},
		{"Landlock off, debian", Landlock, syscall.EOPNOTSUPP, with(debian, func(h *Host) { h.LSM = []string{"capability", "apparmor"} }), "not switched on",
			"add `lsm=landlock,capability,apparmor` to GRUB_CMDLINE_LINUX in /etc/default/grub, then: sudo update-grub, and start again"},
		{"Landlock off, fedora", Landlock, syscall.EOPNOTSUPP, fedora, "not switched on",
			"sudo grubby --update-kernel=ALL --args=lsm=landlock,lockdown,capability,yama,selinux,bpf, and start again"},
		{"Landlock off, rhel's kin", Landlock, syscall.EOPNOTSUPP, Host{Distribution: "rocky", Like: []string{"rhel", "fedora"}, LSM: []string{"selinux"}}, "not switched on",
			"sudo grubby --update-kernel=ALL --args=lsm=landlock,selinux, and start again"},
		{"Landlock off, alpine", Landlock, syscall.EOPNOTSUPP, alpine, "not switched on",
			"add `lsm=landlock` to default_kernel_opts in /etc/update-extlinux.conf, then: doas update-extlinux, and start again"},
		{"Landlock off, arch", Landlock, syscall.EOPNOTSUPP, arch, "not switched on",
			"add `lsm=landlock` to GRUB_CMDLINE_LINUX in /etc/default/grub, then: sudo grub-mkconfig -o /boot/grub/grub.cfg, and start again"},
		{"Landlock off, in a container", Landlock, syscall.EOPNOTSUPP, in(Docker), "not switched on", "on the machine that runs the container, add `lsm=landlock` to the kernel's command line"},
		{"Landlock off, elsewhere", Landlock, syscall.EOPNOTSUPP, Host{Distribution: "void"}, "not switched on", "add `lsm=landlock` to the kernel's command line, and start again"},
		{"no tracing", Trace, syscall.EPERM, in(Podman), "look into other processes", "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ..."},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := For(c.step, c.errno, c.host)
			first, _, _ := strings.Cut(got.Help, "\n")
			if diff := cmp.Diff(c.help, first); diff != "" || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("reason %q, want %q in it; help (-want +got):\n%s", got.Reason, c.reason, diff)
			}
		})
	}
}

// TestUnknown: of what is not in the table nothing is said.
func TestUnknown(t *testing.T) {
	for _, e := range []syscall.Errno{0, syscall.EIO} {
		if diff := cmp.Diff(Advice{}, For(UserNamespace, e, debian)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestTableReads: sentences are of one form, and a help is never empty where one
// is promised.
func TestTableReads(t *testing.T) {
	for i, r := range table {
		if len(r.errnos) == 0 || r.reason == "" || strings.HasSuffix(r.reason, ".") || strings.Contains(r.reason, "\n") {
			t.Errorf("row %d: %+v", i, r)
		}
		for _, h := range []Host{{}, debian, ubuntu, fedora, alpine, arch, in(Docker), in(Podman), in(Kubernetes), in(LXC), in(Unknown)} {
			if r.help != nil && r.help(h) == "" {
				t.Errorf("row %d has no help for %+v", i, h)
			}
		}
	}
}

// TestRootNeedsNoSudo: a command is one that the caller can paste as it is.
func TestRootNeedsNoSudo(t *testing.T) {
	root := with(ubuntu, func(h *Host) { h.Root = true })
	for _, text := range []string{For(Mount, syscall.EACCES, root).Help, root.AsRoot("apt install gcc")} {
		if strings.Contains(text, "sudo") {
			t.Errorf("%q", text)
		}
	}
	if diff := cmp.Diff("sudo apt install gcc libc6-dev", ubuntu.AsRoot("apt install gcc libc6-dev")); diff != "" {
		t.Error(diff)
	}
}
