package tracer

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// heard collects what happens, as text where the numbers are left out.
type heard struct {
	programs []string
	ends     map[int]end
	alive    map[int]bool // that were announced and have no end
	problems []string
	stops    []bool
	stopped  func(tid int) error
	executed func(*Program)
}

func (h *heard) Cloned(parent, child int, thread bool) {
	if h.alive[child] {
		h.problems = append(h.problems, "announced twice")
	}
	if parent != 0 && !h.alive[parent] {
		h.problems = append(h.problems, "of a parent that is not known")
	}
	h.alive[child] = true
}

func (h *heard) Executed(p *Program) {
	if !h.alive[p.Former] {
		h.problems = append(h.problems, "executes and is not known")
	}
	delete(h.alive, p.Former)
	h.alive[p.PID] = true
	// The shell's own exec can still be going on when it is first traced.
	if words := strings.Join(p.Argv, " "); !strings.HasPrefix(words, "/bin/sh -c "+gate) {
		h.programs = append(h.programs, words)
	}
	if h.executed != nil {
		h.executed(p)
	}
}

func (h *heard) Entered(int, *Call) { h.problems = append(h.problems, "no filter, and a call") }
func (h *heard) Left(int, int64)    { h.problems = append(h.problems, "no filter, and the end of a call") }

func (h *heard) Signalled(int, syscall.Signal) {}

func (h *heard) Stopped(tid int, is bool) {
	if !h.alive[tid] {
		h.problems = append(h.problems, "stops or goes on and is not known")
	}
	h.stops = append(h.stops, is)
	if !is || h.stopped == nil {
		return
	}
	if err := h.stopped(tid); err != nil {
		h.problems = append(h.problems, err.Error())
	}
}

func (h *heard) Exited(tid, code, signal int) {
	if !h.alive[tid] {
		h.problems = append(h.problems, "ends and is not known")
	}
	delete(h.alive, tid)
	h.ends[tid] = end{code, signal}
}

// gate has a shell wait until it is traced.
const gate = "read go; "

// follow traces a shell from before its script to the end of everything, and
// returns the shell's number.
func follow(t *testing.T, h *heard, script string) (int, error) {
	t.Helper()
	return followAs(t, h, nil, script)
}

// followAs is follow with a processor.
func followAs(t *testing.T, h *heard, p Processor, script string) (int, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c", gate+script)
	cmd.Stdin, cmd.Stderr = r, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h.alive, h.ends = map[int]bool{cmd.Process.Pid: true}, map[int]end{}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		tracer, err := New(h, p)
		if err == nil {
			defer tracer.Close()
			err = tracer.Seize(cmd.Process.Pid)
		}
		w.Close()
		if err == nil {
			err = tracer.Finish()
		}
		done <- err
	}()
	select {
	case err := <-done:
		return cmd.Process.Pid, err
	case <-time.After(30 * time.Second):
		t.Fatal("it hangs")
		return 0, nil
	}
}

// TestFollow: programs in their order, ends as they are, and nothing that was
// announced without an end.
func TestFollow(t *testing.T) {
	for _, c := range []struct {
		script   string
		programs []string
		end      end
	}{
		{"exit 3", nil, end{3, 0}},
		{"kill -SEGV $$", nil, end{139, 11}},
		{"/bin/true; /bin/echo x >/dev/null; exec /bin/false", []string{"/bin/true", "/bin/echo x", "/bin/false"}, end{1, 0}},
		{"(/bin/true); (exit 4); exit 5", []string{"/bin/true"}, end{5, 0}},
	} {
		t.Run(c.script, func(t *testing.T) {
			h := &heard{}
			pid, err := follow(t, h, c.script)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.programs, h.programs); diff != "" {
				t.Errorf("programs (-want +got)\n%s", diff)
			}
			if h.ends[pid] != c.end || len(h.alive) > 0 || len(h.problems) > 0 {
				t.Errorf("it ended with %v, want %v; without an end: %v; %q", h.ends[pid], c.end, h.alive, h.problems)
			}
		})
	}
}

