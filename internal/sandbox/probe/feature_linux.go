package probe

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/advice"
)

// feature is one line of the table.
type feature struct {
	name, what string
	step       advice.Step // which refusal it is, for the advice
	// required and better are the isolations that need it, and those that are
	// weaker without it. A feature with neither is information.
	required, better []string
	after            string // the feature without which this one cannot be tried
	absent           string // what it means that there is none; empty where the advice says it
	// where the child is started.
	place place
	// parent works on the child from outside while it waits. May be nil.
	parent func(pid int) error
	// clean removes what a child that was killed may have left. May be nil.
	clean func(pid int) error
	// try runs in the child, on a locked thread, and returns what it found.
	try func(given string) (value string, err error)
}

// place is the namespaces of a child.
type place struct {
	flags uintptr // CLONE_NEW*
	// mapped: as an isolation starts its second stage, in a user namespace with
	// one id and the capabilities to set up a world. Root where that does not
	// work is tried without one, as the isolation does.
	mapped bool
	caps   []uintptr // further capabilities
	// given is the link in /proc/self/ns that the child compares its own with.
	given string
}

var (
	ns       = []string{"namespaces"}
	ll       = []string{"landlock"}
	both     = []string{"namespaces", "landlock"}
	mounting = place{flags: unix.CLONE_NEWNS, mapped: true}
)

