package monitor

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

// held is a call whose answer is held still.
type held struct {
	call   seccomp.Call
	when   []seccomp.Condition // any of them; empty means always
	answer func(*Monitor, *task, *supervisor.Call) supervisor.Answer
	part   func(*Monitor) bool // whether this world holds it
}

// timed is a call that waits. Its caller is stopped when it begins and when it
// ends: a deadline by the wall clock is exchanged for the one that is meant, and
// the clock goes on by what was waited.
type timed struct {
	call  seccomp.Call
	when  []seccomp.Condition // all of them; empty means always
	begin func(*Monitor, *task, *tracer.Call)
}

// Bits and numbers that package unix has not.
const (
	futexClockRealtime = 256 // include/uapi/linux/futex.h
	futexPrivate       = 128
	futexLockPI        = 6  // waits by the wall clock without a bit that says so
	threadAffinity     = 32 // bytes: the first size that pthread_getattr_np(3) of glibc tries (nptl/pthread_getattr_np.c)
	timerAbsolute      = 1  // include/uapi/linux/time.h: TIMER_ABSTIME, and timerfd's TFD_TIMER_ABSTIME
)

// wallClocks are the clocks that show what a calendar shows.
var wallClocks = []seccomp.Condition{
	{Arg: 0, Op: seccomp.Equal, Value: unix.CLOCK_REALTIME},
	{Arg: 0, Op: seccomp.Equal, Value: unix.CLOCK_REALTIME_COARSE},
	{Arg: 0, Op: seccomp.Equal, Value: unix.CLOCK_REALTIME_ALARM},
	{Arg: 0, Op: seccomp.Equal, Value: unix.CLOCK_TAI},
}

func holdsClock(m *Monitor) bool   { return m.clockHeld() }
func holdsRandom(m *Monitor) bool  { return m.options.Hold != nil && m.options.Hold.Random }
func holdsCPUs(m *Monitor) bool    { return m.options.Hold != nil && m.options.Hold.CPUs > 0 }
func holdsMachine(m *Monitor) bool { return m.options.Hold != nil }

// heldCalls is the table of what is answered. Everything in it is rare, or made
// rare by its conditions.
var heldCalls = append(archHeld, []held{
	{call("clock_gettime", unix.SYS_CLOCK_GETTIME), wallClocks, (*Monitor).clockGettime, holdsClock},
	{call("gettimeofday", unix.SYS_GETTIMEOFDAY), nil, (*Monitor).getTimeOfDay, holdsClock},
	{call("adjtimex", unix.SYS_ADJTIMEX), nil, refuse(unix.EPERM), holdsClock},
	{call("clock_adjtime", unix.SYS_CLOCK_ADJTIME), nil, refuse(unix.EPERM), holdsClock},
	{call("getrandom", unix.SYS_GETRANDOM), nil, (*Monitor).getrandom, holdsRandom},
	{call("statfs", unix.SYS_STATFS), nil, (*Monitor).statfs, holdsMachine},
	{call("fstatfs", unix.SYS_FSTATFS), nil, (*Monitor).fstatfs, holdsMachine},
	{call("getpriority", unix.SYS_GETPRIORITY), nil, (*Monitor).priority, holdsMachine},
	{call("uname", unix.SYS_UNAME), nil, (*Monitor).uname, holdsMachine},
	{call("sysinfo", unix.SYS_SYSINFO), nil, (*Monitor).sysinfo, holdsMachine},
	{call("sched_getaffinity", unix.SYS_SCHED_GETAFFINITY), nil, (*Monitor).affinity, holdsCPUs},
	{call("sched_setaffinity", unix.SYS_SCHED_SETAFFINITY), nil, (*Monitor).setAffinity, holdsCPUs},
	{call("getcpu", unix.SYS_GETCPU), nil, (*Monitor).getcpu, holdsCPUs},
	{call("getdents64", unix.SYS_GETDENTS64), nil, (*Monitor).getdents, func(*Monitor) bool { return true }},
}...)

