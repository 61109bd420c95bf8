package tracer

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// arming makes a new program's process fault on CPUID: it has to ask for that
// itself, by one system call before its first instruction (arch_prctl(2)); an exec
// forgets it.
type arming struct {
	saved registers // as the kernel left them for the program
	text  []byte    // of the program, where its first instruction is
}

// arm begins: the exec must be over, or the kernel would write its result into the
// registers of our call.
func (l *loop) arm(tid int) error {
	if l.processor == nil {
		return resume(tid, 0)
	}
	l.tasks[tid].arming = &arming{}
	return ptrace(unix.PTRACE_SYSCALL, tid, 0)
}

// armed goes on with it at each stop that belongs to it: first at the end of the
// exec, then when our call has been made. It reports whether the stop was one.
func (l *loop) armed(tid int, t *task, callEnd bool) (bool, error) {
	a := t.arming
	switch {
	case a == nil:
		return false, nil
	case callEnd && a.text == nil:
		return true, a.call(tid)
	case !callEnd && a.text != nil:
		t.arming = nil
		return true, a.finish(tid)
	}
	return false, nil
}

// call lets the process make our call, from where its program begins.
func (a *arming) call(tid int) error {
	r, err := readRegisters(tid)
	if err != nil {
		return err
	}
	a.saved = r.clone()
	a.text = make([]byte, len(armingCode))
	if _, err := unix.PtracePeekData(tid, uintptr(r.instruction()), a.text); err != nil {
		return err
	}
	if _, err := unix.PtracePokeData(tid, uintptr(r.instruction()), armingCode); err != nil {
		return err
	}
	r.setCall(armingCall, armingArguments)
	if err := writeRegisters(tid, r); err != nil {
		return err
	}
	return resume(tid, 0)
}

// finish puts everything back.
func (a *arming) finish(tid int) error {
	r, err := readRegisters(tid)
	if err != nil {
		return err
	}
	if result := r.result(); result != 0 {
		return fmt.Errorf("letting process %d fault on CPUID: %w", tid, unix.Errno(-result))
	}
	if _, err := unix.PtracePokeData(tid, uintptr(a.saved.instruction()), a.text); err != nil {
		return err
	}
	if err := writeRegisters(tid, a.saved); err != nil {
		return err
	}
	return resume(tid, 0)
}

// faulted answers for the processor if that is what a task has stopped for.
func (l *loop) faulted(tid int) (bool, error) {
	if l.processor == nil {
		return false, nil
	}
	r, err := readRegisters(tid)
	if err != nil || !r.native() {
		return false, err
	}
	code := make([]byte, len(cpuidCode))
	if _, err := unix.PtracePeekData(tid, uintptr(r.instruction()), code); err != nil {
		if errors.Is(err, unix.ESRCH) {
			return false, err
		}
		return false, nil // it jumped to where nothing is: its own fault
	}
	if !r.answerCPUID(code, l.processor) {
		return false, nil
	}
	if err := writeRegisters(tid, r); err != nil {
		return false, err
	}
	return true, resume(tid, 0)
}
