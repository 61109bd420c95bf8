package namespaces

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/seccomp"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// step is an error of the set-up with the name of the step that failed.
type step struct {
	name string
	err  error
}

func (s *step) Error() string { return s.name + ": " + s.err.Error() }
func (s *step) Unwrap() error { return s.err }

// failed wraps err with the step it happened in; nil stays nil.
func failed(err error, name string, args ...any) error {
	if err == nil {
		return nil
	}
	return &step{fmt.Sprintf(name, args...), err}
}

// Stage2 is pid 1 of the world: it builds the view, starts the command with
// nothing left but the view, reaps, and ends the world when the command ends.
// It never returns.
func Stage2() {
	status := os.NewFile(statusFD, "status")
	control := os.NewFile(controlFD, "control")
	report := json.NewEncoder(status)
	code, err := stage2(report, control)
	if err != nil {
		f := &failure{Text: err.Error()}
		if s := (*step)(nil); errors.As(err, &s) {
			f.Step, f.Text = s.name, s.err.Error()
		}
		if errno := unix.Errno(0); errors.As(err, &errno) {
			f.Errno = int(errno)
		}
		// A failed write means that the parent is gone, and so is the reader.
		_ = report.Encode(message{Failed: f})
		os.Exit(125)
	}
	os.Exit(code)
}

func stage2(report *json.Encoder, control *os.File) (int, error) {
	// Descriptors 3 to 5 are ours alone; anything above was leaked by our
	// caller and would be a way out of the view (E01, P17).
	for fd := planFD; fd <= controlFD; fd++ {
		unix.CloseOnExec(fd)
	}
	if err := unix.CloseRange(controlFD+1, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return 0, failed(err, "closing inherited descriptors (needs Linux 5.11)")
	}
	// Handlers for every signal, so that what our caller ignored (nohup, a
	// shell's SIGPIPE) is default again in the command (P20).
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
		return 0, failed(errno, "resetting signal 32")
	}
	p, err := readPlan(os.NewFile(planFD, "plan"))
	if err != nil {
		return 0, err
	}
	// The end of the control pipe is the end of the parent. Together with
	// PDEATHSIG this leaves no instant at which an orphan could stay (P15).
	forward := make(chan syscall.Signal, 8)
	go func() {
		buf := make([]byte, 1)
		for {
			if _, err := io.ReadFull(control, buf); err != nil {
				os.Exit(126)
			}
			forward <- syscall.Signal(buf[0])
		}
	}()

	syscall.Umask(0) // modes of the skeleton are exact
	if err := buildView(p, report); err != nil {
		return 0, err
	}
	if err := identityInside(&p.Spec, report); err != nil {
		return 0, err
	}
	syscall.Umask(p.Spec.Umask)
	if err := os.Chdir(p.Spec.Dir); err != nil {
		return 0, failed(err, "entering `%s`", p.Spec.Dir)
	}
	pid, err := startCommand(p, report)
	if err != nil {
		return 0, err
	}
	if err := report.Encode(message{Started: true}); err != nil {
		return 0, err
	}
	go func() {
		for sig := range forward {
			// The command leads its own process group. ESRCH: it has just ended.
			_ = syscall.Kill(-pid, sig)
		}
	}()
	end, err := reap(pid)
	if err != nil {
		return 0, err
	}
	return end.Code, report.Encode(message{Exited: &end})
}

// readPlan reads the one plan. A parent that dies before it has sent all of it
// leaves an end of file here.
func readPlan(f *os.File) (*plan, error) {
	defer f.Close()
	var p plan
	if err := json.NewDecoder(bufio.NewReader(f)).Decode(&p); err != nil {
		return nil, failed(err, "reading the plan")
	}
	return &p, nil
}

