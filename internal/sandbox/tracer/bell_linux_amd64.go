package tracer

// restorerFlag is SA_RESTORER: this architecture's kernel returns from a handler to
// what the program names (arch/x86/kernel/signal_64.c).
const restorerFlag = 0x04000000

// restorerAddress is the address of a call of rt_sigreturn(2).
func restorerAddress() uintptr
