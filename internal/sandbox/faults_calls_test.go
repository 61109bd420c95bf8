//go:build linux

package sandbox_test

import (
	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// setupCalls are the system calls of a set-up: in the caller from the run's
// beginning, and in the second stage until the command has started.
// TestSetupCallsAreListed compares them with what strace sees.
var setupCalls = []seccomp.Call{
	{Name: "capget", Number: unix.SYS_CAPGET},
	{Name: "capset", Number: unix.SYS_CAPSET},
	{Name: "chdir", Number: unix.SYS_CHDIR},
	{Name: "clone", Number: unix.SYS_CLONE},
	{Name: "close_range", Number: unix.SYS_CLOSE_RANGE},
	{Name: "dup3", Number: unix.SYS_DUP3},
	{Name: "execve", Number: unix.SYS_EXECVE},
	{Name: "fchdir", Number: unix.SYS_FCHDIR},
	{Name: "fcntl", Number: unix.SYS_FCNTL},
	{Name: "fsconfig", Number: unix.SYS_FSCONFIG},
	{Name: "fsmount", Number: unix.SYS_FSMOUNT},
	{Name: "fsopen", Number: unix.SYS_FSOPEN},
	{Name: "fstat", Number: unix.SYS_FSTAT},
	{Name: "getuid", Number: unix.SYS_GETUID},
	{Name: "ioctl", Number: unix.SYS_IOCTL},
	{Name: "ioprio_set", Number: unix.SYS_IOPRIO_SET},
	{Name: "mkdirat", Number: unix.SYS_MKDIRAT},
	{Name: "mount", Number: unix.SYS_MOUNT},
	{Name: "mount_setattr", Number: unix.SYS_MOUNT_SETATTR},
	{Name: "move_mount", Number: unix.SYS_MOVE_MOUNT},
	{Name: "open_tree", Number: unix.SYS_OPEN_TREE},
	{Name: "openat", Number: unix.SYS_OPENAT},
	{Name: "openat2", Number: unix.SYS_OPENAT2},
	{Name: "personality", Number: unix.SYS_PERSONALITY},
	{Name: "pipe2", Number: unix.SYS_PIPE2},
	{Name: "pivot_root", Number: unix.SYS_PIVOT_ROOT},
	{Name: "prctl", Number: unix.SYS_PRCTL},
	{Name: "prlimit64", Number: unix.SYS_PRLIMIT64},
	{Name: "read", Number: unix.SYS_READ},
	{Name: "sched_getscheduler", Number: unix.SYS_SCHED_GETSCHEDULER},
	{Name: "seccomp", Number: unix.SYS_SECCOMP},
	{Name: "setdomainname", Number: unix.SYS_SETDOMAINNAME},
	{Name: "sethostname", Number: unix.SYS_SETHOSTNAME},
	{Name: "setsid", Number: unix.SYS_SETSID},
	{Name: "socket", Number: unix.SYS_SOCKET},
	{Name: "statx", Number: unix.SYS_STATX},
	{Name: "symlinkat", Number: unix.SYS_SYMLINKAT},
	{Name: "umask", Number: unix.SYS_UMASK},
	{Name: "umount2", Number: unix.SYS_UMOUNT2},
	{Name: "unlinkat", Number: unix.SYS_UNLINKAT},
	{Name: "wait4", Number: unix.SYS_WAIT4},
	{Name: "write", Number: unix.SYS_WRITE},
}

// notFailed are calls of the set-up that are not made to fail.
var notFailed = map[string]string{
	"rt_sigaction": "ends the Go runtime of the caller, which sets signals again after a failed fork; TestNthCallFailing has it",
	"close":        "closes on Linux whatever it answers; a filter that leaves a pipe open makes its reader, the Go library, wait for ever",
}

// notNth are calls of the set-up of which no single occurrence is made to fail.
var notNth = map[string]string{
	"read": "in the caller, one that fails makes package os wait for a child that waits for it; always refused it is tried",
}

// The calls of rung A', where there is no user namespace.
var rootRungCalls = []seccomp.Call{
	{Name: "fchownat", Number: unix.SYS_FCHOWNAT},
	{Name: "getdents64", Number: unix.SYS_GETDENTS64},
	{Name: "setgroups", Number: unix.SYS_SETGROUPS},
	{Name: "setresgid", Number: unix.SYS_SETRESGID},
	{Name: "setresuid", Number: unix.SYS_SETRESUID},
}
