// Package landlock is the isolation `landlock`, for hosts without user
// namespaces, such as a container with Docker's default profile. Nothing can be
// mounted there, so a command works at the places of the host:
//
//   - Landlock, in the kernel, refuses to read, run, list or change any file
//     that the Spec does not name, and to signal or trace anybody outside;
//   - a seccomp filter refuses sockets, System V and POSIX IPC, limits and
//     priorities of others, and what the isolation `namespaces` refuses;
//   - a supervisor answers "no such file" for what the Spec does not name, since
//     Landlock says nothing about a file's existence and cargo takes a
//     "permission denied" above its root for an error. It changes modes and
//     times of files itself, because Landlock does not know these calls;
//   - places of the Spec that lie elsewhere on the host are replaced by those
//     in arguments, environment and small files (see relocate).
//
// It guarantees that either the command runs with all of that, or it does not
// run. What it does not close is in Weaker and reported with every run. In
// particular, hiding that a file exists is not a wall against a program that
// sets out to know (see package supervisor); reading and changing are.
//
// The sequence is that of the project's kernel study, section 5.3.
package landlock

import (
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// stage2Name is argv[0] of the second stage.
var stage2Name = stage.Name("landlock")

// IsStage2 reports whether the argument list is that of a second stage.
func IsStage2(args []string) bool { return len(args) == 1 && args[0] == stage2Name }

// plan is what the parent tells the second stage. Paths are the host's.
type plan struct {
	Argv, Env []string
	Dir       string
	Umask     int
	OpenFiles uint64
	Network   bool // sockets are not refused: for fetching only
	ABI       int  // of Landlock, as the parent found it
	Rules     []rule
}

// Weaker are the differences from the isolation `namespaces` that no host can
// close, one sentence each.
var Weaker = []string{
	"that a file of the host exists is hidden only from programs that do not try to find out",
	"user, group and kernel release are the host's; the numbers and command lines of its processes, and what else /proc tells everybody, can be read",
	"clock, randomness, addresses, processors, memory and the order of directories are the host's: a program that writes them down is not reproducible",
	"there is no network at all, not even a loopback device",
	"paths are the host's: rustc is told to write the constant ones, C compilers and `env!(\"CARGO_MANIFEST_DIR\")` are not",
	"processes that a build leaves behind are ended by this program, not by the kernel",
}
