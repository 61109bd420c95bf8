package tracer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// status is what /proc says about a task. All of it is zero of one that is gone.
type status struct {
	tid, process, parent, tracer int
}

func statusOf(tid int) (status, error) {
	file := fmt.Sprintf("/proc/%d/status", tid)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return status{}, nil
	}
	if err != nil {
		return status{}, err
	}
	var s status
	fields := map[string]*int{"Pid": &s.tid, "Tgid": &s.process, "PPid": &s.parent, "TracerPid": &s.tracer}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		field := fields[name]
		if field == nil {
			continue
		}
		if *field, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
			return status{}, fmt.Errorf("%s: %w", file, err)
		}
	}
	return s, nil
}

// isThread reports whether a task is not the first of its process: a process that
// was made by clone(2) with a signal of its own is announced as a thread is.
func isThread(tid int) bool {
	// Without a signal, this only asks. EPERM would come after the comparison.
	return errors.Is(unix.Tgkill(tid, tid, 0), unix.ESRCH)
}

// exists reports whether a number is that of a task.
func exists(tid int) bool { return !errors.Is(unix.Kill(tid, 0), unix.ESRCH) }
