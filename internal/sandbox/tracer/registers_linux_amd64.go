package tracer

import "golang.org/x/sys/unix"

// userCode64 is the code segment of 64-bit programs (__USER_CS,
// arch/x86/include/asm/segment.h); 32-bit ones have another.
const userCode64 = 0x33

type registers = unix.PtraceRegs

func getRegisters(tid int) (r registers, err error) { return r, unix.PtraceGetRegs(tid, &r) }

func setRegisters(tid int, r *registers) error { return unix.PtraceSetRegs(tid, r) }

// stackOf returns the stack pointer, and whether the task runs in 64-bit mode.
func stackOf(r *registers) (uint64, bool) { return r.Rsp, r.Cs == userCode64 }

func numberOf(r *registers) uintptr { return uintptr(r.Orig_rax) }

func returned(r *registers) int64 { return int64(r.Rax) }

// arguments are where a call's arguments are (syscall(2)).
func arguments(r *registers) [6]*uint64 {
	return [6]*uint64{&r.Rdi, &r.Rsi, &r.Rdx, &r.R10, &r.R8, &r.R9}
}
