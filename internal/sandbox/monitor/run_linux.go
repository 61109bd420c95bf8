package monitor

import (
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/syscallbuf"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

// pid is our own.
var pid = os.Getpid()

// Monitor supervises one run.
type Monitor struct {
	options Options
	end     func() // ends the run
	stage2  int    // number of the process that starts the command

	handlers handlers
	vdso     patch  // that holds the clock
	spare    spare  // of the vDSO
	key      uint64 // of calls that are noted by their programs
	tracer   *tracer.Tracer

	mu        sync.Mutex // of everything below
	tasks     map[int]*task
	first     *process // the command
	orphans   uint64   // that were adopted
	begun     bool
	ending    bool // what begins now is killed
	started   time.Time
	root      int // descriptor of the view's root; -1 before there is one
	constants map[string]int
	listings  []*listing
	places    map[string]resolved // what names lead to, see resolve
	linked    map[string]resolved // by links that may be removed
	known     known
	calls     uint64
	noted     uint64 // of them, by programs themselves
	recorded  int    // accesses
	dropped   uint64
	unsorted  int
	programs  int               // that were recorded
	renamed   uint64            // how often names may have begun to lead elsewhere
	relinked  uint64            // how often names that lead there by links may have
	guesses   uint64            // how often a link or `..` decided where a name would lead
	missing   map[string]string // where directories would be that are not there, see parent
	sites     map[string][]site // that can be shortened, by program
	scratch   []byte
	entries   []syscallbuf.Entry
	err       error // the first fault of ours

	batch   []recorded      // for the writer, not yet sent
	records chan []recorded // to the writer
	written chan error
}

// newMonitor prepares the supervision of one run. end is called if it fails, and must
// end the run at once: nothing of it may go on unseen.
func newMonitor(o Options, end func()) (*Monitor, error) {
	m := &Monitor{options: o, end: end, tasks: map[int]*task{}, root: -1, known: known{seed: maphash.MakeSeed()}}
	m.register()
	if m.buffered() {
		var err error
		if m.spare, err = vdsoSpare(); err != nil {
			return nil, err
		}
		if !comparesMemory() {
			m.spare = spare{}
		}
		m.key, m.sites, m.scratch = keyOf(o.Hold.Seed), map[string][]site{}, make([]byte, syscallbuf.Size)
	}
	var shown tracer.Processor // the real one
	if o.Hold != nil {
		var err error
		if shown, err = processor(o.Hold.CPU); err != nil {
			return nil, diag.New(diag.ExitIsolation, "the world asks for a processor of another level than this one has").Because(err).
				WithHelp("set `world.cpu` in hermetic.toml to a lower level")
		}
	}
	if err := m.makeConstants(); err != nil {
		return nil, err
	}
	if m.clockHeld() {
		var err error
		if m.vdso, err = vdsoPatch(); err != nil {
			m.closeConstants()
			return nil, err
		}
	}
	var err error
	if m.tracer, err = tracer.New(m, shown); err != nil {
		m.closeConstants()
		return nil, err
	}
	if o.Record != nil {
		m.startWriter()
	}
	return m, nil
}

// serve answers the calls of a run and follows its tasks until nothing of it is
// left. If stop can be read, or after an error, the run must be ending.
func (m *Monitor) serve(listener, stop int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := supervisor.Serve(listener, stop, m.answer, supervisor.Beside{FD: m.tracer.Bell(), Do: func() error {
		_, err := m.tracer.Handle()
		return err
	}})
	if err != nil {
		m.end()
	}
	return errors.Join(err, m.tracer.Finish())
}

// close waits until the record is written, and returns what went wrong. serve must
// have returned.
func (m *Monitor) close() error {
	m.tracer.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.err
	if m.records != nil {
		m.flush()
		close(m.records)
		if written := <-m.written; err == nil {
			err = written
		}
	}
	for _, l := range m.listings {
		unix.Close(l.fd)
	}
	m.closeConstants()
	if m.root >= 0 {
		unix.Close(m.root)
	}
	return err
}

// weaker says what was not held, a sentence each.
func (m *Monitor) weaker() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unsorted == 0 {
		return nil
	}
	return []string{fmt.Sprintf("a directory with more than %d MiB of names was listed in the order of its file system, or one while %d were read in part (%d times)", maxDirectory>>20, maxListings, m.unsorted)}
}

// kill ends every process that is still there.
func (m *Monitor) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ending = true
	for tid, t := range m.tasks {
		if t.process.pid == tid {
			// Traced until we wait for it, so the number is its own; it may have
			// ended by itself.
			_ = unix.Kill(tid, unix.SIGKILL)
		}
	}
}

// trace begins to follow the command, which waits for the answer to its exec.
func (m *Monitor) trace(tid int) error {
	m.begun, m.started = true, time.Now()
	m.begin(tid)
	return m.tracer.Seize(tid)
}

// fail notes a fault and ends the run. The caller holds the lock.
func (m *Monitor) fail(format string, args ...any) {
	m.failWith(fmt.Errorf("supervising the run: "+format, args...))
}

func (m *Monitor) failWith(err error) {
	if m.err == nil {
		m.err = err
	}
	m.end()
}

// untraceable says why the command cannot be traced.
func untraceable(err error) error {
	d := diag.New(diag.ExitIsolation, "the processes of a run cannot be supervised here").Because(err)
	if errors.Is(err, unix.EPERM) {
		d = d.Note("another program traces this one (strace -f, a debugger), or a security module forbids it (Yama's ptrace_scope 3, a container's profile)").
			WithHelp("run it without the tracer; `cargo hermetic doctor` says whether tracing works here")
	}
	return d
}

// openRoot opens the root that a process sees, once.
func (m *Monitor) openRoot(of int) {
	if m.root >= 0 {
		return
	}
	root, err := unix.Open(fmt.Sprintf("/proc/%d/root", of), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ESRCH), errors.Is(err, unix.EACCES):
		// It was killed, or may not be looked at; the next one opens it.
	case err != nil:
		m.fail("opening the root of process %d: %v", of, err)
	default:
		m.root = root
	}
}
