//go:build linux

// Package tracer follows the processes of a run by ptrace: every new thread and
// process before its first instruction, every exec before the new program's
// first, and every end. It stops nothing else of itself, so a system call costs
// what it costs without it.
//
// A run may ask for stops at a few rare calls besides (seccomp.Rule.Stop), to
// give them another argument, or to know when they are over.
//
// It guarantees that nothing is traced only in part: what a traced process
// starts is traced from its birth (PTRACE_O_TRACECLONE and the like), and
// everything that is traced dies with us (PTRACE_O_EXITKILL). A program could ask
// for a child that is not (CLONE_UNTRACED), or that belongs to somebody else
// (CLONE_PARENT); so the filter under which it runs must refuse both. It decides
// nothing; whoever is told of an event may read and change the memory of the
// one who stopped.
//
// A process inside that traces or debugs another is refused by the kernel:
// there is one tracer for each.
package tracer

import "syscall"

// Events are told of what happens, in the order of the causes and on one thread:
// a parent's Cloned comes before anything of its child, and a child runs on
// only after Cloned has returned.
type Events interface {
	// Cloned says that a new task is about to run. parent is the number of the
	// thread that made it, or of another one of its process where the thread cannot
	// be found out any more, or 0 where that process was killed before it could
	// be heard. thread says that it is a thread of the parent's process.
	Cloned(parent, child int, thread bool)
	// Executed says that a process is about to begin a new program.
	Executed(p *Program)
	// Entered says that a task is about to make a call that the filter stops.
	Entered(tid int, c *Call)
	// Left says that a call is over for which Entered asked for that, and what it
	// returned: a negative error number, or a value.
	Left(tid int, result int64)
	// Signalled says that a signal is about to be delivered to a task, which is
	// stopped.
	Signalled(tid int, signal syscall.Signal)
	// Stopped says that a task is stopped by job control and stays so, or that it goes on.
	Stopped(tid int, is bool)
	// Exited says that a task has ended. Of a process, code and signal are those of
	// its last thread.
	Exited(tid, code, signal int)
}
