package tracer

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const options = unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE |
	unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL

// Follow begins to trace a task, calls ready with how that went, and tells
// events until nothing that is traced is left. The task may be waiting for an
// answer to a system call; it is not stopped.
//
// It keeps one thread for itself, because the kernel takes only that one for
// the tracer. An error after ready(nil) means that the tracer does not know any
// more what happens; the caller must end the run.
func Follow(tid int, events Events, ready func(error)) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := ptrace(unix.PTRACE_SEIZE, tid, options); err != nil {
		ready(fmt.Errorf("tracing: %w", err))
		return nil
	}
	l := &loop{events: events, state: map[int]state{tid: running}, calls: map[int]*Call{}}
	ready(nil)
	for {
		var status unix.WaitStatus
		// Only what this thread traces: our children are somebody else's.
		tid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ECHILD):
			return nil
		case err != nil:
			return fmt.Errorf("waiting for traced processes: %w", err)
		}
		// A task that was killed while we looked is no task to do anything to;
		// its end is reported on its own.
		if err := l.handle(tid, status); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
}

// state is what is known of a task.
type state uint8

const (
	unknown   state = iota
	waiting         // it has stopped before its first instruction, and nobody has said whose it is
	announced       // somebody has said whose it is, and it has not stopped yet
	running
)

type loop struct {
	events Events
	state  map[int]state
	calls  map[int]*Call // that are being made, of which the end is wanted
}

func (l *loop) handle(tid int, status unix.WaitStatus) error {
	switch {
	case status.Exited():
		l.ended(tid, status.ExitStatus(), 0)
		return nil
	case status.Signaled():
		l.ended(tid, 128+int(status.Signal()), int(status.Signal()))
		return l.orphans()
	case !status.Stopped():
		return nil
	}
	sig := status.StopSignal()
	switch event := int(status) >> 16; event {
	case unix.PTRACE_EVENT_CLONE, unix.PTRACE_EVENT_FORK, unix.PTRACE_EVENT_VFORK:
		child, err := message(tid)
		if err != nil {
			return err
		}
		return errors.Join(l.cloned(tid, child, event), resume(tid, 0))
	case unix.PTRACE_EVENT_EXEC:
		former, err := message(tid)
		if err != nil {
			return err
		}
		if former != tid { // another thread than the first: it has the first one's number now
			delete(l.state, former)
		}
		l.state[tid] = running
		p, err := program(tid, former)
		if err != nil {
			return err
		}
		l.events.Executed(p)
		return errors.Join(p.finish(), resume(tid, 0))
	case unix.PTRACE_EVENT_STOP:
		return l.stopped(tid, sig)
	case unix.PTRACE_EVENT_SECCOMP:
		return l.entered(tid)
	}
	if sig == unix.SIGTRAP|callStop {
		return l.left(tid)
	}
	return resume(tid, sig) // a signal on its way
}

// stopped handles the first stop of a new task, and stops by job control.
func (l *loop) stopped(tid int, sig syscall.Signal) error {
	switch l.state[tid] {
	case unknown:
		l.state[tid] = waiting
		return l.orphanIfAlone(tid)
	case announced:
		l.state[tid] = running
		return resume(tid, 0)
	}
	switch sig {
	case unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		// It stays stopped until somebody continues it, as without a tracer.
		return ptrace(unix.PTRACE_LISTEN, tid, 0)
	}
	return resume(tid, 0)
}

// cloned announces a child, and lets it run if it has stopped already.
func (l *loop) cloned(parent, child, event int) error {
	if l.state[child] == running {
		return nil // an orphan that has been found
	}
	thread := event == unix.PTRACE_EVENT_CLONE && isThread(child)
	l.events.Cloned(parent, child, thread)
	if l.state[child] != waiting {
		l.state[child] = announced
		return nil
	}
	l.state[child] = running
	return resume(child, 0)
}

func (l *loop) ended(tid, code, signal int) {
	known := l.state[tid] == running
	delete(l.state, tid)
	delete(l.calls, tid)
	if known {
		l.events.Exited(tid, code, signal)
	}
}

// orphans lets children run whose parents were killed before they could be
// heard. Who they belong to is asked of /proc.
func (l *loop) orphans() error {
	var errs []error
	for tid, s := range l.state {
		if s == waiting {
			errs = append(errs, l.orphanIfAlone(tid))
		}
	}
	return errors.Join(errs...)
}

// orphanIfAlone lets a waiting task run if its parent will not announce it.
func (l *loop) orphanIfAlone(tid int) error {
	process, parent, err := relatives(tid)
	if err != nil {
		return nil // it is gone
	}
	owner, thread := parent, false
	if process != tid {
		owner, thread = process, true
	}
	if l.state[owner] == running {
		return nil // the announcement is on its way
	}
	l.events.Cloned(owner, tid, thread)
	l.state[tid] = running
	if err := resume(tid, 0); !errors.Is(err, unix.ESRCH) {
		return err
	}
	return nil
}

// isThread reports whether a task is not the first of its process. A process
// that was made by clone(2) with a signal of its own is announced as one too.
func isThread(tid int) bool {
	fd, err := unix.PidfdOpen(tid, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err != nil // the kernel opens first threads only; ESRCH is as good
}

// relatives returns the process of a task and the parent of that process.
func relatives(tid int) (process, parent int, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "Tgid":
			process, err = strconv.Atoi(strings.TrimSpace(value))
		case "PPid":
			parent, err = strconv.Atoi(strings.TrimSpace(value))
		}
		if err != nil {
			return 0, 0, fmt.Errorf("/proc/%d/status: %w", tid, err)
		}
	}
	return process, parent, nil
}

// message is what the kernel says about the last event of a task.
func message(tid int) (int, error) {
	n, err := unix.PtraceGetEventMsg(tid)
	return int(n), err
}

// resume lets a stopped task go on, with a signal or without.
func resume(tid int, sig syscall.Signal) error {
	return ptrace(unix.PTRACE_CONT, tid, uintptr(sig))
}

func ptrace(request, tid int, data uintptr) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), 0, data, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
