package probe

import "golang.org/x/sys/unix"

// archPrctl is the number of arch_prctl(2), where there is one.
func archPrctl() (uintptr, bool) { return unix.SYS_ARCH_PRCTL, true }