// TestFollowKilled: whatever is killed at whatever instant, the rest goes on, and
// each has one announcement and one end.
func TestFollowKilled(t *testing.T) {
	h := &heard{}
	pid, err := follow(t, h, `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		sh -c 'while :; do (:); (:) & done' & x=$!; (:); (:); kill -KILL $x; wait $x; done 2>/dev/null; exit 6`)
	if err != nil {
		t.Fatal(err)
	}
	if (h.ends[pid] != end{6, 0}) || len(h.alive) > 0 || len(h.problems) > 0 {
		t.Errorf("it ended with %v; without an end: %v; %q", h.ends[pid], h.alive, h.problems)
	}
}

// TestFollowStopped: each stop of a process is heard of, and that it goes on: whoever continues it
// may be faster than we are.
func TestFollowStopped(t *testing.T) {
	h := &heard{stopped: func(tid int) error { return unix.Kill(tid, unix.SIGCONT) }}
	pid, err := follow(t, h, "sh -c 'kill -STOP $$; kill -STOP $$; exit 3'; exit $?")
	if err != nil {
		t.Fatal(err)
	}
	if (h.ends[pid] != end{3, 0}) || len(h.alive) > 0 || len(h.problems) > 0 {
		t.Errorf("it ended with %v; without an end: %v; %q", h.ends[pid], h.alive, h.problems)
	}
	if diff := cmp.Diff([]bool{true, false, true, false}, h.stops); diff != "" {
		t.Errorf("stops (-want +got)\n%s", diff)
	}
}

// TestFollowFails: a tracer that cannot go on kills everything, also what is stopped
// and what is being born, and waits for it: nothing is left that waits for a tracer.
func TestFollowFails(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "running")
	h := &heard{executed: func(p *Program) {
		if strings.HasSuffix(p.Argv[0], "false") {
			p.Write(badAddress, []byte("impossible"))
		}
	}}
	pid, err := follow(t, h, "trap '' TERM; touch "+mark+`; (while :; do (:) & done) & (kill -STOP $(sh -c 'echo $PPID')) & sleep 1000 & /bin/false; echo not reached`)
	if !errors.Is(err, unix.EIO) {
		t.Errorf("got %v, want EIO", err)
	}
	if _, err := os.Stat(mark); err != nil {
		t.Errorf("it has not begun: %v", err)
	}
	if err := unix.Kill(pid, 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("the first process is there: %v", err)
	}
	for tid := range h.alive {
		if s, err := statusOf(tid); err != nil || s.tracer != 0 {
			t.Errorf("process %d is traced: %+v, %v", tid, s, err)
		}
	}
}

// TestReadStack: as much as there is, of a stack of every size.
func TestReadStack(t *testing.T) {
	h := &heard{}
	var length int
	h.executed = func(p *Program) { length = len(strings.Join(p.Argv, " ")) }
	for _, size := range []int{1, 10 << 10, 17 << 10, 120 << 10} {
		if _, err := follow(t, h, `x=$(printf '%0`+strconv.Itoa(size)+`d' 0); exec /bin/true "$x" "$x" "$x" "$x" "$x" "$x"`); err != nil {
			t.Fatal(err)
		}
		if want := len("/bin/true") + 6*(size+1); length != want {
			t.Errorf("%d bytes of arguments were read, want %d", length, want)
		}
	}
}

// TestReadStackKilled: a program that is killed as soon as it has begun is gone, and no more.
func TestReadStackKilled(t *testing.T) {
	for _, when := range []string{"before its memory is opened", "after that"} {
		t.Run(when, func(t *testing.T) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			cmd := exec.Command("/bin/true")
			cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true} // it stops at its exec
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			pid := cmd.Process.Pid
			var status unix.WaitStatus
			if _, err := unix.Wait4(pid, &status, 0, nil); err != nil || !status.Stopped() {
				t.Fatalf("%v, %#x", err, status)
			}
			p := &Program{PID: pid, memory: -1}
			var err error
			if p.registers, err = readRegisters(pid); err != nil {
				t.Fatal(err)
			}
			if when == "after that" {
				if p.memory, err = OpenMemory(pid); err != nil {
					t.Fatal(err)
				}
				defer p.close()
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			// Killed, it ends without anybody's leave; its memory is gone when that is told.
			if _, err := unix.Wait4(pid, &status, 0, nil); err != nil || !status.Signaled() {
				t.Fatalf("%v, %#x", err, status)
			}
			if when == "after that" {
				err = p.readStack(make([]byte, usualStack))
			} else {
				_, err = program(pid, pid, make([]byte, usualStack))
			}
			if err == nil {
				t.Error("it has a stack")
			}
		})
	}
}
