package cli

import (
	"errors"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// followStops makes ctrl-Z, fg and bg mean the world too, which has no terminal:
// a stop is handed to whoever runs a world, and otherwise stops only us. It
// includes that of a background job that writes to a terminal with `tostop`.
func followStops(passed chan<- os.Signal) {
	stops := slices.DeleteFunc([]os.Signal{syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU}, signal.Ignored)
	if len(stops) == 0 {
		return // and Notify without a signal would mean all of them
	}
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, stops...)
	for sig := range caught {
		if sig != syscall.SIGTSTP && inForeground() {
			continue
		}
		stopped := make(chan error, 1)
		self := func() error {
			err := suspend(caught, sig.(syscall.Signal)) // Notify sends nothing else
			if err == nil {
				signal.Notify(caught, stops...)
			}
			stopped <- err
			return err
		}
		select {
		case passed <- spec.Stop{Self: self}:
		case <-time.After(patience):
			_ = self() // what it returns arrives below, too
		}
		if <-stopped != nil {
			return // job control as it is without us: the kernel stops this process alone
		}
	}
}

// inForeground reports whether this process may use its terminal. A signal that
// says otherwise is then one of before: a thread that was about to handle it
// when all were stopped does so when they are continued.
func inForeground() bool {
	for fd := range 3 {
		if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil {
			return group == unix.Getpgrp()
		}
	}
	return false
}

// suspend stops this process by a signal that arrived on caught, as if nobody had
// caught it, and returns when it is continued. It returns at once where there is
// no shell that could do that: the kernel then discards the signal.
func suspend(caught chan os.Signal, sig syscall.Signal) error {
	// A write to the terminal is tried again until we stop, and each time it is
	// another signal for the same stop.
	signal.Stop(caught)
	select {
	case <-caught:
	default:
	}
	// The signal goes to this thread, where it acts as soon as it is let in. It
	// waits for that from before the default is set: a write that is tried again
	// may then stop us first, and whoever continues us takes ours back with it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var mask, before unix.Sigset_t
	mask.Val[0] = 1 << (sig - 1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &mask, &before); err != nil {
		return os.NewSyscallError("rt_sigprocmask", err)
	}
	err := os.NewSyscallError("tgkill", unix.Tgkill(unix.Getpid(), unix.Gettid(), sig))
	ours, changeErr := change(sig, theDefault)
	err = errors.Join(err, changeErr, os.NewSyscallError("rt_sigprocmask", unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)))
	if changeErr == nil {
		_, changeErr = change(sig, ours)
		err = errors.Join(err, changeErr)
	}
	return err
}
