package advice

import (
	"slices"
	"strings"
)

// AsRoot is how this distribution's users run a command as root.
func (h Host) AsRoot(command string) string {
	switch {
	case h.Root:
		return command
	case h.Distribution == "alpine":
		return "doas " + command
	}
	return "sudo " + command
}

func (h Host) is(name string) bool {
	return h.Distribution == name || slices.Contains(h.Like, name)
}

func (h Host) inContainer() bool { return h.Container != "" }

// appArmor reports whether AppArmor lets only some programs use user
// namespaces.
func (h Host) appArmor() bool { return h.AppArmorUserNS == "1" }

// allowByAppArmor installs the profile that doctor prints.
func (h Host) allowByAppArmor() string {
	const file = "/etc/apparmor.d/cargo-hermetic"
	return "cargo hermetic doctor --print-apparmor | " + h.AsRoot("tee "+file) + " && " + h.AsRoot("apparmor_parser -r "+file) +
		"\nor for every program: " + h.AsRoot("sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
}

// openContainer starts the container with the rights that a world needs.
func (h Host) openContainer() string {
	switch h.Container {
	case Kubernetes:
		return "in the pod: `hostUsers: false`, and in the container `securityContext: {seccompProfile: {type: Unconfined}, procMount: Unmasked}`\nor: " + tryLandlock
	case Podman:
		return "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ...\nor: " + tryLandlock
	case Docker, "":
		return "start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`\nor: " + tryLandlock
	case LXC:
		return "on the host: lxc config set NAME security.nesting=true\nor: " + tryLandlock
	}
	return "start the container with a seccomp profile that allows user namespaces and mounts\nor: " + tryLandlock
}

func (h Host) withoutAppArmor() string {
	switch h.Container {
	case Kubernetes:
		return "in the container: `securityContext: {appArmorProfile: {type: Unconfined}}`"
	case Podman:
		return "podman run --security-opt apparmor=unconfined ..."
	}
	return "start the container with `--security-opt apparmor=unconfined`"
}

// unmask makes a fresh /proc possible.
func (h Host) unmask() string {
	switch h.Container {
	case Kubernetes:
		return "in the pod `hostUsers: false`, and in the container `securityContext: {procMount: Unmasked}`"
	case Podman:
		return "podman run --security-opt unmask=ALL ..."
	}
	return "start the container with `--security-opt systempaths=unconfined`"
}

// askAudit shows what a security module refused.
func (h Host) askAudit() string {
	if h.is("fedora") || h.is("rhel") || slices.Contains(h.LSM, "selinux") {
		return "see what was refused: " + h.AsRoot("ausearch -m avc -ts recent")
	}
	return "see what was refused: " + h.AsRoot("dmesg | grep -i denied")
}

// switchOnLandlock adds Landlock to the kernel's list of security modules. The
// list replaces the built-in one, so it holds what is in force today as well.
func (h Host) switchOnLandlock() string {
	list := "lsm=" + strings.Join(append([]string{"landlock"}, slices.DeleteFunc(slices.Clone(h.LSM), func(s string) bool { return s == "landlock" })...), ",")
	switch {
	case h.inContainer():
		return "on the machine that runs the container, add `" + list + "` to the kernel's command line"
	case h.is("fedora"), h.is("rhel"):
		return h.AsRoot("grubby --update-kernel=ALL --args="+list) + ", and start again"
	case h.is("alpine"):
		return "add `" + list + "` to default_kernel_opts in /etc/update-extlinux.conf, then: " + h.AsRoot("update-extlinux") + ", and start again"
	case h.is("debian"), h.is("ubuntu"):
		return "add `" + list + "` to GRUB_CMDLINE_LINUX in /etc/default/grub, then: " + h.AsRoot("update-grub") + ", and start again"
	case h.is("arch"):
		return "add `" + list + "` to GRUB_CMDLINE_LINUX in /etc/default/grub, then: " + h.AsRoot("grub-mkconfig -o /boot/grub/grub.cfg") + ", and start again"
	}
	return "add `" + list + "` to the kernel's command line, and start again"
}