// identityInside sets host name, domain name, limits and the loopback device.
func identityInside(s *spec.Spec, report *json.Encoder) error {
	// Podman's seccomp profile refuses these two to containers; the name of the
	// container then shows. Weaker, not fatal.
	if err := unix.Sethostname([]byte(s.HostName)); err != nil {
		report.Encode(message{Weaker: "the host name is visible (sethostname: " + err.Error() + ")"})
	}
	if err := unix.Setdomainname([]byte(s.DomainName)); err != nil {
		report.Encode(message{Weaker: "the domain name is visible (setdomainname: " + err.Error() + ")"})
	}
	if s.Network == spec.NetworkLoopback {
		if err := loopbackUp(); err != nil {
			return failed(err, "bringing up the loopback device")
		}
	}
	if err := setLimit(unix.RLIMIT_CORE, 0, true); err != nil {
		return failed(err, "forbidding core dumps")
	}
	if err := setLimit(unix.RLIMIT_NOFILE, s.OpenFiles, false); err != nil {
		return failed(err, "limiting open files")
	}
	const stack = 8 << 20 // the kernel's default (include/uapi/linux/resource.h, _STK_LIM)
	if err := setLimit(unix.RLIMIT_STACK, stack, false); err != nil {
		return failed(err, "limiting the stack")
	}
	return nil
}

// setLimit sets the soft limit of a resource, and the hard one if asked. A
// hard limit that is lower already stays.
func setLimit(resource int, soft uint64, hard bool) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(resource, &l); err != nil {
		return err
	}
	l.Cur = min(soft, l.Max)
	if hard {
		l.Max = l.Cur
	}
	return syscall.Setrlimit(resource, &l)
}

// startCommand forks the command from a thread that has given everything up:
// capabilities, the right to gain any, and the system calls that the policy
// refuses. The child inherits exactly that. The other threads of pid 1
// give up their capabilities afterwards and are out of reach: not dumpable, so
// neither traced nor seen through /proc, and immune to signals as every pid 1.
func startCommand(p *plan, report *json.Encoder) (pid int, err error) {
	prog, err := seccomp.Program(seccomp.Policy())
	if err != nil {
		return 0, err
	}
	path, err := resolve(p.Spec.Argv[0], p.Spec.Env)
	if err != nil {
		return 0, err
	}
	// Closes /proc/1/{exe,fd,mem,root,environ} to the command (E02).
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return 0, failed(err, "hiding pid 1")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked: restriction and fork must be on one thread, which is
		// good for nothing else afterwards and ends with its goroutine.
		runtime.LockOSThread()
		if err = renounce(p); err != nil {
			return
		}
		if err = seccomp.Install(prog); err != nil {
			err = failed(err, "installing the seccomp filter")
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
	if err != nil {
		return 0, err
	}
	if cgoBuild {
		// Package syscall cannot reach all threads of such a program.
		return pid, report.Encode(message{Weaker: "this build of cargo-hermetic uses cgo, so pid 1 of the world keeps its capabilities in it; build with CGO_ENABLED=0"})
	}
	return pid, failed(dropOwn(), "dropping capabilities of pid 1")
}

// resolve finds a program as a shell would, in the PATH of the world.
func resolve(name string, env []string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	for _, kv := range env {
		if list, ok := cutPrefix(kv, "PATH="); ok {
			for _, dir := range filepath.SplitList(list) {
				path := filepath.Join(dir, name)
				if unix.Access(path, unix.X_OK) == nil {
					return path, nil
				}
			}
		}
	}
	return "", failed(unix.ENOENT, "finding `%s` in the world's PATH", name)
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return "", false
}

// reap waits for every child until the command itself has ended. The kernel
// kills what is left when pid 1 exits.
func reap(command int) (exited, error) {
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return exited{}, failed(err, "waiting for the command")
		case pid == command && ws.Exited():
			return exited{Code: ws.ExitStatus()}, nil
		case pid == command && ws.Signaled():
			return exited{Code: 128 + int(ws.Signal()), Signal: int(ws.Signal())}, nil
		}
	}
}
