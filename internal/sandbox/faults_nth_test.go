//go:build linux

package sandbox_test

import (
	programs "debug/elf"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// runtimeCalls are made by the Go runtime and library on their own account, in
// numbers that differ from run to run. One that fails may end the process that
// made it.
var runtimeCalls = []string{
	"arch_prctl", "brk", "clock_gettime", "clone3", "epoll_create1", "epoll_ctl", "epoll_pwait", "eventfd2",
	"exit", "exit_group", "fstatfs", "futex", "getpid", "getppid", "getrandom", "gettid", "kill", "madvise", "mmap", "mprotect",
	"munmap", "nanosleep", "pread64", "readlinkat", "restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"rseq", "sched_getaffinity", "sched_yield", "set_robust_list", "set_tid_address", "setitimer", "sigaltstack", "tgkill",
	"timer_create", "timer_delete", "timer_settime", "uname", "newfstatat",
}

// fragile are calls that the runtime makes too and whose failure is tried. It
// checks none of the others: a sigaltstack that fails, which the kernel's never
// does, makes it fault for ever. The first write of a second stage is Go's
// report that another call has failed. A capset of all threads ends the process
// where they do not agree.
var fragile = []string{"capset", "clone", "fcntl", "epoll_create1", "epoll_ctl", "epoll_pwait", "eventfd2", "futex", "madvise", "mmap", "rt_sigaction", "rt_sigprocmask", "write"}

// TestSetupCallsAreListed: what the second stage asks of the kernel is what the
// list says, so that no call of it is left out of the walk.
func TestSetupCallsAreListed(t *testing.T) {
	for name, rules := range rungs() {
		t.Run(name, func(t *testing.T) {
			r := trace(t, job{Dir: faultDir(t), Rules: rules})
			if !r.ran || r.outcome.Error != "" {
				t.Fatalf("%+v\n%s", r.outcome, r.noise)
			}
			if slices.ContainsFunc(r.outcome.Result.Weaker, func(s string) bool { return strings.Contains(s, "uses cgo") }) {
				t.Skip("with cgo the C library starts and forks, and the list is of the product, which has none")
			}
			p := r.parts()
			seen := map[string]bool{}
			for i, line := range r.log {
				if i > p.begin && line.tid == p.tid {
					continue // the command itself
				}
				if line.call != "" && p.world[line.tid] && !slices.Contains(runtimeCalls, line.call) && notFailed[line.call] == "" {
					seen[line.call] = true
				}
			}
			want := map[string]bool{}
			for _, c := range setupCalls {
				want[c.Name] = true
			}
			// Made after the start, perhaps by a thread that is new then.
			delete(want, "wait4")
			delete(seen, "wait4")
			if name != "A" {
				for _, c := range rootRungCalls {
					want[c.Name] = true
				}
				maps.DeleteFunc(want, func(call string, _ bool) bool { return callerOnly[call] })
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(seen))); diff != "" {
				t.Errorf("the second stage makes other calls than listed (-listed +made):\n%s", diff)
			}
		})
	}
}

// callerOnly are calls of rung A' that the caller makes, not the second stage.
var callerOnly = map[string]bool{"fchownat": true, "getdents64": true}

// walk is what to make fail: each occurrence of each call of the set-up.
func walk(t *testing.T, r traced, names []string) map[string]int {
	t.Helper()
	p := r.parts()
	perThread := map[string]map[int]int{}
	for i, line := range r.log {
		// Of the caller and the second stage, also after the command's start:
		// they follow it. Of the command nothing.
		if line.call == "" || i > p.begin && (line.tid == p.tid || !p.world[line.tid]) {
			continue
		}
		if perThread[line.call] == nil {
			perThread[line.call] = map[int]int{}
		}
		perThread[line.call][line.tid]++
	}
	most := map[string]int{}
	for _, name := range names {
		for _, n := range perThread[name] {
			most[name] = max(most[name], n)
		}
	}
	return most
}

