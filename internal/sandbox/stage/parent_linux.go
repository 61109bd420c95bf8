package stage

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// StartError says that the second stage could not be started at all.
type StartError struct{ Err error }

func (e *StartError) Error() string { return "starting the second stage: " + e.Err.Error() }
func (e *StartError) Unwrap() error { return e.Err }

// Options say how a second stage is started.
type Options struct {
	Name       string // of Name
	Sys        *syscall.SysProcAttr
	ExtraFiles []*os.File // become ExtraFD and the following
	// EndByControl says that the second stage must end by itself, because its
	// death alone does not end what it has started.
	EndByControl bool
}

// Process is a second stage that was started and has its plan.
type Process struct {
	cmd             *exec.Cmd
	status, control *os.File
	endByControl    bool
	atRest          func(do func() error) error
}

// PID is the number of the second stage.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// StopBy sets what calls the function by which this process stops itself when the world
// has been told to stop: a supervisor whom the world needs to do so. It is called before Follow.
func (p *Process) StopBy(atRest func(stop func() error) error) { p.atRest = atRest }

// End ends the run without asking the command.
func (p *Process) End() {
	if p.endByControl {
		p.control.Close()
		return
	}
	p.cmd.Process.Kill()
}

// Start starts this program again and sends it a plan. A *StartError means that
// the kernel refused the process itself. The calling goroutine must be locked to
// its thread until Follow has returned if Sys holds a Pdeathsig, which fires
// when the thread that forked ends (P16).
func Start(s *spec.Spec, o Options, plan any) (*Process, error) {
	var ours, theirs []*os.File
	closeAll := func(files []*os.File) {
		for _, f := range files {
			f.Close()
		}
	}
	defer func() { closeAll(theirs) }()
	pipe := func(childReads bool) error {
		r, w, err := os.Pipe()
		if err != nil {
			return diag.Wrap(err, "making a pipe")
		}
		if !childReads {
			r, w = w, r
		}
		ours, theirs = append(ours, w), append(theirs, r)
		return nil
	}
	if err := errors.Join(pipe(true), pipe(false), pipe(true)); err != nil {
		closeAll(ours)
		return nil, err
	}
	cmd := &exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        []string{o.Name},
		Env:         []string{},
		Stdin:       s.Stdin,
		Stdout:      s.Stdout,
		Stderr:      s.Stderr,
		ExtraFiles:  append(theirs[:len(theirs):len(theirs)], o.ExtraFiles...),
		SysProcAttr: o.Sys,
	}
	if err := cmd.Start(); err != nil {
		closeAll(ours)
		return nil, &StartError{err}
	}
	planWrite := ours[0]
	if err := json.NewEncoder(planWrite).Encode(plan); err != nil && !errors.Is(err, syscall.EPIPE) {
		closeAll(ours)
		cmd.Process.Kill()
		cmd.Wait()
		return nil, diag.Wrap(err, "sending the plan")
	}
	planWrite.Close()
	return &Process{cmd: cmd, status: ours[1], control: ours[2], endByControl: o.EndByControl, atRest: supervisor.AtRest}, nil
}

// Follow passes signals on and collects messages until the second stage is
// gone. It kills it when ctx ends, and at the second signal. A spec.Stop is not
// counted as one. A *Failure means that the command was not started.
func (p *Process) Follow(ctx context.Context, signals <-chan os.Signal) (spec.Result, error) {
	defer p.status.Close()
	defer p.control.Close()
	messages := make(chan message)
	go func() {
		defer close(messages)
		dec := json.NewDecoder(bufio.NewReader(p.status))
		for {
			var m message
			if err := dec.Decode(&m); err != nil {
				if !errors.Is(err, io.EOF) {
					p.End() // what is going on cannot be learnt any more
				}
				return
			}
			messages <- m
		}
	}()
	var (
		result  spec.Result
		ended   *Exited
		failed  *Failure
		started bool
		stopErr error
		arrived int
		pending syscall.Signal // arrived before the command was there
		stop    *spec.Stop     // accepted, and not carried out yet
		done    = ctx.Done()
		gaveUp  bool
	)
	suspend := func() {
		stopErr = errors.Join(stopErr, p.atRest(stop.Self))
		stop = nil
	}
	pass := func(n syscall.Signal) {
		if n != 0 {
			// A failed write means that the world is ending by itself.
			_, _ = p.control.Write([]byte{byte(n)})
		}
	}
	for open := true; open; {
		select {
		case m, ok := <-messages:
			switch {
			case !ok:
				open = false
			case m.Failed != nil:
				failed = m.Failed
			case m.Weaker != "":
				result.Weaker = append(result.Weaker, m.Weaker)
			case m.Started:
				started = true
				pass(pending)
				pending = 0
				if stop != nil {
					pass(syscall.SIGSTOP)
				}
			case m.Stopped:
				suspend()
				pass(syscall.SIGCONT)
			case m.Exited != nil:
				ended = m.Exited
			}
		case sig := <-signals:
			if s, ok := sig.(spec.Stop); ok {
				if stop = &s; started {
					pass(syscall.SIGSTOP)
				}
				continue
			}
			arrived++
			n, ok := sig.(syscall.Signal)
			switch {
			case arrived > 1 || !ok:
				p.End()
			case started:
				pass(n)
			default:
				pending = n
			}
		case <-done:
			done, gaveUp = nil, true
			p.End()
		}
	}
	waitErr := p.cmd.Wait()
	result.Passed = arrived > 0
	if stop != nil {
		suspend() // the world was faster
	}
	if stopErr != nil {
		return result, diag.Wrap(stopErr, "stopping as the shell asked")
	}
	switch {
	case failed != nil:
		return result, failed
	case gaveUp && p.endByControl:
		return result, context.Cause(ctx) // how the command ended is our doing
	case ended != nil:
		result.ExitCode, result.Signal = ended.Code, syscall.Signal(ended.Signal)
		return result, nil
	case ctx.Err() != nil:
		return result, context.Cause(ctx)
	case arrived > 0:
		result.Signal = syscall.SIGKILL
		return result, nil
	}
	d := diag.New(diag.ExitIsolation, "could not set up the world: its first process ended before it had started the command")
	if started {
		d = diag.New(diag.ExitFailed, "the command ran, and its end could not be learnt: the world ended without a word")
	}
	return result, d.Because(fmt.Errorf("%v", waitErr)).
		Note("what it may have printed is above; if the system is out of memory, its log says so")
}
