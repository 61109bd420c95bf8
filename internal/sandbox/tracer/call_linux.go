package tracer

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// callStop marks a SIGTRAP that stands for the beginning or the end of a call
// (PTRACE_O_TRACESYSGOOD).
const callStop syscall.Signal = 0x80

// Call is a system call that is about to be made.
type Call struct {
	Number uintptr
	Args   [6]uint64

	tid      int
	wanted   bool // its end is
	replaced int  // index of the argument that was, or -1
	sp       uint64
	err      error
}

// Read reads the caller's memory.
func (c *Call) Read(address uint64, data []byte) error {
	n, err := unix.PtracePeekData(c.tid, uintptr(address), data)
	if err == nil && n < len(data) {
		err = unix.EFAULT
	}
	return err
}

// belowStack is how far below the stack pointer a replaced argument lies, in
// bytes: beyond the 128 that a function may use there without saying so (System V
// ABI, AMD64 supplement, 3.2.2). What lies there is nobody's.
const belowStack = 1024

// Replace gives the call another value behind a pointer, without changing what
// the caller has there.
func (c *Call) Replace(arg int, data []byte) {
	address := (c.sp - belowStack) &^ 15
	if _, err := unix.PtracePokeData(c.tid, uintptr(address), data); err != nil {
		c.err = fmt.Errorf("giving a call of task %d another argument: %w", c.tid, err)
		return
	}
	if c.err = setArgument(c.tid, arg, address); c.err == nil {
		c.replaced, c.wanted = arg, true
	}
}

// WantEnd asks for Events.Left.
func (c *Call) WantEnd() { c.wanted = true }

// entered handles a call that the filter stopped.
func (l *loop) entered(tid int) error {
	c, err := callOf(tid)
	if err != nil {
		return err
	}
	l.events.Entered(tid, c)
	if c.err != nil || !c.wanted {
		if err := resume(tid, 0); err != nil {
			return err
		}
		return c.err
	}
	l.calls[tid] = c
	return ptrace(unix.PTRACE_SYSCALL, tid, 0)
}

// left handles the end of a call, and gives the caller back the argument that it
// had.
func (l *loop) left(tid int) error {
	c := l.calls[tid]
	delete(l.calls, tid)
	if c == nil {
		return resume(tid, 0)
	}
	if c.replaced >= 0 {
		if err := setArgument(tid, c.replaced, c.Args[c.replaced]); err != nil {
			return err
		}
	}
	result, err := resultOf(tid)
	if err != nil {
		return err
	}
	l.events.Left(tid, result)
	return resume(tid, 0)
}
