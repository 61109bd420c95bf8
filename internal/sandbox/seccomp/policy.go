//go:build linux

// Package seccomp holds the system-call policy of a sandboxed process as a
// table that a reviewer can read, and turns it into a classic BPF program.
//
// The policy is a deny list: a compiler, a build script and a test suite use
// most of the kernel, so what is listed here is what no build needs and what
// would reach around the other walls (namespaces, mounts, capabilities).
// Refusals use ENOSYS where the C library has a fallback and EPERM where a
// program should see a plain refusal. System calls of another architecture
// (int 0x80, x32) get ENOSYS, so that the table cannot be walked around.
//
// It does not decide about files, the network or processes: those are absent
// or read-only in the view.
package seccomp

// Errno is the error number that a refused call returns. The values are the
// same on every Linux architecture that we serve (include/uapi/asm-generic/errno*.h).
type Errno uint16

// Error numbers used by the policy.
const (
	EPERM        Errno = 1
	ENOSYS       Errno = 38
	EAFNOSUPPORT Errno = 97
)

// Condition compares the low 32 bits of one argument, unless its Op says otherwise. The
// kernel itself looks only at the low 32 bits of a flag, a request or a family, so a filter
// that compared 64 bits could be walked around with rubbish in the high half
// (CVE-2019-10063).
type Condition struct {
	Arg   int    // argument index, from 0
	Op    Op     // how to compare
	Value uint32 // with what
	High  uint32 // the upper half of what Whole compares with
}

// Op is a comparison of a Condition.
type Op uint8

// Comparisons.
const (
	Equal   Op = iota // argument == Value
	HasBits           // argument & Value != 0
	Given             // a pointer, all 64 bits, that is not null; Value is unused
	Whole             // argument == High<<32 | Value, all 64 bits
)

// Rule refuses a system call, always or where its conditions hold. Of several
// rules for one call the first that holds decides.
type Rule struct {
	Call    Call
	Errno   Errno
	When    []Condition // any one of them; empty means always
	All     bool        // every one of When, instead of any
	Allowed []uint32    // if set: refuse unless argument 0 is one of these
	Ask     bool        // hand the call to a supervisor instead of refusing it; Errno is unused then
	Stop    bool        // stop the caller for its tracer; without one the call fails with ENOSYS. Errno is unused then
	Allow   bool        // let it go, whatever later rules for the call say; Errno is unused then
	Why     string      // the reason, for the reader
}

// Call is a system call by name with its number on this architecture.
type Call struct {
	Name   string
	Number uint32
}

const (
	// include/uapi/linux/sched.h
	cloneNewUser = 0x10000000
	// include/uapi/asm-generic/ioctls.h; the same on amd64 and arm64
	tiocsti   = 0x5412
	tioclinux = 0x541c
	// include/uapi/linux/stat.h
	setIDBits = 0o6000
	// include/uapi/asm-generic/resource.h
	rlimitCore = 4
	// include/linux/socket.h
	afUnix, afInet, afInet6, afNetlink = 1, 2, 10, 16
)

// Policy returns the rules for a process inside a world.
func Policy() []Rule {
	rules := []Rule{
		{Call: callSocket, Errno: EAFNOSUPPORT, Allowed: []uint32{afUnix, afInet, afInet6, afNetlink},
			Why: "packet, vsock, AF_ALG, Bluetooth and XDP sockets reach devices and kernel code that no build needs"},
		{Call: callIoctl, Errno: EPERM, When: []Condition{{Arg: 1, Op: Equal, Value: tiocsti}, {Arg: 1, Op: Equal, Value: tioclinux}},
			Why: "would type into the caller's terminal (CVE-2017-5226)"},
		{Call: callUnshare, Errno: EPERM, When: []Condition{{Arg: 0, Op: HasBits, Value: cloneNewUser}},
			Why: "a new user namespace brings capabilities and with them most kernel bugs"},
		{Call: callClone, Errno: EPERM, When: []Condition{{Arg: 0, Op: HasBits, Value: cloneNewUser}}, Why: "as unshare"},
		{Call: callClone3, Errno: ENOSYS, Why: "its flags are in memory, which a filter cannot read; the C library falls back to clone"},
		{Call: callSetns, Errno: EPERM, Why: "namespaces are fixed"},
	}
	rules = append(rules,
		Rule{Call: callPrlimit64, Errno: EPERM, All: true, When: []Condition{{Arg: 1, Op: Equal, Value: rlimitCore}, {Arg: 2, Op: Given, Value: 0}},
			Why: "with any other limit than the one set, a crash would start the host's core dump handler, as root and outside"},
		Rule{Call: callSetrlimit, Errno: EPERM, When: []Condition{{Arg: 0, Op: Equal, Value: rlimitCore}}, Why: "as prlimit64"})
	for _, c := range []Call{callFchmod, callFchmodat, callFchmodat2} {
		rules = append(rules, Rule{Call: c, Errno: EPERM, When: []Condition{{Arg: modeArgument(c), Op: HasBits, Value: setIDBits}},
			Why: "set-id files would outlive the build (as Nix)"})
	}
	for _, c := range []Call{callIoUringSetup, callIoUringEnter, callIoUringRegister} {
		rules = append(rules, Rule{Call: c, Errno: ENOSYS, Why: "performs system calls that no filter sees"})
	}
	for _, c := range []Call{callAddKey, callRequestKey, callKeyctl} {
		rules = append(rules, Rule{Call: c, Errno: ENOSYS, Why: "kernel keyrings are not in any namespace"})
	}
	for _, c := range []Call{callOpenByHandleAt, callNameToHandleAt} {
		rules = append(rules, Rule{Call: c, Errno: EPERM, Why: "file handles name files outside the view"})
	}
	for _, c := range kernelOnly {
		rules = append(rules, Rule{Call: c, Errno: EPERM, Why: "administers the kernel"})
	}
	return append(rules, archRules()...)
}

// modeArgument returns the index of the mode argument of a chmod-like call.
func modeArgument(c Call) int {
	if c == callFchmod {
		return 1
	}
	return 2
}
