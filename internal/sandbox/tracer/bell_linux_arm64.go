package tracer

// restorerFlag: the kernel returns from a handler by its vDSO
// (arch/arm64/kernel/signal.c).
const restorerFlag = 0

func restorerAddress() uintptr { return 0 }
