package tracer

import "golang.org/x/sys/unix"

// mode32 is PSR_MODE32_BIT (arch/arm64/include/uapi/asm/ptrace.h).
const mode32 = 0x10

// generalRegisters is NT_PRSTATUS (include/uapi/linux/elf.h).
const generalRegisters = 1

type registers = unix.PtraceRegsArm64

func getRegisters(tid int) (r registers, err error) {
	return r, unix.PtraceGetRegSetArm64(tid, generalRegisters, &r)
}

func setRegisters(tid int, r *registers) error {
	return unix.PtraceSetRegSetArm64(tid, generalRegisters, r)
}

// stackOf returns the stack pointer, and whether the task runs in 64-bit mode.
func stackOf(r *registers) (uint64, bool) { return r.Sp, r.Pstate&mode32 == 0 }

func numberOf(r *registers) uintptr { return uintptr(r.Regs[8]) }

// returned shares its register with the first argument.
func returned(r *registers) int64 { return int64(r.Regs[0]) }

// arguments are where a call's arguments are (syscall(2)).
func arguments(r *registers) [6]*uint64 {
	return [6]*uint64{&r.Regs[0], &r.Regs[1], &r.Regs[2], &r.Regs[3], &r.Regs[4], &r.Regs[5]}
}