// features is the table, in an order in which a feature comes after those that
// it cannot be tried without.
func features() []feature {
	list := []feature{
		{name: "user-namespace", what: "a user namespace", step: advice.UserNamespace, required: ns,
			place: place{flags: unix.CLONE_NEWUSER, given: "user"}, try: anotherNamespace("user")},
		{name: "id-map", what: "a user of its own in it", step: advice.IDMap, required: ns, after: "user-namespace",
			place: place{flags: unix.CLONE_NEWUSER}, parent: writeIDMap, try: mappedID},
	}
	for _, n := range []struct {
		name string
		flag uintptr
	}{
		{"mnt", unix.CLONE_NEWNS}, {"pid", unix.CLONE_NEWPID}, {"net", unix.CLONE_NEWNET},
		{"ipc", unix.CLONE_NEWIPC}, {"uts", unix.CLONE_NEWUTS}, {"cgroup", unix.CLONE_NEWCGROUP},
	} {
		list = append(list, feature{name: n.name + "-namespace", what: "a " + n.name + " namespace", step: advice.Namespace, required: ns,
			place: place{flags: n.flag, mapped: true, given: n.name}, try: anotherNamespace(n.name)})
	}
	return append(list, []feature{
		{name: "tmpfs", what: "a fresh file system in memory", step: advice.Mount, required: ns, after: "mnt-namespace", place: mounting, try: freshTmpfs},
		{name: "read-only-tree", what: "a tree of the host, read-only with all that is mounted in it", step: advice.Mount, required: ns, after: "tmpfs", place: mounting, try: readOnlyTree},
		{name: "fresh-proc", what: "a fresh /proc of its own processes", step: advice.Proc, better: ns, after: "pid-namespace",
			place: place{flags: unix.CLONE_NEWNS | unix.CLONE_NEWPID, mapped: true}, try: freshProc},
		{name: "bound-proc", what: "the host's /proc, for where it is masked", step: advice.Mount, after: "mnt-namespace", place: mounting, try: boundProc},
		{name: "pivot-root", what: "another root by pivot_root", step: advice.Root, after: "tmpfs", place: mounting, try: pivotRoot},
		{name: "moved-root", what: "another root by a moved mount", step: advice.Root, after: "tmpfs", place: mounting, try: movedRoot},
		{name: "host-name", what: "a host name of its own", step: advice.HostName, better: ns, after: "uts-namespace",
			place: place{flags: unix.CLONE_NEWUTS, mapped: true}, try: hostName},
		{name: "loopback", what: "a loopback device of its own", step: advice.Loopback, required: ns, after: "net-namespace",
			place: place{flags: unix.CLONE_NEWNET, mapped: true}, try: loopback},
		{name: "overlay", what: "an overlay of two trees", step: advice.Other, after: "tmpfs", try: overlay,
			// The directory that it works in has no permission for anybody.
			place:  place{flags: unix.CLONE_NEWNS, mapped: true, caps: []uintptr{unix.CAP_DAC_OVERRIDE}},
			absent: "nothing uses it today: what a build writes into its root cannot be kept apart and shown"},

		{name: "no-new-privileges", what: "a process that can gain no privilege", step: advice.Other, required: both, try: noNewPrivileges},
		{name: "seccomp", what: "a filter of system calls", step: advice.Filter, required: both, try: seccompFilter},
		{name: "seccomp-supervisor", what: "system calls answered by a supervisor", step: advice.Supervision, required: both, after: "seccomp", try: supervision},
		{name: "nested-supervisor", what: "a supervisor below another", step: advice.Listener, after: "seccomp-supervisor", try: nestedSupervision,
			absent: "the kernel has one supervisor per process: a hermetic build does not work inside another"},
		{name: "landlock", what: "Landlock", step: advice.Landlock, required: ll, try: landlockVersion},
		{name: "landlock-files", what: "Landlock for files", step: advice.Landlock, required: ll, after: "landlock", try: landlockFiles},
		{name: "landlock-tcp", what: "Landlock for TCP", step: advice.Landlock, after: "landlock", try: landlockTCP,
			absent: "a socket that were passed in could connect; the filter refuses all others"},
		{name: "landlock-signals", what: "Landlock for signals", step: advice.Landlock, better: ll, after: "landlock", try: landlockSignals,
			absent: "processes of the same user outside can be signalled; Linux 6.12 closes this"},
		{name: "landlock-sockets", what: "Landlock for abstract sockets", step: advice.Landlock, after: "landlock", try: landlockSockets,
			absent: "a socket that were passed in could connect; the filter refuses all others"},

		{name: "close-range", what: "descriptors closed by their range", step: advice.Other, required: both, try: closeRange},
		{name: "openat2", what: "paths that cannot leave a directory", step: advice.Other, required: ns, try: openBeneath},
		{name: "pidfd", what: "processes by descriptor", step: advice.Trace, required: ll, try: pidfd},
		{name: "ptrace", what: "tracing of one's own children", step: advice.Trace, required: ns, try: ptrace},
		{name: "fixed-addresses", what: "addresses that are the same in every run", step: advice.Other, required: ns, try: fixedAddresses},
		{name: "cgroup", what: "a control group, to limit memory", step: advice.Other, try: controlGroup, clean: removeGroup,
			absent: "nothing uses it today: the memory of a build cannot be limited"},
		{name: "fuse", what: "file systems by a program", step: advice.Other, try: fuse,
			absent: "nothing uses it today: no program can serve files to a world"},
		{name: "cpuid-faulting", what: "CPU features that can be hidden", step: advice.Other, better: ns, try: cpuidFaulting,
			absent: "this processor cannot hide them (Intel since 2012 and some of AMD's can): a program that asks by CPUID sees the real ones, whatever `world.cpu` says"},
	}...)
}

// failure is an error of a try with the step that failed.
type failure struct {
	step string
	kind advice.Step // empty: the feature's
	err  error
}

func (f *failure) Error() string { return f.step + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// failed names the step of an error; nil stays nil.
func failed(err error, step string) error {
	if err == nil {
		return nil
	}
	return &failure{step: step, err: err}
}

// wrong is a call that succeeded without its effect.
func wrong(step, format string, args ...any) error {
	return &failure{step: step, err: fmt.Errorf(format, args...)}
}

// see is the end of a look: what it found must be right.
func see(err error, right bool, step, format string, args ...any) error {
	switch {
	case err != nil:
		return failed(err, step)
	case !right:
		return wrong(step, format, args...)
	}
	return nil
}
