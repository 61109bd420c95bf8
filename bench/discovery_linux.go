package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// ownCPU is the user and system time of this process so far.
func ownCPU() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic(err) // the arguments are right, and nothing else can fail (getrusage(2))
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
