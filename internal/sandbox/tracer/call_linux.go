package tracer

import (
	"errors"
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

// badAddress is none of a program's: the first page of memory is never mapped.
const badAddress = 1

// Replace gives the call another value behind a pointer, without changing what
// the caller has there. Where there is no stack to lay it on, the call fails with
// EFAULT: it must not see the value that was to be replaced.
func (c *Call) Replace(arg int, data []byte) {
	address := (c.sp - belowStack) &^ 15
	if _, err := unix.PtracePokeData(c.tid, uintptr(address), data); err != nil {
		if errors.Is(err, unix.ESRCH) {
			c.err = err
			return
		}
		address = badAddress
	}
	if c.err = setArgument(c.tid, arg, address); c.err == nil {
		c.replaced, c.wanted = arg, true
	}
}

// WantEnd asks for Events.Left.
func (c *Call) WantEnd() { c.wanted = true }

// entered handles a call that the filter stopped.
func (l *loop) entered(tid int) error {
	t := l.tasks[tid]
	if t == nil {
		return fmt.Errorf("task %d, of which nothing is known, makes a call", tid)
	}
	c, err := callOf(tid)
	if err != nil {
		return err
	}
	t.call = nil
	l.events.Entered(tid, c)
	if c.err != nil {
		return fmt.Errorf("giving a call of task %d another argument: %w", tid, c.err)
	}
	if !c.wanted {
		return resume(tid, 0)
	}
	t.call = c
	return ptrace(unix.PTRACE_SYSCALL, tid, 0)
}

// left handles the end of a call, and gives the caller back the argument that it
// had.
func (l *loop) left(tid int) error {
	t := l.tasks[tid]
	if t == nil || t.call == nil {
		return resume(tid, 0)
	}
	c := t.call
	t.call = nil
	r, err := readRegisters(tid)
	if err != nil {
		return err
	}
	result := r.result()
	if c.replaced >= 0 {
		r.setArgument(c.replaced, c.Args[c.replaced])
		if err := writeRegisters(tid, r); err != nil {
			return err
		}
	}
	l.events.Left(tid, result)
	return resume(tid, 0)
}
