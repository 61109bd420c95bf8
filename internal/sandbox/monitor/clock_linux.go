package monitor

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/tracer"
)

func (m *Monitor) clockHeld() bool {
	return m.options.Hold != nil && m.options.Hold.Clock == spec.ClockHeld
}

// now is what the wall clock shows a task, as time since 1970.
func (m *Monitor) now(t *task) time.Duration {
	if t.process.flowing {
		return time.Duration(m.options.Hold.Epoch)*time.Second + time.Since(m.started)
	}
	t.wake()
	return t.process.clock.Now()
}

// realClock reports whether the clock of a task is the host's.
func realClock(t *task) bool { return t.process.program.exempt }

func (m *Monitor) clockGettime(t *task, c *supervisor.Call) supervisor.Answer {
	if realClock(t) {
		return supervisor.Continue()
	}
	return reply(c, c.Args[1], timespec.encode(m.now(t)), 0)
}

func (m *Monitor) getTimeOfDay(t *task, c *supervisor.Call) supervisor.Answer {
	if realClock(t) {
		return supervisor.Continue()
	}
	if c.Args[1] != 0 { // struct timezone: UTC
		if err := c.Write(c.Args[1], make([]byte, 8)); err != nil {
			return supervisor.Refuse(uintptr(unix.EFAULT))
		}
	}
	if c.Args[0] == 0 {
		return supervisor.Return(0)
	}
	return reply(c, c.Args[0], timeval.encode(m.now(t)), 0)
}

func (m *Monitor) time(t *task, c *supervisor.Call) supervisor.Answer {
	if realClock(t) {
		return supervisor.Continue()
	}
	seconds := int64(m.now(t) / time.Second)
	if c.Args[0] == 0 {
		return supervisor.Return(seconds)
	}
	return reply(c, c.Args[0], binary.LittleEndian.AppendUint64(nil, uint64(seconds)), seconds)
}

// unit is the finer part of a time in memory: behind seconds there are so many
// of it.
type unit time.Duration

const (
	timespec = unit(time.Nanosecond)
	timeval  = unit(time.Microsecond)
)

const timeLength = 16 // bytes of a struct timespec and a struct timeval

func (u unit) encode(d time.Duration) []byte {
	data := binary.LittleEndian.AppendUint64(nil, uint64(d/time.Second))
	return binary.LittleEndian.AppendUint64(data, uint64(d%time.Second/time.Duration(u)))
}

// decode refuses what the kernel refuses, and what does not fit: some 290 years.
func (u unit) decode(data []byte) (time.Duration, bool) {
	seconds, fine := int64(binary.LittleEndian.Uint64(data)), int64(binary.LittleEndian.Uint64(data[8:]))
	const most = int64(1 << 33)
	if seconds < 0 || seconds > most || fine < 0 || fine >= int64(time.Second)/int64(u) {
		return 0, false
	}
	return time.Duration(seconds)*time.Second + time.Duration(fine)*time.Duration(u), true
}

// Entered implements tracer.Events.
func (m *Monitor) Entered(tid int, c *tracer.Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tasks[tid]
	if t == nil || realClock(t) {
		return
	}
	if c.Number != unix.SYS_RESTART_SYSCALL {
		t.sleep, t.nap, t.onlyLate = 0, 0, false
	}
	if h := m.handlers.of(c.Number); h.timed != nil {
		h.timed(m, t, c)
	}
	t.paused = false
}

// Left implements tracer.Events.
func (m *Monitor) Left(tid int, result int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tasks[tid]
	if t == nil || t.sleep == 0 && t.nap == 0 {
		return
	}
	switch {
	case result == -restartBlock:
		// A signal: the program is stopped and goes on with the call later, or
		// handles it. How much of the time has passed is chance.
		t.paused = true
		return
	case result == 0 && !t.onlyLate, result == -int64(unix.ETIMEDOUT) && t.onlyLate:
		t.process.clock.Reach(t.sleep)
		t.napped += t.nap
	}
	t.sleep, t.nap = 0, 0
}

// restartBlock is ERESTART_RESTARTBLOCK (include/linux/errno.h), which only a
// tracer sees: the kernel goes on by restart_syscall(2), or makes EINTR of it.
const restartBlock = 516

// shortest is the shortest sleep that is counted: runtimes sleep for microseconds
// whenever two threads want the same, as often as chance has it.
const shortest = time.Millisecond

// longestNap is the longest sleep that is counted for its own thread only, until
// that asks for the time, or ends as the first of its process. Go's system monitor
// sleeps for up to so long whenever it has nothing to do, as often as chance has
// it, and asks for no time; who waits for the clock by short sleeps asks for it
// between them.
const longestNap = 10 * time.Millisecond

// sleeps notes that a call sleeps so long.
func (m *Monitor) sleeps(t *task, c *tracer.Call, d time.Duration) {
	switch {
	case d < shortest:
		return
	case d <= longestNap:
		t.nap = d
	default:
		t.sleep = t.process.clock.Shown() + min(d, determinism.Longest)
	}
	c.WantEnd()
}

