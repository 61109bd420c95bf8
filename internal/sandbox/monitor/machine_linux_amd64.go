package monitor

// machine is what uname -m prints.
const machine = "x86_64"

// hardware is AT_HWCAP: CPUID leaf 1, EDX, of a processor of the level x86-64 (fpu
// tsc msr cx8 cmov clflush mmx fxsr sse sse2 and what is with them everywhere).
const hardware = 0x078bfbff
