package tracer

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// generalRegisters is NT_PRSTATUS (include/uapi/linux/elf.h).
const generalRegisters = 1

// readRegisters reads those of a stopped task.
func readRegisters(tid int) (registers, error) {
	data := make([]byte, native.size)
	n, err := registerSet(unix.PTRACE_GETREGSET, tid, data)
	return registers{data[:n], native}, err
}

func writeRegisters(tid int, r registers) error {
	_, err := registerSet(unix.PTRACE_SETREGSET, tid, r.data)
	return err
}

// registerSet returns how much of data was used.
func registerSet(request, tid int, data []byte) (int, error) {
	vector := unix.Iovec{Base: &data[0]}
	vector.SetLen(len(data))
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), generalRegisters, uintptr(unsafe.Pointer(&vector)), 0, 0)
	runtime.KeepAlive(data)
	if errno != 0 {
		return 0, errno
	}
	return int(vector.Len), nil
}

// callOf reads the call that a stopped task is about to make.
func callOf(tid int) (*Call, error) {
	r, err := readRegisters(tid)
	if err != nil {
		return nil, err
	}
	if !r.native() {
		return nil, fmt.Errorf("task %d makes a call in another mode than that of the filter", tid)
	}
	c := &Call{Number: r.number(), tid: tid, replaced: -1, sp: r.stack()}
	for i := range c.Args {
		c.Args[i] = r.argument(i)
	}
	return c, nil
}

// setArgument changes one argument of a stopped task's call.
func setArgument(tid, arg int, value uint64) error {
	r, err := readRegisters(tid)
	if err != nil {
		return err
	}
	r.setArgument(arg, value)
	return writeRegisters(tid, r)
}
