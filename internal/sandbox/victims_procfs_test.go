//go:build linux

package sandbox_test

import (
	"os"

	"golang.org/x/sys/unix"
)

// procfs are attempts to read about the machine, or to change it, by /proc (E02,
// E11). Files that act on the whole machine are only opened, never written to.
var procfs = family{name: "procfs", surround: watchFiles, attempts: []attempt{
	{name: "sysrq", try: opens("/proc/sysrq-trigger", unix.O_WRONLY), refused: "ENOENT", where: onHostAsRoot, outside: "success ENOENT", quiet: true}, // not in every kernel
	{name: "sysrq-by-own-root", try: opens("/proc/self/root/proc/sysrq-trigger", unix.O_WRONLY), refused: "ENOENT", except: landlock("EACCES ENOENT"), where: onHostAsRoot, outside: "success ENOENT", quiet: true},
	{name: "sysctl", try: opens("/proc/sys/kernel/core_pattern", unix.O_WRONLY), refused: "ENOENT", where: onHostAsRoot, quiet: true},
	{name: "sysctl-by-own-root", try: opens("/proc/self/root/proc/sys/kernel/core_pattern", unix.O_WRONLY), refused: "ENOENT", except: landlock("EACCES"), where: onHostAsRoot, quiet: true},
	{name: "processors", try: opens("/proc/cpuinfo", unix.O_RDONLY), refused: "ENOENT", quiet: true},
	{name: "processors-by-own-root", try: opens("/proc/self/root/proc/cpuinfo", unix.O_RDONLY), refused: "ENOENT", weaker: procIsOpen, quiet: true},
	{name: "kernel-command-line", try: opens("/proc/cmdline", unix.O_RDONLY), refused: "ENOENT", quiet: true},
	{name: "kernel-messages", try: opens("/proc/kmsg", unix.O_RDONLY), refused: "ENOENT", where: onHostAsRoot, quiet: true},
	{name: "kernel-memory", try: opens("/proc/kcore", unix.O_RDONLY), refused: "ENOENT", where: onHostAsRoot, outside: "success ENOENT EPERM", quiet: true},
	{name: "keys", try: opens("/proc/keys", unix.O_RDONLY), refused: "ENOENT", outside: "success ENOENT", quiet: true},
	{name: "host-network", try: opens("/proc/net/unix", unix.O_RDONLY), refused: "ENOENT", quiet: true},
	// Lower than it is: the kernel then ends somebody else in its place.
	{name: "last-to-be-ended", try: writes("/proc/self/oom_score_adj", "-1000"), refused: "EACCES", where: onHostAsRoot, outside: "success EACCES", quiet: true},
	{name: "user-map", try: writes("/proc/self/uid_map", "0 0 4294967295"), refused: "EPERM", except: landlock("EACCES"), where: nowhere},
	{name: "group-map", try: writes("/proc/self/gid_map", "0 0 4294967295"), refused: "EPERM", except: landlock("EACCES"), where: nowhere},
	{name: "allow-groups", try: writes("/proc/self/setgroups", "allow"), refused: "EPERM EACCES", where: nowhere},
	// EINVAL: the world has no such user. ENOENT: the kernel keeps no login.
	{name: "login-uid", try: writes("/proc/self/loginuid", "0"), refused: "EINVAL ENOENT EPERM EACCES", where: nowhere},
	// The own program: in use, and read-only.
	{name: "own-program", try: func(*scene) error { return with("/proc/self/exe", unix.O_WRONLY, nothing) }, refused: "EROFS ETXTBSY EACCES", except: landlock("EACCES ETXTBSY"), where: nowhere},
	{name: "pressure-trigger", try: opens("/proc/pressure/memory", unix.O_RDWR), refused: "ENOENT", outside: "success ENOENT EACCES EOPNOTSUPP ENOTSUP", quiet: true},
	{name: "control-groups", try: opens("/sys/fs/cgroup/cgroup.procs", unix.O_RDONLY), refused: "ENOENT", outside: "success ENOENT", quiet: true},
	{name: "kernel-objects", try: opens("/sys/kernel/uevent_seqnum", unix.O_RDONLY), refused: "ENOENT", quiet: true},
	{name: "capabilities-of-files", try: func(s *scene) error {
		return capableFile(s.Out + "/tool")
	}, refused: "EPERM", except: landlock("ENOTSUP"), where: onHostAsRoot, quiet: true},
}}

func opens(path string, flags int) func(*scene) error {
	return func(*scene) error { return with(path, flags, nothing) }
}

func writes(path, text string) func(*scene) error {
	return func(*scene) error {
		return with(path, unix.O_WRONLY, func(fd int) error {
			_, err := unix.Write(fd, []byte(text))
			return err
		})
	}
}

// capableFile makes a program that would have capabilities when it is started.
func capableFile(path string) error {
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		return err
	}
	// struct vfs_cap_data, revision 2: all permitted, effective.
	value := []byte{1, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 1, 0, 0, 0, 0, 0, 0}
	return unix.Setxattr(path, "security.capability", value, 0)
}
