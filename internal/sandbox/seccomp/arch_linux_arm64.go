package seccomp

// auditArch is AUDIT_ARCH_AARCH64 (include/uapi/linux/audit.h).
const auditArch = 0xc00000b7

// foreignBit is unused: arm64 has no second ABI behind the same architecture
// value (32-bit programs enter with AUDIT_ARCH_ARM).
const foreignBit = 0

// archRules are the rules for calls that only this architecture has: none.
func archRules() []Rule { return nil }
