package probe

// archPrctl is the number of arch_prctl(2), which only x86 has.
func archPrctl() (uintptr, bool) { return 0, false }
