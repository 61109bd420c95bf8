package monitor

// machine is what uname -m prints.
const machine = "aarch64"

// hardware is AT_HWCAP: floating point and vectors, which every arm64 processor
// has (arch/arm64/include/uapi/asm/hwcap.h).
const hardware = 0x3
