package seccomp

import "golang.org/x/sys/unix"

// auditArch is AUDIT_ARCH_X86_64 (include/uapi/linux/audit.h).
const auditArch = 0xc000003e

// foreignBit is __X32_SYSCALL_BIT (arch/x86/include/uapi/asm/unistd.h): the x32
// ABI enters with the same architecture value and this bit in the number.
const foreignBit = 0x40000000

// archRules are the rules for calls that only this architecture has.
func archRules() []Rule {
	return []Rule{
		{Call: Call{"chmod", unix.SYS_CHMOD}, Errno: EPERM, When: []Condition{{Arg: 1, Op: HasBits, Value: setIDBits}}, Why: "as fchmodat"},
		{Call: Call{"iopl", unix.SYS_IOPL}, Errno: EPERM, Why: "administers the kernel"},
		{Call: Call{"ioperm", unix.SYS_IOPERM}, Errno: EPERM, Why: "administers the kernel"},
		{Call: Call{"modify_ldt", unix.SYS_MODIFY_LDT}, Errno: ENOSYS, Why: "16-bit segments; a source of kernel bugs"},
	}
}
