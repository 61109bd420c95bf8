package monitor

import (
	"math/rand/v2"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

// task is a thread.
type task struct {
	process  *process
	place    determinism.Place
	made     uint64        // tasks that it has made
	stream   *rand.ChaCha8 // nil until something is drawn
	sleep    time.Duration // where the clock will be when the call ends that it is in; 0: unchanged
	nap      time.Duration // how long that call sleeps, if only this task is to see it; 0: not at all
	napped   time.Duration // such sleeps that the clock does not show yet
	onlyLate bool          // sleep counts only if the call ends by its time running out, with an error
	paused   bool          // that call was interrupted, and goes on if the program makes it again
	stopped  bool          // by job control
}

// random is the stream of a task.
func (t *task) random() *rand.ChaCha8 {
	if t.stream == nil {
		t.stream = t.place.Stream()
	}
	return t.stream
}

// process is what its threads share.
type process struct {
	pid     int
	parent  *process          // nil for the first
	place   determinism.Place // of what it is started in: its children's programs are counted from here
	started map[determinism.Place]uint64
	clock   determinism.Clock
	flowing bool
	program *program

	threads int
	memory  *memory
	dir     string // working directory; empty if it is not known
	moved   bool   // it has had another one in this program
	renamed uint64 // value of Monitor.renamed when that was read
}

// program is what a process executes. Children that did not begin another share
// it.
type program struct {
	observation.Process
	env    *environment // nil of what is no program yet
	exempt bool
	seen   map[uint64]struct{} // what was recorded, by hash of operation and path
}

// begin takes the first task.
func (m *Monitor) begin(tid int) {
	place := determinism.First("")
	if m.options.Hold != nil {
		place = determinism.First(m.options.Hold.Seed)
	}
	p := &process{pid: tid, place: place, started: map[determinism.Place]uint64{}, program: &program{seen: map[uint64]struct{}{}}, threads: 1, memory: &memory{users: 1}}
	if m.options.Hold != nil {
		p.clock = determinism.NewClock(m.options.Hold.Epoch)
	}
	m.first = p
	m.tasks[tid] = &task{process: p, place: place}
}

// Cloned implements tracer.Events.
func (m *Monitor) Cloned(parent, child int, thread bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if parent == 0 {
		m.adopt(child)
		return
	}
	by := m.tasks[parent]
	if by == nil {
		m.fail("task %d has no parent", child)
		return
	}
	t := &task{process: by.process, place: by.place.Child(by.made)}
	by.made++
	if thread {
		// The first one has not begun, and who makes it is stopped.
		m.shortenHere(by.process, parent)
		by.process.threads++
	} else {
		by.wake()
		m.drain(by, parent)
		t.process = by.process.child(child, t.place)
		if sameMemory(parent, child) {
			// As for a thread; and a shell that starts others by vfork(2) makes no other call for long.
			m.shortenPending(by.process, parent)
			t.process.memory = by.process.memory
			t.process.memory.users++
			t.process.memory.settle(child)
		} else if by.process.alone() {
			t.process.memory.settle(child)
		} else {
			m.renew(t.process.memory, child)
		}
	}
	m.add(child, t)
}

// child is a new process that begins as a copy of p.
func (p *process) child(pid int, place determinism.Place) *process {
	c := &process{pid: pid, parent: p, place: place, started: map[determinism.Place]uint64{},
		clock: p.clock.Forked(), flowing: p.flowing, program: p.program,
		threads: 1, memory: p.memory.copied(), dir: p.dir, renamed: p.renamed}
	if p.threads > 1 {
		c.dir = "" // another one may be changing it
	}
	return c
}

// adopt takes a process whose parent was killed before it could say that it had
// made it. What it executes is what its parent did; everything else it has as a
// child of the command. Whether there is such a process at all is chance.
func (m *Monitor) adopt(pid int) {
	place := m.first.place.Child(1<<32 + m.orphans)
	m.orphans++
	p := m.first.child(pid, place)
	p.memory, p.dir = &memory{users: 1}, "" // whatever it has, it is not known
	m.execute(p, tracer.Running(pid))
	m.add(pid, &task{process: p, place: place})
}

// add takes a new task.
func (m *Monitor) add(child int, t *task) {
	m.tasks[child] = t
	if m.ending {
		_ = unix.Kill(t.process.pid, unix.SIGKILL) // as kill does
	}
}

// Executed implements tracer.Events.
func (m *Monitor) Executed(e *tracer.Program) {
	m.mu.Lock()
	defer m.mu.Unlock()
	by := m.tasks[e.Former]
	if by == nil {
		m.fail("process %d executes a program and is not known", e.PID)
		return
	}
	p := by.process
	by.wake()
	for tid, t := range m.tasks {
		if t.process == p { // an exec ends all other threads
			delete(m.tasks, tid)
		}
	}
	p.memory.users--
	p.threads, p.memory, p.moved = 1, &memory{users: 1}, false
	first := p.program.env == nil
	m.execute(p, e)
	if e.Opaque && m.options.Hold != nil {
		m.fail("`%s` may be executed but not read, so time and chance cannot be held in it", p.program.Exe)
	}
	from := p.parent
	if from == nil {
		from = p
	}
	// The first program is at the place of its world whatever its words: with
	// cargo's own, each verb and `-v` would give other streams to what it starts.
	if !first {
		argv, env := determinism.Words(e.Argv), p.program.env.variables
		key := from.place.Program(argv, env, p.program.Dir, 0)
		n := from.started[key]
		from.started[key] = n + 1
		if p.place = key; n > 0 {
			p.place = from.place.Program(argv, env, p.program.Dir, n)
		}
	}
	p.started = map[determinism.Place]uint64{}
	p.clock = p.clock.Forked()
	t := &task{process: p, place: p.place}
	m.tasks[e.PID] = t
	if e.Readable() {
		m.prepare(t, e)
		m.startBuffer(p, e) // its code goes into what is prepared of the vDSO
	}
}

// Signalled implements tracer.Events. Most signals may end the process.
func (m *Monitor) Signalled(tid int, signal syscall.Signal) {
	switch signal {
	case unix.SIGCHLD, unix.SIGURG, unix.SIGWINCH, unix.SIGCONT:
		return // ignored, unless the process says otherwise
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.tasks[tid]; t != nil {
		m.drain(t, tid)
	}
}

// Exited implements tracer.Events.
func (m *Monitor) Exited(tid, code, signal int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tasks[tid]
	delete(m.tasks, tid)
	if t == nil {
		return
	}
	p := t.process
	if p.threads--; p.pid != tid {
		p.dir = "" // which it may have changed
		return     // a thread; the first one's end is reported when there is no other
	}
	t.wake()
	p.memory.users--
	if p.parent != nil {
		p.parent.clock.Joined(&p.clock)
		// A daemon that goes on by its children would be a chain without an end.
		p.parent = nil
	}
	if p.program.PID == tid {
		m.exited(p.program.ID, code, signal)
	}
}
