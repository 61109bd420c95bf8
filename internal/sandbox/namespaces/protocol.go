// Package namespaces is the isolation `namespaces`: one re-exec of ourselves
// into new user, mount, pid, net, ipc, uts and cgroup namespaces, a fresh root
// in memory, whole directories bound read-only, no capabilities, a seccomp
// filter, and an own pid 1 that ends with its parent.
//
// The sequence and its pitfalls are those of the project's kernel study
// (sections 5 and 7, numbers Pnn in comments). Three rungs, tried by doing and
// never by reading versions or sysctls:
//
//	A   user namespace and a fresh /proc
//	A'  root without user namespaces: the other namespaces, then a drop to an
//	    unprivileged uid
//	B   as A where /proc is masked (containers): the host's /proc is bound.
//	    Reported as weaker: names of the host's processes can be read.
//
// It guarantees that either the command runs with all of that, or it does not
// run and the error says which step failed and what to do about it.
package namespaces

import "github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"

// stage2Name is argv[0] of the second stage. It is not a secret: a process
// that calls itself so only gets to read a plan from its own descriptor 3.
const stage2Name = "cargo-hermetic: world"

// IsStage2 reports whether the argument list is that of a second stage.
func IsStage2(args []string) bool { return len(args) == 1 && args[0] == stage2Name }

// Descriptors of the second stage beyond stdin, stdout and stderr.
const (
	planFD    = 3 // read: one plan as JSON, then end of file
	statusFD  = 4 // write: messages as JSON
	controlFD = 5 // read: one byte a signal to pass on; end of file means that the parent is gone
)

// plan is what the parent tells the second stage.
type plan struct {
	Spec    spec.Spec
	Sources []identity // of Spec.Mounts, same index
	// WithoutUserNS is rung A': the second stage is the host's root and becomes
	// Spec.UID and Spec.GID itself before the command starts.
	WithoutUserNS bool
}

// identity is what the parent found at a mount's source, so that a source
// which is exchanged before the second stage opens it is noticed (E09).
type identity struct {
	Dev, Ino uint64
}

// message is what the second stage tells the parent.
type message struct {
	Failed  *failure `json:",omitempty"` // the set-up stopped; nothing ran
	Weaker  string   `json:",omitempty"` // something this host cannot close
	Started bool     `json:",omitempty"` // the command runs
	Exited  *exited  `json:",omitempty"` // the command ended
}

// failure names the step that failed.
type failure struct {
	Step  string // what was being done
	Errno int    // 0 if it was not a system call
	Text  string
}

type exited struct {
	Code, Signal int
}