// timedCalls is the table of what is stopped for.
var timedCalls = append(archTimed, []timed{
	{call("nanosleep", unix.SYS_NANOSLEEP), nil, sleepFor(0, timespec)},
	{call("clock_nanosleep", unix.SYS_CLOCK_NANOSLEEP), nil, (*Monitor).clockNanosleep},
	{call("pselect6", unix.SYS_PSELECT6), nothingToWaitFor(0), sleepFor(4, timespec)},
	{call("ppoll", unix.SYS_PPOLL), nothingToWaitFor(1), sleepFor(2, timespec)},
	{call("futex", unix.SYS_FUTEX), untilInstant(seccomp.HasBits, futexClockRealtime), waitUntil(3, 0)},
	{call("futex", unix.SYS_FUTEX), untilInstant(seccomp.Equal, futexLockPI), waitUntil(3, 0)},
	{call("futex", unix.SYS_FUTEX), untilInstant(seccomp.Equal, futexLockPI|futexPrivate), waitUntil(3, 0)},
	{call("futex_waitv", unix.SYS_FUTEX_WAITV), []seccomp.Condition{{Arg: 4, Op: seccomp.Equal, Value: unix.CLOCK_REALTIME}}, waitUntil(3, 0)},
	{call("futex_wait", unix.SYS_FUTEX_WAIT), []seccomp.Condition{{Arg: 5, Op: seccomp.Equal, Value: unix.CLOCK_REALTIME}}, waitUntil(4, 0)},
	{call("restart_syscall", unix.SYS_RESTART_SYSCALL), nil, goOn},
	{call("mq_timedsend", unix.SYS_MQ_TIMEDSEND), nil, waitUntil(4, 0)},
	{call("mq_timedreceive", unix.SYS_MQ_TIMEDRECEIVE), nil, waitUntil(4, 0)},
	{call("timerfd_settime", unix.SYS_TIMERFD_SETTIME), []seccomp.Condition{{Arg: 1, Op: seccomp.HasBits, Value: timerAbsolute}}, (*Monitor).timerfd},
	{call("timer_settime", unix.SYS_TIMER_SETTIME), []seccomp.Condition{{Arg: 1, Op: seccomp.HasBits, Value: timerAbsolute}}, (*Monitor).timer},
}...)

// nothingToWaitFor is a wait for no descriptor: a way to sleep.
func nothingToWaitFor(count int) []seccomp.Condition {
	return []seccomp.Condition{{Arg: count, Op: seccomp.Equal, Value: 0}}
}

// untilInstant is a futex(2) with an operation of which the time, if there is one, is
// an instant. Mostly there is none: the C library says which clock it would wait by
// also where it waits for ever.
func untilInstant(op seccomp.Op, value uint32) []seccomp.Condition {
	return []seccomp.Condition{{Arg: 1, Op: op, Value: value}, {Arg: 3, Op: seccomp.Given}}
}

// pathCall is a call that names a file.
type pathCall struct {
	call   seccomp.Call
	dir    int // index of the directory descriptor; -1 if a relative path starts at the working directory
	name   int // index of the path
	op     observation.Op
	flags  int // index of open flags, which make an Open a Write; -1: none
	unless []seccomp.Condition
	places func(*Monitor, *supervisor.Call, *pathCall, string) change // where other names may lead afterwards; nil: nowhere else
}

// emptyPath means that a call is about a descriptor, which was opened by a name
// before. The C library asks so after each open.
func emptyPath(arg int) []seccomp.Condition {
	return []seccomp.Condition{{Arg: arg, Op: seccomp.HasBits, Value: unix.AT_EMPTY_PATH}}
}

// pathCalls is the table of what is recorded.
var pathCalls = append(archPaths, []pathCall{
	{call("openat", unix.SYS_OPENAT), 0, 1, observation.Open, 2, nil, nil},
	{call("openat2", unix.SYS_OPENAT2), 0, 1, observation.Open, -1, nil, nil},
	{call("statx", unix.SYS_STATX), 0, 1, observation.Look, -1, emptyPath(2), nil},
	{call("newfstatat", unix.SYS_NEWFSTATAT), 0, 1, observation.Look, -1, emptyPath(3), nil},
	{call("faccessat", unix.SYS_FACCESSAT), 0, 1, observation.Look, -1, nil, nil},
	{call("faccessat2", unix.SYS_FACCESSAT2), 0, 1, observation.Look, -1, nil, nil},
	{call("execve", unix.SYS_EXECVE), -1, 0, observation.Execute, -1, nil, nil},
	{call("execveat", unix.SYS_EXECVEAT), 0, 1, observation.Execute, -1, nil, nil},
	{call("mkdirat", unix.SYS_MKDIRAT), 0, 1, observation.Write, -1, nil, afterMkdir},
	{call("unlinkat", unix.SYS_UNLINKAT), 0, 1, observation.Write, -1, nil, afterRemove},
	{call("symlinkat", unix.SYS_SYMLINKAT), 1, 2, observation.Write, -1, nil, afterLink},
	{call("linkat", unix.SYS_LINKAT), 2, 3, observation.Write, -1, nil, afterLink},
	{call("renameat2", unix.SYS_RENAMEAT2), 2, 3, observation.Write, -1, nil, afterRename},
	{call("truncate", unix.SYS_TRUNCATE), -1, 0, observation.Write, -1, nil, nil},
}...)

