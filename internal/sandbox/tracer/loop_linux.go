package tracer

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

const options = unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE |
	unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL

// Tracer follows the tasks of a run. All its methods but Close are for one goroutine,
// which must keep its thread to itself (runtime.LockOSThread) from Seize until
// nothing is traced any more: the kernel takes only that thread for the tracer.
type Tracer struct {
	*bell
	loop *loop
	over bool
}

// New prepares a tracer that tells events what happens. A nil processor is the real one.
func New(events Events, processor Processor) (*Tracer, error) {
	b, err := newBell()
	if err != nil {
		return nil, err
	}
	l := newLoop(events)
	l.processor = processor
	return &Tracer{bell: b, loop: l, over: true}, nil
}

// Seize begins to trace a task. It may be waiting for an answer to a system call; it
// is not stopped.
func (t *Tracer) Seize(tid int) error {
	if err := ptrace(unix.PTRACE_SEIZE, tid, options); err != nil {
		return fmt.Errorf("tracing: %w", err)
	}
	t.loop.tasks[tid], t.over = &task{process: tid}, false
	return nil
}

// Handle tells of everything that has happened meanwhile, and does not wait. It
// reports whether nothing that is traced is left. An error means that the tracer did
// not know any more what happened, and has killed everything.
func (t *Tracer) Handle() (over bool, err error) {
	if t.over {
		return true, nil
	}
	t.quieten()
	if t.over, err = t.loop.follow(); err != nil {
		t.over = true
		err = errors.Join(err, t.loop.abandon())
	}
	return t.over, err
}

// Finish handles what happens until nothing that is traced is left.
func (t *Tracer) Finish() error {
	for {
		if over, err := t.Handle(); over || err != nil {
			return err
		}
		t.await()
	}
}

// loop is what is known of the tasks.
type loop struct {
	events    Events
	processor Processor // nil: the real one
	tasks     map[int]*task
	threads   map[int]map[int]bool // by process: its threads but the first; an empty set, if they have ended
	waiting   map[int]syscall.Signal
	dead      map[int]end
	unheard   bool // there may be somebody in waiting whom nobody will announce
	stack     []byte
}

// task is one that may run: whose it is has been said.
type task struct {
	process int
	call    *Call   // that it is in, of which the end is wanted
	arming  *arming // of its processor; nil when that is done
	stopped bool    // by job control
}

// end is how a task ended.
type end struct{ code, signal int }

func newLoop(events Events) *loop {
	return &loop{events: events, tasks: map[int]*task{}, threads: map[int]map[int]bool{}, waiting: map[int]syscall.Signal{}, dead: map[int]end{},
		stack: make([]byte, usualStack)}
}

// wait takes what has happened to a task, and waits for it unless flags say not to:
// then tid is 0.
func wait(flags int) (tid int, status unix.WaitStatus, err error) {
	for {
		// Only what this thread traces: our children are somebody else's.
		tid, err = unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD|flags, nil)
		if !errors.Is(err, unix.EINTR) {
			return tid, status, err
		}
	}
}

// follow handles what has happened, and reports whether there is nobody left.
func (l *loop) follow() (over bool, err error) {
	for {
		tid, status, err := wait(unix.WNOHANG)
		switch {
		case errors.Is(err, unix.ECHILD):
			return true, nil
		case err != nil:
			return false, fmt.Errorf("waiting for traced processes: %w", err)
		case tid == 0:
			return false, l.orphans()
		}
		// A task that was killed while we looked is no task to do anything to;
		// its end is reported on its own.
		if err := l.handle(tid, status); err != nil && !errors.Is(err, unix.ESRCH) {
			return false, err
		}
	}
}

// abandon kills everything and waits for it. What is traced and has ended stays
// where it is until its tracer has heard of that, and with it its pid namespace.
func (l *loop) abandon() error {
	kill := func(tid int) error {
		// Its number is its own until we have waited for it.
		if err := unix.Kill(tid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("killing process %d: %w", tid, err)
		}
		return nil
	}
	var errs []error
	for tid := range l.tasks {
		errs = append(errs, kill(tid))
	}
	for tid := range l.waiting {
		errs = append(errs, kill(tid))
	}
	for errors.Join(errs...) == nil { // one that cannot be killed is not waited for
		tid, status, err := wait(0)
		switch {
		case errors.Is(err, unix.ECHILD):
			return nil
		case err != nil:
			return fmt.Errorf("waiting for traced processes: %w", err)
		case status.Stopped(): // it had been born, or had stopped, before it was killed
			errs = append(errs, kill(tid))
		}
	}
	return errors.Join(errs...)
}

func (l *loop) handle(tid int, status unix.WaitStatus) error {
	switch {
	case status.Exited():
		return l.ended(tid, end{status.ExitStatus(), 0})
	case status.Signaled():
		return l.ended(tid, end{128 + int(status.Signal()), int(status.Signal())})
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
		if err := l.cloned(tid, child, event); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
		return resume(tid, 0)
	case unix.PTRACE_EVENT_EXEC:
		return l.executed(tid)
	case unix.PTRACE_EVENT_STOP:
		return l.stopped(tid, sig)
	case unix.PTRACE_EVENT_SECCOMP:
		return l.entered(tid)
	}
	if t := l.tasks[tid]; t != nil && (sig == unix.SIGTRAP|callStop || sig == unix.SIGTRAP) {
		if done, err := l.armed(tid, t, sig != unix.SIGTRAP); done || err != nil {
			return err
		}
	}
	switch sig {
	case unix.SIGTRAP | callStop:
		return l.left(tid)
	case unix.SIGSEGV:
		if done, err := l.faulted(tid); done || err != nil {
			return err
		}
	}
	l.events.Signalled(tid, sig)
	return resume(tid, sig)
}

// executed handles an exec, by which the thread that called it has become the
// first and only one of its process.
func (l *loop) executed(tid int) error {
	former, err := message(tid)
	if err != nil {
		return err
	}
	p, err := program(tid, former, l.stack)
	if err != nil {
		return err // where it was killed: the end of the process is that of its threads
	}
	defer p.close()
	if _, threaded := l.threads[tid]; threaded {
		if err := l.lost(tid, former); err != nil {
			return err
		}
	}
	for thread := range l.threads[tid] {
		delete(l.tasks, thread)
	}
	delete(l.threads, tid)
	l.tasks[tid] = &task{process: tid}
	l.events.Executed(p)
	if err := p.finish(); err != nil {
		return err
	}
	if p.Foreign {
		return resume(tid, 0)
	}
	return l.arm(tid)
}

// ended handles the end of a task. That of a process comes after those of its
// threads, but for one that became the first by an exec which then failed: it
// has no end of its own.
func (l *loop) ended(tid int, e end) error {
	t := l.tasks[tid]
	if t == nil {
		delete(l.waiting, tid)
		l.dead[tid] = e // and is announced later, unless its parent was killed too
		return nil
	}
	if tid == t.process {
		for thread := range l.threads[tid] {
			delete(l.tasks, thread)
			l.events.Exited(thread, e.code, e.signal)
		}
		delete(l.threads, tid)
	} else {
		delete(l.threads[t.process], tid)
	}
	delete(l.tasks, tid)
	l.unheard = true
	l.events.Exited(tid, e.code, e.signal)
	return nil
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
