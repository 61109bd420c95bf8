package landlock

import (
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// listenerFD is the socket on which the second stage hands over the descriptor
// on which the kernel asks.
const listenerFD = stage.ExtraFD

// Stage2 starts the command with nothing left but what the plan allows, reaps,
// and ends whatever the command leaves behind. It never returns.
func Stage2() {
	// Without a pid namespace the end of this process ends nobody else, so
	// nothing must end it before it has ended the others.
	stage.Main(1, func() {
		_ = endAll() // nobody is left to be told
		os.Exit(126)
	}, stage2)
}

func stage2(c *stage.Child, p *plan) (int, error) {
	// What loses its parent becomes our child.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 0, stage.Failed(err, "adopting orphans")
	}
	syscall.Umask(p.Umask)
	if err := stage.Limits(p.OpenFiles); err != nil {
		return 0, err
	}
	if err := os.Chdir(p.Dir); err != nil {
		return 0, stage.Failed(err, "entering `%s`", p.Dir)
	}
	path, err := stage.Resolve(p.Argv[0], p.Env)
	if err != nil {
		return 0, err
	}
	pid, err := startCommand(c, p, path)
	if err != nil {
		return 0, err
	}
	code, err := c.Serve(pid)
	return code, errors.Join(err, endAll())
}

// startCommand forks the command from a thread that has given everything up.
// The child inherits exactly that.
func startCommand(c *stage.Child, p *plan, path string) (pid int, err error) {
	rules, err := ruleset(p)
	if err != nil {
		return 0, err
	}
	prog, err := seccomp.Program(policy(p.Network))
	if err != nil {
		return 0, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked, as in package namespaces.
		runtime.LockOSThread()
		if err = stage.ForgetCaller(c); err != nil {
			return
		}
		if err = dropBounding(); err != nil {
			return
		}
		if err = stage.DropPrivileges(); err != nil {
			return
		}
		if _, _, errno := unix.RawSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(rules), 0, 0); errno != 0 {
			err = stage.Failed(errno, "restricting by Landlock")
			return
		}
		var listener int
		if listener, err = seccomp.InstallListener(prog); err != nil {
			err = stage.Failed(err, "installing the seccomp filter with a supervisor")
			return
		}
		// From here on this thread waits for the supervisor whenever it names
		// a file.
		if err = supervisor.Send(listenerFD, listener); err != nil {
			err = stage.Failed(err, "handing over to the supervisor")
			return
		}
		pid, err = syscall.ForkExec(path, p.Argv, &syscall.ProcAttr{
			Env:   p.Env,
			Files: []uintptr{0, 1, 2},
			Sys:   &syscall.SysProcAttr{Setsid: true},
		})
		err = stage.Failed(err, "starting `%s`", path)
	}()
	<-done
	unix.Close(rules)
	unix.Close(listenerFD)
	return pid, err
}

// dropBounding empties the bounding set where we have the right to. Where we
// have not, no_new_privs alone keeps an exec from gaining anything.
func dropBounding() error {
	for c := uintptr(0); ; c++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		// Past the last capability of this kernel; who has no right to drop any
		// is told so of every number, and the kernel's sets have 64 bits.
		if errors.Is(err, unix.EINVAL) && c > unix.CAP_LAST_CAP || c > 63 {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EPERM) {
			return stage.Failed(err, "dropping capability %d", c)
		}
	}
}