// socketCall is a call that names an address, by the indices of it and its
// length; a message carries its own.
type socketCall struct {
	call         seccomp.Call
	name, length int // -1: in a struct msghdr, argument 1
	when         []seccomp.Condition
}

var socketCalls = []socketCall{
	{call("connect", unix.SYS_CONNECT), 1, 2, nil},
	{call("sendto", unix.SYS_SENDTO), 4, 5, []seccomp.Condition{{Arg: 4, Op: seccomp.Given}}},
	{call("sendmsg", unix.SYS_SENDMSG), -1, -1, nil},
	{call("sendmmsg", unix.SYS_SENDMMSG), -1, -1, nil},
}

func call(name string, number uint32) seccomp.Call { return seccomp.Call{Name: name, Number: number} }

// include/uapi/linux/sched.h and prctl.h.
const (
	cloneUntraced = 0x00800000
	cloneParent   = 0x00008000
	getAuxv       = 0x41555856 // PR_GET_AUXV
)

// closed are the ways around the supervisor, refused whether or not the policy
// refuses them too.
var closed = []seccomp.Rule{
	{Call: call("clone", unix.SYS_CLONE), Errno: seccomp.EPERM, When: []seccomp.Condition{{Arg: 0, Op: seccomp.HasBits, Value: cloneUntraced | cloneParent}},
		Why: "makes a process that is not traced, or that is somebody else's child"},
	{Call: call("clone3", unix.SYS_CLONE3), Errno: seccomp.ENOSYS, Why: "as clone, with flags in memory; the C library falls back to clone"},
}

// rules are those of all tables.
func (m *Monitor) rules() []seccomp.Rule {
	rules := slices.Clone(closed)
	if m.options.Hold != nil {
		rules = append(rules, seccomp.Rule{Call: call("prctl", unix.SYS_PRCTL), Errno: seccomp.Errno(unix.EINVAL), When: []seccomp.Condition{{Arg: 0, Op: seccomp.Equal, Value: getAuxv}},
			Why: "shows the processor as the kernel told the program, before that was changed; a kernel before 6.4 does not know it"})
	}
	if holdsCPUs(m) {
		rules = append(rules, seccomp.Rule{Call: call("sched_getaffinity", unix.SYS_SCHED_GETAFFINITY), Errno: seccomp.ENOSYS, When: []seccomp.Condition{{Arg: 1, Op: seccomp.Equal, Value: threadAffinity}},
			Why: "asked for each thread, and not for its answer: it is then one that may run everywhere"})
	}
	for _, h := range heldCalls {
		if h.part(m) {
			rules = append(rules, seccomp.Rule{Call: h.call, When: h.when, Ask: true, Why: "its answer is held still"})
		}
	}
	if m.clockHeld() {
		for _, t := range timedCalls {
			rules = append(rules, seccomp.Rule{Call: t.call, When: t.when, All: true, Stop: true, Why: "a wait by a clock that is held"})
		}
	}
	rules = append(rules, m.bufferRules()...)
	const recorded = "what is looked for is recorded"
	for _, p := range pathCalls {
		if p.unless != nil {
			rules = append(rules, seccomp.Rule{Call: p.call, When: p.unless, Allow: true, Why: "about a descriptor"})
		}
		rules = append(rules, seccomp.Rule{Call: p.call, Ask: true, Why: recorded})
	}
	for _, s := range socketCalls {
		rules = append(rules, seccomp.Rule{Call: s.call, When: s.when, Ask: true, Why: recorded})
	}
	return append(rules, seccomp.Rule{Call: call("ptrace", unix.SYS_PTRACE), Ask: true, Why: "everything is traced already, and a program has one tracer"})
}