// wake counts the naps of a task.
func (t *task) wake() {
	if t.napped > 0 {
		t.process.clock.Reach(t.process.clock.Shown() + t.napped)
		t.napped = 0
	}
}

// goOn handles a call that goes on after a signal.
func goOn(_ *Monitor, t *task, c *tracer.Call) {
	if t.paused {
		c.WantEnd()
	}
}

// sleepFor handles a call that sleeps for the time behind an argument.
func sleepFor(arg int, u unit) func(*Monitor, *task, *tracer.Call) {
	return func(m *Monitor, t *task, c *tracer.Call) {
		if d, ok := timeBehind(c, arg, 0, u); ok {
			m.sleeps(t, c, d)
		}
	}
}

func (m *Monitor) poll(t *task, c *tracer.Call) {
	if ms := int32(c.Args[2]); ms > 0 {
		m.sleeps(t, c, time.Duration(ms)*time.Millisecond)
	}
}

// clockNanosleep sleeps for a time or until one, by one clock or another.
func (m *Monitor) clockNanosleep(t *task, c *tracer.Call) {
	switch wall := int32(c.Args[0]) == unix.CLOCK_REALTIME || int32(c.Args[0]) == unix.CLOCK_TAI; {
	case c.Args[1]&timerAbsolute == 0:
		sleepFor(2, timespec)(m, t, c)
	case wall:
		waitUntil(2, 0)(m, t, c)
		t.onlyLate = false
	default:
		var now unix.Timespec
		until, ok := timeBehind(c, 2, 0, timespec)
		if ok && unix.ClockGettime(int32(c.Args[0]), &now) == nil {
			m.sleeps(t, c, determinism.Round(until-time.Duration(now.Nano())))
		}
	}
}

// waitUntil handles a call that waits until an instant of the wall clock, so many
// bytes behind an argument. The kernel gets the instant at which as much time has
// passed.
func waitUntil(arg, offset int) func(*Monitor, *task, *tracer.Call) {
	return func(m *Monitor, t *task, c *tracer.Call) {
		until, ok := timeBehind(c, arg, offset, timespec)
		if !ok {
			return
		}
		data := make([]byte, offset+timeLength)
		if c.Read(c.Args[arg], data) != nil {
			return // as the kernel will find
		}
		shown := m.now(t)
		copy(data[offset:], timespec.encode(realInstant(time.Duration(time.Now().UnixNano()), shown, until)))
		c.Replace(arg, data)
		t.sleep, t.onlyLate = min(until, shown+determinism.Longest), true
	}
}

// realInstant is when it is until by a clock that shows shown, by one on which it
// is now. What is too far away for a Duration is as far as that goes.
func realInstant(now, shown, until time.Duration) time.Duration {
	wait := until - shown // both are from 0 to 273 years
	if wait > math.MaxInt64-now {
		return math.MaxInt64
	}
	return max(now+wait, 0)
}

// timerfd handles a timer that goes off at an instant: struct itimerspec has the
// interval before it.
func (m *Monitor) timerfd(t *task, c *tracer.Call) {
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", t.process.pid, int32(c.Args[0])))
	if err != nil || !strings.Contains(string(info), fmt.Sprintf("clockid: %d\n", unix.CLOCK_REALTIME)) {
		return // no timer, or one that measures
	}
	m.goesOff(t, c)
}

// timer handles a timer of a process, as timerfd does one that is a file.
func (m *Monitor) timer(t *task, c *tracer.Call) {
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/timers", t.process.pid))
	if err != nil {
		return // the process is gone, or a kernel without this list (CONFIG_CHECKPOINT_RESTORE) cannot be asked
	}
	_, timer, _ := strings.Cut("\n"+string(list), fmt.Sprintf("\nID: %d\n", int32(c.Args[0])))
	timer, _, _ = strings.Cut("\n"+timer, "\nID: ") // the next one
	if strings.Contains(timer, fmt.Sprintf("\nClockID: %d\n", unix.CLOCK_REALTIME)) {
		m.goesOff(t, c)
	}
}

// goesOff exchanges the instant at which a timer goes off.
func (m *Monitor) goesOff(t *task, c *tracer.Call) {
	if until, ok := timeBehind(c, 2, timeLength, timespec); ok && until > 0 { // none means: stop it
		waitUntil(2, timeLength)(m, t, c)
		t.sleep = 0 // it does not wait here
	}
}

// timeBehind reads a time so many bytes behind an argument.
func timeBehind(c *tracer.Call, arg, offset int, u unit) (time.Duration, bool) {
	var data [timeLength]byte
	if c.Args[arg] == 0 || c.Read(c.Args[arg]+uint64(offset), data[:]) != nil {
		return 0, false
	}
	return u.decode(data[:])
}
