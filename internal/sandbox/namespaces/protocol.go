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

import (
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// stage2Name is argv[0] of the second stage.
var stage2Name = stage.Name("world")

// IsStage2 reports whether the argument list is that of a second stage.
func IsStage2(args []string) bool { return len(args) == 1 && args[0] == stage2Name }
