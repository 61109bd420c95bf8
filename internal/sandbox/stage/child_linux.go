package stage

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// step is an error of the set-up with the name of the step that failed.
type step struct {
	name string
	err  error
}

func (s *step) Error() string { return s.name + ": " + s.err.Error() }
func (s *step) Unwrap() error { return s.err }

// reporter sends messages, one at a time: the end of the command and an answer
// to the parent may come at the same instant.
type reporter struct {
	mu sync.Mutex
	to io.Writer
}

func (r *reporter) send(m message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	// No json.Encoder: after one failed write it would not even try to say so.
	_, err = r.to.Write(append(data, '\n'))
	return err
}

// Failed wraps err with the step it happened in; nil stays nil.
func Failed(err error, name string, args ...any) error {
	if err == nil {
		return nil
	}
	return &step{fmt.Sprintf(name, args...), err}
}

// Child is the second stage's side of the pipes.
type Child struct {
	report reporter
	// forward delivers signals for the command.
	forward chan syscall.Signal
}

// Main runs a second stage and never returns. extra is how many descriptors
// from ExtraFD on belong to it. run gets the plan as it was sent, sets up what
// it has to, and ends with Child.Serve. gone is called as soon as the parent is
// gone, and must end everything.
func Main[Plan any](extra int, gone func(), run func(*Child, *Plan) (int, error)) {
	c := &Child{report: reporter{to: os.NewFile(statusFD, "status")}, forward: make(chan syscall.Signal, 8)}
	code, err := prologue(c, extra, gone, run)
	if err != nil {
		f := &Failure{Text: err.Error()}
		if s := (*step)(nil); errors.As(err, &s) {
			f.Step, f.Text = s.name, s.err.Error()
		}
		if errno := unix.Errno(0); errors.As(err, &errno) {
			f.Errno = int(errno)
		}
		// A failed write means that the parent is gone, and so is the reader.
		_ = c.report.send(message{Failed: f})
		os.Exit(125)
	}
	os.Exit(code)
}

func prologue[Plan any](c *Child, extra int, gone func(), run func(*Child, *Plan) (int, error)) (int, error) {
	// The first of these descriptors are ours alone; anything above was leaked
	// by our caller and would be a way out of the view (E01, P17). One call for
	// all, whose answer is looked at.
	if err := unix.CloseRange(planFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return 0, Failed(err, "closing inherited descriptors (needs Linux 5.11)")
	}
	if err := defaultSignals(); err != nil {
		return 0, err
	}
	plan := new(Plan)
	if err := readPlan(os.NewFile(planFD, "plan"), plan); err != nil {
		return 0, err
	}
	// The end of the control pipe is the end of the parent (P15).
	control := os.NewFile(controlFD, "control")
	go func() {
		buf := make([]byte, 1)
		for {
			if _, err := io.ReadFull(control, buf); err != nil {
				gone()
				return
			}
			c.forward <- syscall.Signal(buf[0])
		}
	}()
	return run(c, plan)
}

// defaultSignals puts away what our caller ignored (nohup, a shell's SIGPIPE),
// so that it is default again in the command (P20).
func defaultSignals() error {
	// What has a handler is default after an exec.
	caught := make(chan os.Signal, 16)
	signal.Notify(caught)
	go func() {
		for range caught {
		}
	}()
	// Signal 32 is the C library's and not package signal's; make leaves it
	// ignored. 33 is Go's own and default again in what it starts.
	var dfl [4]uintptr // struct sigaction of rt_sigaction(2), all zero: SIG_DFL
	if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, 32, uintptr(unsafe.Pointer(&dfl)), 0, 8, 0, 0); errno != 0 {
		return Failed(errno, "resetting signal 32")
	}
	return nil
}

// readPlan reads the one plan. A parent that dies before it has sent all of it
// leaves an end of file here.
func readPlan(f *os.File, plan any) error {
	defer f.Close()
	return Failed(json.NewDecoder(bufio.NewReader(f)).Decode(plan), "reading the plan")
}

// Weaker reports what this host cannot close.
func (c *Child) Weaker(sentence string) error {
	return Failed(c.report.send(message{Weaker: sentence}), "reporting weaker isolation")
}

// Serve follows the command, which leads a process group of its own, to its
// end: it passes signals on and reaps.
func (c *Child) Serve(command int) (int, error) {
	if err := c.report.send(message{Started: true}); err != nil {
		return 0, Failed(err, "following the command")
	}
	go func() {
		for sig := range c.forward {
			c.act(command, sig)
		}
	}()
	end, err := reap(command)
	if err != nil {
		return 0, err
	}
	return end.Code, Failed(c.report.send(message{Exited: &end}), "following the command")
}

// reap waits for every child until the command itself has ended.
func reap(command int) (Exited, error) {
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return Exited{}, Failed(err, "following the command")
		case pid == command && ws.Exited():
			return Exited{Code: ws.ExitStatus()}, nil
		case pid == command && ws.Signaled():
			return Exited{Code: 128 + int(ws.Signal()), Signal: int(ws.Signal())}, nil
		}
	}
}
