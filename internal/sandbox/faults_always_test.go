//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
)

// faultErrnos are what a call may fail with. Each means something of its own
// to somebody: a filter, an old kernel, a bound of a loop, an exhausted host,
// a security module.
var faultErrnos = []unix.Errno{unix.EPERM, unix.ENOSYS, unix.EINVAL, unix.ENOMEM, unix.EACCES}

// withoutUserNamespaces is what a container's seccomp profile does, which leads
// root to rung A'.
var withoutUserNamespaces = seccomp.Rule{
	Call: seccomp.Call{Name: "clone", Number: unix.SYS_CLONE}, Errno: seccomp.EPERM,
	When: []seccomp.Condition{{Arg: 0, Op: seccomp.HasBits, Value: unix.CLONE_NEWUSER}},
}

// rungs are the ways to a view that this user has.
func rungs() map[string][]seccomp.Rule {
	r := map[string][]seccomp.Rule{"A": nil}
	if os.Geteuid() == 0 {
		r["A'"] = []seccomp.Rule{withoutUserNamespaces}
	}
	return r
}

// TestEveryCallFailing runs with each call of the set-up refused from the run's
// beginning to its end, and in the checker as well.
func TestEveryCallFailing(t *testing.T) {
	for name, rules := range rungs() {
		calls := setupCalls
		if name != "A" {
			calls = append(slices.Clone(calls), rootRungCalls...)
		}
		for _, call := range calls {
			for _, errno := range faultErrnos {
				t.Run(fmt.Sprintf("%s/%s/%s", name, call.Name, unix.ErrnoName(errno)), func(t *testing.T) {
					// The kernel takes the first rule that holds, and so a
					// clone that is refused is refused for every reason.
					faulty := append(slices.Clone(rules), seccomp.Rule{Call: call, Errno: seccomp.Errno(errno)})
					o, ran, noise := carryOut(t, job{Dir: faultDir(t), Rules: faulty})
					if !ran {
						t.Fatalf("the caller crashed: %s", noise)
					}
					judge(t, o, allowance{blind: true, silent: true})
					t.Logf("%s%+v", o.Error, o.Result)
				})
			}
		}
	}
}

// stepFault is one call of the set-up, told from others of the same number by
// an argument, so that the checker is not hit by it.
type stepFault struct {
	name string
	call seccomp.Call
	when seccomp.Condition
}

// stepFaults are calls that the set-up makes and the checker does not.
var stepFaults = []stepFault{
	{"namespaces", seccomp.Call{Name: "clone", Number: unix.SYS_CLONE}, seccomp.Condition{Arg: 0, Op: seccomp.HasBits, Value: unix.CLONE_NEWPID}},
	{"ambient capabilities", seccomp.Call{Name: "prctl", Number: unix.SYS_PRCTL}, seccomp.Condition{Arg: 0, Op: seccomp.Equal, Value: unix.PR_CAP_AMBIENT}},
	{"death signal", seccomp.Call{Name: "prctl", Number: unix.SYS_PRCTL}, seccomp.Condition{Arg: 0, Op: seccomp.Equal, Value: unix.PR_SET_PDEATHSIG}},
	{"bounding set", seccomp.Call{Name: "prctl", Number: unix.SYS_PRCTL}, seccomp.Condition{Arg: 0, Op: seccomp.Equal, Value: unix.PR_CAPBSET_DROP}},
	{"one of the bounding set", seccomp.Call{Name: "prctl", Number: unix.SYS_PRCTL}, seccomp.Condition{Arg: 1, Op: seccomp.Equal, Value: unix.CAP_SYS_ADMIN}},
	{"no_new_privs", seccomp.Call{Name: "prctl", Number: unix.SYS_PRCTL}, seccomp.Condition{Arg: 0, Op: seccomp.Equal, Value: unix.PR_SET_NO_NEW_PRIVS}},
	{"dumpable", seccomp.Call{Name: "prctl", Number: unix.SYS_PRCTL}, seccomp.Condition{Arg: 0, Op: seccomp.Equal, Value: unix.PR_SET_DUMPABLE}},
	{"timer slack", seccomp.Call{Name: "prctl", Number: unix.SYS_PRCTL}, seccomp.Condition{Arg: 0, Op: seccomp.Equal, Value: unix.PR_SET_TIMERSLACK}},
	{"close at exec", seccomp.Call{Name: "fcntl", Number: unix.SYS_FCNTL}, seccomp.Condition{Arg: 1, Op: seccomp.Equal, Value: unix.F_SETFD}},
	{"private mounts", seccomp.Call{Name: "mount", Number: unix.SYS_MOUNT}, seccomp.Condition{Arg: 3, Op: seccomp.HasBits, Value: unix.MS_PRIVATE}},
	{"capabilities", seccomp.Call{Name: "capset", Number: unix.SYS_CAPSET}, seccomp.Condition{}},
	{"asking for capabilities", seccomp.Call{Name: "capget", Number: unix.SYS_CAPGET}, seccomp.Condition{}},
	{"loopback", seccomp.Call{Name: "ioctl", Number: unix.SYS_IOCTL}, seccomp.Condition{Arg: 1, Op: seccomp.Equal, Value: unix.SIOCSIFFLAGS}},
	{"socket for loopback", seccomp.Call{Name: "socket", Number: unix.SYS_SOCKET}, seccomp.Condition{Arg: 1, Op: seccomp.Equal, Value: unix.SOCK_DGRAM | unix.SOCK_CLOEXEC}},
	{"core limit", seccomp.Call{Name: "prlimit64", Number: unix.SYS_PRLIMIT64}, seccomp.Condition{Arg: 1, Op: seccomp.Equal, Value: unix.RLIMIT_CORE}},
	{"stack limit", seccomp.Call{Name: "prlimit64", Number: unix.SYS_PRLIMIT64}, seccomp.Condition{Arg: 1, Op: seccomp.Equal, Value: unix.RLIMIT_STACK}},
	{"a signal of the C library", seccomp.Call{Name: "rt_sigaction", Number: unix.SYS_RT_SIGACTION}, seccomp.Condition{Arg: 0, Op: seccomp.Equal, Value: 32}},
	{"session", seccomp.Call{Name: "setsid", Number: unix.SYS_SETSID}, seccomp.Condition{}},
	{"filter", seccomp.Call{Name: "seccomp", Number: unix.SYS_SECCOMP}, seccomp.Condition{}},
}

// TestSingleSteps refuses one step. The checker is not in the way of it, so
// there is no excuse: a run is refused, or every wall is looked at and stands.
func TestSingleSteps(t *testing.T) {
	for name, rules := range rungs() {
		for _, f := range stepFaults {
			for _, errno := range faultErrnos {
				t.Run(fmt.Sprintf("%s/%s/%s", name, f.name, unix.ErrnoName(errno)), func(t *testing.T) {
					rule := seccomp.Rule{Call: f.call, Errno: seccomp.Errno(errno)}
					if f.when != (seccomp.Condition{}) {
						rule.When = []seccomp.Condition{f.when}
					}
					o, ran, noise := carryOut(t, job{Dir: faultDir(t), Rules: append(slices.Clone(rules), rule)})
					if !ran {
						t.Fatalf("the caller crashed: %s", noise)
					}
					judge(t, o, allowance{})
					t.Logf("%s%+v", o.Error, o.Result)
				})
			}
		}
	}
}