// allErrnos asks for each fault with each error number, which takes some minutes.
var allErrnos = os.Getenv("HERMETIC_FAULTS") == "all"

// errnosFor returns the error numbers for the n-th occurrence: all in turn.
func errnosFor(n int) []unix.Errno {
	if allErrnos {
		return faultErrnos
	}
	return faultErrnos[n%len(faultErrnos):][:1]
}

// TestNthCallFailing fails one single occurrence of a call after the other.
func TestNthCallFailing(t *testing.T) {
	for name, rules := range rungs() {
		t.Run(name, func(t *testing.T) {
			names := make([]string, 0, len(setupCalls))
			for _, c := range setupCalls {
				if notNth[c.Name] == "" {
					names = append(names, c.Name)
				}
			}
			if name != "A" {
				// The rest is the same code on both rungs.
				names = nil
				for _, c := range rootRungCalls {
					names = append(names, c.Name)
				}
			}
			most := walk(t, trace(t, job{Dir: faultDir(t), Rules: rules}), names)
			for _, call := range names {
				if most[call] == 0 && call != "wait4" {
					t.Errorf("%s is not made", call)
				}
			}
			// It may be made by a thread that is new when the command has
			// started, and then is not counted.
			if slices.Contains(names, "wait4") {
				most["wait4"] = 1
			}
			for _, call := range slices.Sorted(maps.Keys(most)) {
				t.Run(call, func(t *testing.T) {
					t.Parallel()
					for n := 1; n <= most[call]; n++ {
						for _, errno := range errnosFor(n) {
							failNth(t, job{Dir: faultDir(t), Rules: rules}, call, n, errno, slices.Contains(fragile, call))
						}
					}
				})
			}
		})
	}
}

// TestRuntimeCallFailing fails calls of the Go runtime, at the occurrences 1, 2,
// 4 and so on: whichever process that ends, nothing has run half-isolated.
func TestRuntimeCallFailing(t *testing.T) {
	if needsLoader(t) {
		t.Skip("these tests are compiled with cgo: the calls would be the dynamic linker's, which the product does not have")
	}
	most := walk(t, trace(t, job{Dir: faultDir(t)}), fragile)
	for _, call := range slices.Sorted(maps.Keys(most)) {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			for n := 1; n <= most[call]; n *= 2 {
				failNth(t, job{Dir: faultDir(t)}, call, n, unix.ENOMEM, true)
			}
		})
	}
}

func failNth(t *testing.T, j job, call string, n int, errno unix.Errno, runtime bool) {
	t.Helper()
	fault := fmt.Sprintf("%s:error=%s:when=%d", call, unix.ErrnoName(errno), n)
	t.Run(fmt.Sprintf("%d-%s", n, unix.ErrnoName(errno)), func(t *testing.T) {
		r := trace(t, j, "-e", "trace="+call+",execve", "-e", "inject="+fault)
		if !slices.ContainsFunc(r.log, func(l traceLine) bool { return l.injected }) {
			t.Logf("%s: not reached this time", fault)
		}
		if !r.ran {
			// A caller that is ended by its own runtime, which may be by a fault
			// on purpose, cannot report.
			byRuntime := strings.Contains(r.noise, "runtime") || strings.Contains(r.noise, "goroutine ") || strings.HasSuffix(r.noise, "signal: segmentation fault")
			if !runtime || !byRuntime {
				t.Errorf("the caller failed: %s", r.noise)
			}
			return
		}
		judge(t, r.outcome, allowance{blind: r.hitsCommand(), silent: runtime})
		t.Logf("%s: %s%+v", fault, r.outcome.Error, r.outcome.Result)
	})
}

// needsLoader reports whether this program has a dynamic linker.
func needsLoader(t *testing.T) bool {
	t.Helper()
	f, err := programs.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return slices.ContainsFunc(f.Progs, func(p *programs.Prog) bool { return p.Type == programs.PT_INTERP })
}
