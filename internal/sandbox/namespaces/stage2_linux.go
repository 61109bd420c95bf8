package namespaces

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// failed names the step of the set-up that an error happened in.
var failed = stage.Failed

// Stage2 is pid 1 of the world: it builds the view, starts the command with
// nothing left but the view, reaps, and ends the world when the command ends.
// It never returns.
func Stage2() {
	// The end of the parent is the end of pid 1, and so of the world. Together
	// with PDEATHSIG this leaves no instant at which an orphan could stay (P15).
	stage.Main(1, func() { os.Exit(126) }, stage2)
}

func stage2(c *stage.Child, p *plan) (int, error) {
	last, err := openNumbers(p, c)
	if err != nil {
		return 0, err
	}
	syscall.Umask(0) // modes of the skeleton are exact
	if err := buildView(p, c); err != nil {
		return 0, err
	}
	if err := identityInside(&p.Spec, c); err != nil {
		return 0, err
	}
	syscall.Umask(p.Spec.Umask)
	if err := os.Chdir(p.Spec.Dir); err != nil {
		return 0, failed(err, "entering `%s`", p.Spec.Dir)
	}
	pid, err := startCommand(p, c, last)
	if err != nil {
		return 0, err
	}
	return c.Serve(pid)
}

// identityInside sets host name, domain name, limits and the loopback device.
func identityInside(s *spec.Spec, c *stage.Child) error {
	// Podman's seccomp profile refuses these two to containers; the name of the
	// container then shows. Weaker, not fatal.
	if err := unix.Sethostname([]byte(s.HostName)); err != nil {
		if err := c.Weaker("the host name is visible (sethostname: " + err.Error() + ")"); err != nil {
			return err
		}
	}
	if err := unix.Setdomainname([]byte(s.DomainName)); err != nil {
		if err := c.Weaker("the domain name is visible (setdomainname: " + err.Error() + ")"); err != nil {
			return err
		}
	}
	if s.Network == spec.NetworkLoopback {
		if err := loopbackUp(); err != nil {
			return failed(err, "bringing up the loopback device")
		}
	}
	return stage.Limits(s.OpenFiles)
}

// startCommand forks the command from a thread that has given everything up:
// capabilities, the right to gain any, and the system calls that the policy
// refuses. The child inherits exactly that. The other threads of pid 1 give up
// their capabilities before the fork, so that nothing has run if one cannot, and
// are out of reach: not dumpable, so neither traced nor seen through /proc, and
// immune to signals as every pid 1.
func startCommand(p *plan, c *stage.Child, last numbers) (pid int, err error) {
	prog, err := seccomp.Program(append(seccomp.Policy(), p.Rules...))
	if err != nil {
		return 0, err
	}
	path, err := stage.Resolve(p.Spec.Argv[0], p.Spec.Env)
	if err != nil {
		return 0, err
	}
	// Closes /proc/1/{exe,fd,mem,root,environ} to the command (E02).
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return 0, failed(err, "hiding pid 1")
	}
	if cgoBuild {
		// Package syscall cannot reach all threads of such a program.
		if err := c.Weaker("this build of cargo-hermetic uses cgo, so pid 1 of the world keeps its capabilities in it; build with CGO_ENABLED=0"); err != nil {
			return 0, err
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked: restriction and fork must be on one thread, which is
		// good for nothing else afterwards and ends with its goroutine.
		runtime.LockOSThread()
		if err = stage.ForgetCaller(c); err != nil {
			return
		}
		if d := p.Spec.Determinism; d != nil && !d.Another.Addresses {
			if err = stage.FixAddresses(); err != nil {
				return
			}
		}
		if err = last.set(p, c); err != nil {
			return
		}
		if err = renounce(p); err != nil {
			return
		}
		if err = install(p, prog); err != nil {
			return
		}
		pid, err = syscall.ForkExec(path, p.Spec.Argv, &syscall.ProcAttr{
			Env:   p.Spec.Env,
			Files: []uintptr{0, 1, 2},
			Sys:   &syscall.SysProcAttr{Setsid: true},
		})
		err = failed(err, "starting `%s`", path)
	}()
	<-done
	return pid, err
}

// install puts the filter on the calling thread, and hands its questions over to
// the supervisor if there are any.
func install(p *plan, prog []unix.SockFilter) error {
	if len(p.Rules) == 0 {
		return failed(seccomp.Install(prog), "installing the seccomp filter")
	}
	listener, err := seccomp.InstallListener(prog)
	if err != nil {
		return failed(err, stepListener)
	}
	// From here on this thread waits for the supervisor whenever it names a file
	// or sends something; so another one does the sending.
	sent := make(chan error)
	go func() { sent <- supervisor.Send(stage.ExtraFD, listener) }()
	return failed(<-sent, "handing over to the supervisor")
}

const stepListener = "installing the seccomp filter with a supervisor"
