package monitor

import (
	"fmt"
	"strings"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// stopping is how long we wait for a run to stop. One that has children outside its process group
// does not stop as a whole where only the group is told to (package ordinary).
const stopping = time.Second

// Stopped implements tracer.Events.
func (m *Monitor) Stopped(tid int, is bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.tasks[tid]; t != nil {
		t.stopped = is
	}
}

// atRest calls stop, by which this process stops itself, when all that was told to stop has done
// so. A thread that is traced stops only when we have let it take the signal, and those
// beside it only then.
func (m *Monitor) atRest(stop func() error) error {
	for end := time.Now().Add(stopping); !m.stopped() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	return supervisor.AtRest(stop)
}

// stopped reports whether every task is, or will be before it does anything for its program.
func (m *Monitor) stopped() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for tid, t := range m.tasks {
		if !t.stopped && !busy(tid) {
			return false
		}
	}
	return true
}

// busy reports whether the kernel does something for a task that no signal but SIGKILL ends, such
// as to wait for its child of vfork(2); or it has ended.
func busy(tid int) bool {
	s, err := stage.StatusOf(fmt.Sprintf("/proc/%d", tid))
	return err != nil || strings.Contains("DZX", s.State) // an error: it is gone
}
