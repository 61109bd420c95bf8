package advice

import (
	"os"
	"path/filepath"
	"strings"
)

// Container is what runs the container that we are in.
type Container string

// Containers that announce themselves.
const (
	Docker     Container = "docker"
	Podman     Container = "podman"
	Kubernetes Container = "kubernetes"
	LXC        Container = "lxc"
	Nspawn     Container = "systemd-nspawn"
	Unknown    Container = "unknown"
)

// Host is what distinguishes the causes of a refusal. Everything in it may be
// wrong or missing: a container shows what it likes.
type Host struct {
	Distribution string    // ID of os-release(5), such as `debian`
	Like         []string  // its ID_LIKE
	Release      string    // its PRETTY_NAME
	Container    Container // empty outside of one, as far as can be seen
	Root         bool      // the effective uid is 0
	Chroot       bool      // the root directory is not that of a mount namespace
	Filtered     bool      // a seccomp filter is in force
	LSM          []string  // security modules in force, if they can be seen

	// Kernel parameters, as text; empty where the kernel has none.
	UserNSClone    string // kernel.unprivileged_userns_clone, of Debian's and Arch's hardened kernels
	AppArmorUserNS string // kernel.apparmor_restrict_unprivileged_userns
	MaxUserNS      string // user.max_user_namespaces
}

// Look looks at the host below root, which is `/` but for tests. env finds
// variables of the caller's environment.
func Look(root string, env map[string]string) Host {
	at := func(name string) string { return filepath.Join(root, name) }
	// What cannot be read is not known; see the comment of Host.
	read := func(name string) string {
		data, err := os.ReadFile(at(name))
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(data))
	}
	release := releaseOf(read("etc/os-release"))
	if len(release) == 0 {
		release = releaseOf(read("usr/lib/os-release"))
	}
	h := Host{
		Distribution:   release["ID"],
		Like:           strings.Fields(release["ID_LIKE"]),
		Release:        release["PRETTY_NAME"],
		Root:           os.Geteuid() == 0,
		Filtered:       strings.Contains(read("proc/self/status"), "\nSeccomp:\t2"),
		UserNSClone:    read("proc/sys/kernel/unprivileged_userns_clone"),
		AppArmorUserNS: read("proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
		MaxUserNS:      read("proc/sys/user/max_user_namespaces"),
	}
	if list := read("sys/kernel/security/lsm"); list != "" {
		h.LSM = strings.Split(list, ",")
	}
	there := func(name string) bool { _, err := os.Lstat(at(name)); return err == nil }
	h.Container = containerOf(env, there, read("proc/self/cgroup")+"\n"+read("proc/1/cgroup"))
	h.Chroot = chrooted(at(""), at("proc/1/root"), read("proc/self/mountinfo"))
	return h
}

// releaseOf reads the assignments of os-release(5), as far as they concern us.
func releaseOf(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && (name == "ID" || name == "ID_LIKE" || name == "PRETTY_NAME") {
			values[name] = strings.Trim(value, `"'`)
		}
	}
	return values
}

// containerOf goes by what the runtimes leave for that: files, the variable
// `container` of systemd's container interface, names of control groups.
func containerOf(env map[string]string, there func(string) bool, cgroups string) Container {
	switch {
	case env["KUBERNETES_SERVICE_HOST"] != "" || there("var/run/secrets/kubernetes.io") || strings.Contains(cgroups, "/kubepods"):
		return Kubernetes
	case there("run/.containerenv") || env["container"] == "podman":
		return Podman
	case there(".dockerenv") || strings.Contains(cgroups, "/docker/") || strings.Contains(cgroups, "/docker-") || env["container"] == "docker":
		return Docker
	case env["container"] == "lxc" || strings.Contains(cgroups, "/lxc/"):
		return LXC
	case env["container"] == "systemd-nspawn":
		return Nspawn
	case env["container"] != "" || there("run/systemd/container"):
		return Unknown
	}
	return ""
}

// chrooted reports whether the root directory is one that was changed by
// chroot(2): it differs from that of process 1, if that can be seen, or it is
// not where anything is mounted.
func chrooted(root, first, mounts string) bool {
	if ours, err := os.Stat(root); err == nil {
		if theirs, err := os.Stat(first); err == nil && !os.SameFile(ours, theirs) {
			return true
		}
	}
	if mounts == "" {
		return false // no /proc: nothing is known
	}
	for line := range strings.Lines(mounts) {
		// The fifth field of proc_pid_mountinfo(5) is the mount point.
		if fields := strings.Fields(line); len(fields) > 4 && fields[4] == "/" {
			return false
		}
	}
	return true
}
