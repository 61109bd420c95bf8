package monitor

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// answer decides about one call that the filter hands over.
func (m *Monitor) answer(c *supervisor.Call) supervisor.Answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	t := m.tasks[c.TID]
	if t == nil {
		switch {
		case m.begun:
			return m.stranger(c)
		case c.Number != unix.SYS_EXECVE:
			// Before the command there is only the second stage itself.
			return supervisor.Continue()
		}
		if err := m.trace(c.TID); err != nil {
			m.failWith(untraceable(err))
			return supervisor.Refuse(uintptr(unix.EPERM))
		}
		t = m.tasks[c.TID]
	}
	h := m.handlers.of(c.Number)
	if h.held != nil {
		// The C library draws chance before the program looks for its first file.
		m.shortenPending(t.process, c.TID)
		return h.held(m, t, c)
	}
	m.drain(t, c.TID) // what it did before this
	switch {
	case h.path != nil:
		m.shorten(t.process, c)
		return m.look(t, c, h.path)
	case h.buffer != nil:
		h.buffer(m, t, c)
	case h.socket != nil:
		m.address(t, c, h.socket)
	case c.Number == unix.SYS_PTRACE:
		m.record(t.process, observation.Trace, "", "", observation.Refused)
		return supervisor.Refuse(uintptr(unix.EPERM))
	}
	return supervisor.Continue()
}

// stranger answers somebody who is not known although the command has begun: the
// thread of the second stage that started it; a task that has just been killed; or
// one that is not traced, which must not be.
func (m *Monitor) stranger(c *supervisor.Call) supervisor.Answer {
	process, err := c.Process()
	switch {
	case !c.Waits():
		// Gone, so nobody hears this.
	case err != nil:
		m.fail("task %d is not traced, and whose it is cannot be read: %v", c.TID, err)
	case process == m.stage2:
		return supervisor.Continue()
	default:
		m.fail("task %d of process %d is not traced", c.TID, process)
	}
	return supervisor.Refuse(uintptr(unix.EPERM))
}

// look records what a call names, and answers for files of ours.
func (m *Monitor) look(t *task, c *supervisor.Call, p *pathCall) supervisor.Answer {
	name, asked, ok := p.nameOf(c)
	if !ok {
		return supervisor.Continue() // as the kernel will find; or it is about a descriptor
	}
	if strings.HasPrefix(name, "/proc/") || strings.HasPrefix(name, "/dev/") {
		if a, ok := m.constant(t, c, p, path.Clean(name)); ok {
			m.record(t.process, p.op, path.Clean(name), asked, observation.Found)
			return a
		}
	}
	op := p.op
	if p.flags >= 0 && c.Args[p.flags]&(unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC) != 0 {
		op = observation.Write
	}
	if p.places != nil {
		m.changed(p.places(m, c, p, name))
		defer m.unresolve(name) // what is there now is there until the call is made
	}
	m.see(t.process, op, name, asked)
	return supervisor.Continue()
}

// nameOf is the name of a call as an absolute path, and as it is asked for.
func (p *pathCall) nameOf(c *supervisor.Call) (name, asked string, ok bool) {
	asked, err := c.String(c.Args[p.name])
	if err != nil || asked == "" {
		return "", "", false
	}
	if strings.HasPrefix(asked, "/") {
		return asked, asked, true
	}
	dir := unix.AT_FDCWD
	if p.dir >= 0 {
		dir = c.DirFD(c.Args[p.dir])
	}
	base, err := c.Place(dir)
	return base + "/" + asked, asked, err == nil && strings.HasPrefix(base, "/")
}
