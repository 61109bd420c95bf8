package cli

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// action is what the kernel does with a signal: struct sigaction of
// rt_sigaction(2), on every architecture that we run on.
type action [4]uintptr

// theDefault is SIG_DFL.
var theDefault action

// change sets the action of a signal and returns the one before. Package signal
// has no way back to the default: after Reset it is Go's own handler that acts,
// which passes over a stop, and answers SIGQUIT with a dump of goroutines.
func change(sig syscall.Signal, to action) (before action, err error) {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(&to)), uintptr(unsafe.Pointer(&before)), 8, 0, 0)
	if errno != 0 {
		err = os.NewSyscallError("rt_sigaction", errno)
	}
	return before, err
}

// mortal makes sure that a signal ends this process, and that nothing else of it
// is left: a core file of ours would say nothing about the program that failed.
func mortal(sig syscall.Signal) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return os.NewSyscallError("setrlimit", err)
	}
	if sig == syscall.SIGKILL {
		return nil // has no other action, and the kernel refuses to be told
	}
	_, err := change(sig, theDefault)
	return err
}
