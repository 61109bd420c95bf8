package namespaces

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// baseFlags are the namespaces of every rung.
const baseFlags = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// setupCaps are the capabilities that the second stage needs to build the view.
// They are ambient because an exec with a uid that is not 0 drops all others
// (P01). The command itself gets none.
var setupCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SETPCAP}

// Run runs s and waits until nothing of it is left.
func Run(ctx context.Context, s spec.Spec) (spec.Result, error) {
	p := plan{Spec: s, Sources: make([]identity, len(s.Mounts))}
	for i, m := range s.Mounts {
		if m.Source == "" {
			continue
		}
		id, err := identify(m.Source)
		if err != nil {
			return spec.Result{}, diag.Wrap(err, "looking at mount source `%s`", m.Source)
		}
		p.Sources[i] = id
	}
	result, err := start(ctx, &p, true)
	if refusal := (*cloneError)(nil); errors.As(err, &refusal) {
		if os.Geteuid() != 0 {
			return result, refusal.diagnose()
		}
		// Rung A': root that may not make a user namespace.
		p.WithoutUserNS = true
		result, err = runAsRoot(ctx, &p)
		if errors.As(err, &refusal) {
			return result, refusal.diagnose()
		}
	}
	return result, err
}

// identify returns what a source is now, without following a link at its end.
func identify(path string) (identity, error) {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return identity{}, &os.PathError{Op: "lstat", Path: path, Err: err}
	}
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return identity{}, &os.PathError{Op: "open", Path: path, Err: errors.New("is a symbolic link, which could be exchanged at any time")}
	}
	return identity{st.Dev, st.Ino}, nil
}

// cloneError says that the kernel refused the namespaces themselves.
type cloneError struct{ err error }

func (e *cloneError) Error() string { return "making namespaces: " + e.err.Error() }
func (e *cloneError) Unwrap() error { return e.err }

// start makes the namespaces, sends the plan and follows the run to its end.
func start(ctx context.Context, p *plan, userNamespace bool) (spec.Result, error) {
	// PDEATHSIG fires when the *thread* that forked ends, so that thread must
	// live as long as the child (P16).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	planRead, planWrite, err := os.Pipe()
	if err != nil {
		return spec.Result{}, diag.Wrap(err, "making a pipe")
	}
	defer planWrite.Close()
	statusRead, statusWrite, err := os.Pipe()
	if err != nil {
		planRead.Close()
		return spec.Result{}, diag.Wrap(err, "making a pipe")
	}
	defer statusRead.Close()
	controlRead, controlWrite, err := os.Pipe()
	if err != nil {
		planRead.Close()
		statusWrite.Close()
		return spec.Result{}, diag.Wrap(err, "making a pipe")
	}
	defer controlWrite.Close()

	cmd := &exec.Cmd{
		Path:       "/proc/self/exe",
		Args:       []string{stage2Name},
		Env:        []string{},
		Stdin:      p.Spec.Stdin,
		Stdout:     p.Spec.Stdout,
		Stderr:     p.Spec.Stderr,
		ExtraFiles: []*os.File{planRead, statusWrite, controlRead},
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags: baseFlags,
			Pdeathsig:  syscall.SIGKILL,
			// A session of its own: no controlling terminal, no signals of the
			// caller's process group. What is meant for the world comes
			// through Spec.Signals.
			Setsid: true,
		},
	}
	if p.Spec.Network != spec.NetworkHost {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWNET
	}
	if userNamespace {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.AmbientCaps = setupCaps
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: p.Spec.UID, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: p.Spec.GID, HostID: os.Getegid(), Size: 1}}
	}
	err = cmd.Start()
	planRead.Close()
	statusWrite.Close()
	controlRead.Close()
	if err != nil {
		return spec.Result{}, &cloneError{err}
	}
	if err := json.NewEncoder(planWrite).Encode(p); err != nil && !errors.Is(err, syscall.EPIPE) {
		cmd.Process.Kill()
		cmd.Wait()
		return spec.Result{}, diag.Wrap(err, "sending the plan")
	}
	planWrite.Close()
	return follow(ctx, p, cmd, statusRead, controlWrite)
}

// follow passes signals on and collects messages until the second stage is
// gone, and with it (pid 1) every process of the world.
func follow(ctx context.Context, p *plan, cmd *exec.Cmd, status, control *os.File) (spec.Result, error) {
	messages := make(chan message)
	go func() {
		defer close(messages)
		dec := json.NewDecoder(bufio.NewReader(status))
		for {
			var m message
			if dec.Decode(&m) != nil {
				return
			}
			messages <- m
		}
	}()
	var (
		result  spec.Result
		ended   *exited
		failed  *failure
		started bool
		signals int
		pending syscall.Signal // arrived before the command was there
		done    = ctx.Done()
	)
	pass := func(n syscall.Signal) {
		if n != 0 {
			// A failed write means that the world is ending by itself.
			_, _ = control.Write([]byte{byte(n)})
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
			case m.Exited != nil:
				ended = m.Exited
			}
		case sig := <-p.Spec.Signals:
			signals++
			n, ok := sig.(syscall.Signal)
			switch {
			case signals > 1 || !ok:
				cmd.Process.Kill()
			case started:
				pass(n)
			default:
				pending = n
			}
		case <-done:
			done = nil
			cmd.Process.Kill()
		}
	}
	waitErr := cmd.Wait()
	switch {
	case failed != nil:
		return result, failed.diagnose(p.WithoutUserNS)
	case ended != nil:
		result.ExitCode, result.Signal = ended.Code, syscall.Signal(ended.Signal)
		return result, nil
	case ctx.Err() != nil:
		return result, context.Cause(ctx)
	case signals > 0:
		result.Signal = syscall.SIGKILL
		return result, nil
	}
	return result, fmt.Errorf("the sandbox ended without a word (%v); if the system is out of memory, its log says so", waitErr)
}
