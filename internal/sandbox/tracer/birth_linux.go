package tracer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A new task stops before its first instruction, and the one that made it stops
// to announce it. We hear of the two in any order, and of each perhaps never: a
// task in a stop can still be killed, by a signal, by an exit of its process or by
// an exec of another thread. So a child whose announcement is lost must be found,
// or it would wait for ever.
//
// Whose it is follows from its parent in /proc, as CLONE_PARENT is refused by the
// filter. Open: where the parent was killed before the child has stopped, and a
// process inside made itself the reaper of others (PR_SET_CHILD_SUBREAPER), the
// child looks like one that the reaper is about to announce, and waits until the
// reaper ends.

// stopped handles the first stop of a new task, and stops by job control.
func (l *loop) stopped(tid int, sig syscall.Signal) error {
	if l.tasks[tid] == nil {
		delete(l.dead, tid) // an earlier one of that number
		l.waiting[tid], l.unheard = sig, true
		return nil
	}
	return l.release(tid, sig)
}

// release lets a task that is known go on after a stop that came with sig. Of a process that is
// stopped it stays stopped until somebody continues it, as without a tracer.
func (l *loop) release(tid int, sig syscall.Signal) error {
	stops := false
	switch sig {
	case unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		stops = true
	}
	if t := l.tasks[tid]; t.stopped != stops {
		t.stopped = stops
		l.events.Stopped(tid, stops)
	}
	if stops {
		return ptrace(unix.PTRACE_LISTEN, tid, 0)
	}
	return resume(tid, 0)
}

// cloned handles the announcement of a child.
func (l *loop) cloned(parent, child, event int) error {
	if l.tasks[child] != nil {
		return nil // it was taken for an orphan
	}
	by := l.tasks[parent]
	if by == nil {
		return fmt.Errorf("task %d, of which nothing is known, has made task %d", parent, child)
	}
	if e, ok := l.dead[child]; ok {
		delete(l.dead, child)
		if !exists(child) { // or the number has been given again
			l.events.Cloned(parent, child, false)
			l.events.Exited(child, e.code, e.signal)
			return nil
		}
	}
	return l.born(parent, child, event == unix.PTRACE_EVENT_CLONE && isThread(child))
}

// born says whose a task is, and lets it run if it has stopped already.
func (l *loop) born(parent, child int, thread bool) error {
	t := &task{process: child}
	if thread {
		t.process = l.tasks[parent].process
		if l.threads[t.process] == nil {
			l.threads[t.process] = map[int]bool{}
		}
		l.threads[t.process][child] = true
	}
	l.tasks[child] = t
	l.events.Cloned(parent, child, thread)
	sig, stopped := l.waiting[child]
	if !stopped {
		return nil
	}
	delete(l.waiting, child)
	return l.release(child, sig)
}

// orphans lets children run whose parents have ended before they could be heard. Mostly
// the announcement comes right behind the child, so this is for when nothing else has come.
func (l *loop) orphans() error {
	if !l.unheard {
		return nil
	}
	l.unheard = false
	for tid := range l.waiting {
		if err := l.orphan(tid); err != nil {
			return err
		}
	}
	return nil
}

// orphan lets a waiting task run if nobody will announce it.
func (l *loop) orphan(tid int) error {
	if isThread(tid) {
		// Whoever made it does not survive it, and the other way round; or it is gone.
		return nil
	}
	s, err := statusOf(tid)
	if err != nil || s.tid == 0 { // it is gone since
		return err
	}
	if l.tasks[s.parent] != nil {
		return nil // the announcement is on its way
	}
	return ignoreGone(l.born(0, tid, false))
}

// lost lets children run whose announcements were lost when an exec ended the
// threads that made them: the process has only the one thread that has just
// executed, so nothing is on its way any more.
func (l *loop) lost(process, former int) error {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", process, process))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ESRCH) {
		return err
	}
	// Some kernels have no such file; then those that have stopped are found.
	candidates := map[int]bool{}
	for tid := range l.waiting {
		candidates[tid] = true
	}
	for field := range strings.FieldsSeq(string(children)) {
		tid, err := strconv.Atoi(field)
		if err != nil {
			return fmt.Errorf("the children of process %d: %w", process, err)
		}
		candidates[tid] = true
	}
	for tid := range candidates {
		if l.tasks[tid] != nil {
			continue
		}
		s, err := statusOf(tid)
		if err != nil {
			return err
		}
		// One that is not traced has ended and waits for its parent to look.
		if s.process == tid && s.parent == process && s.tracer != 0 {
			if err := ignoreGone(l.born(former, tid, false)); err != nil {
				return err
			}
		}
	}
	return nil
}

func ignoreGone(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}
