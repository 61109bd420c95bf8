package ordinary

import (
	"context"
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/monitor"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// plan is what the parent tells the second stage.
type plan struct {
	Argv, Env []string
	Dir       string
	Rules     []seccomp.Rule
}

// Run runs c and waits until nothing of it is left.
func Run(ctx context.Context, c Command) (spec.Result, error) {
	runtime.LockOSThread() // see stage.Start
	defer runtime.UnlockOSThread()
	m, err := monitor.NewSession(monitor.Options{Record: c.Record})
	if err != nil {
		return spec.Result{}, err
	}
	child, err := stage.Start(&spec.Spec{Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr},
		stage.Options{Name: stage2Name, ExtraFiles: m.Files(), Sys: &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}},
		&plan{Argv: c.Argv, Env: c.Env, Dir: c.Dir, Rules: m.Rules()})
	if err != nil {
		return spec.Result{}, diag.Join(err, m.Abandon())
	}
	m.Start(child)
	result, err := child.Follow(ctx, c.Signals)
	if failed := (*stage.Failure)(nil); errors.As(err, &failed) {
		err = diagnose(failed)
	}
	_, ended := m.Finish()
	if ended != nil {
		return result, ended // and how the run ended follows from that
	}
	return result, err
}

func diagnose(f *stage.Failure) error {
	if f.Step == stepListener {
		d := diag.New(diag.ExitIsolation, "this host does not let a build be watched").Because(errors.New(f.Text))
		if f.Errno == int(unix.EBUSY) {
			d = d.Note("this process is under a supervisor already (a container runtime, or another sandbox), and the kernel has one per process").
				WithHelp("run outside that sandbox")
		}
		return d
	}
	return diag.New(diag.ExitFailed, "%s failed", f.Step).Because(errors.New(f.Text))
}

const stepListener = "installing the seccomp filter with a supervisor"

// Stage2 starts the command and waits for it. It never returns.
func Stage2() {
	stage.Main(1, func() { os.Exit(126) }, stage2)
}

func stage2(c *stage.Child, p *plan) (int, error) {
	if err := os.Chdir(p.Dir); err != nil {
		return 0, stage.Failed(err, "entering `%s`", p.Dir)
	}
	path, err := stage.Resolve(p.Argv[0], p.Env)
	if err != nil {
		return 0, err
	}
	prog, err := seccomp.Program(p.Rules)
	if err != nil {
		return 0, err
	}
	var pid int
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked, as in package namespaces
		if err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			err = stage.Failed(err, "giving up new privileges")
			return
		}
		var listener int
		if listener, err = seccomp.InstallListener(prog); err != nil {
			err = stage.Failed(err, stepListener)
			return
		}
		// Another thread sends it: this one would wait for the supervisor.
		sent := make(chan error)
		go func() { sent <- supervisor.Send(stage.ExtraFD, listener) }()
		if err = <-sent; err != nil {
			err = stage.Failed(err, "handing over to the supervisor")
			return
		}
		pid, err = syscall.ForkExec(path, p.Argv, &syscall.ProcAttr{
			Env:   p.Env,
			Files: []uintptr{0, 1, 2},
			Sys:   &syscall.SysProcAttr{Setpgid: true},
		})
		err = stage.Failed(err, "starting `%s`", path)
	}()
	if <-done; err != nil {
		return 0, err
	}
	return c.Serve(pid)
}
