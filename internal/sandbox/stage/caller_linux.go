package stage

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Constants of the kernel that package unix has not.
const (
	askPersonality = 0xffffffff // personality(2): change nothing
	perLinux       = 0          // include/uapi/linux/personality.h: PER_LINUX without flags
	schedOther     = 0          // include/uapi/linux/sched.h: SCHED_NORMAL
	ioprioProcess  = 1          // include/uapi/linux/ioprio.h: IOPRIO_WHO_PROCESS
	ioprioNone     = 0          // class and level that follow from the nice value
	normalSlack    = 50_000     // nanoseconds; init/init_task.c
	callingThread  = 0
)

// ForgetCaller puts away what the calling thread has from whoever started us
// and an exec keeps: blocked signals (P20), personality, scheduling policy, I/O
// priority, and timer slack (channels I15, I20, I21, I24, I34). What the thread
// forks has it as forgotten.
//
// The nice value and the OOM score stay: an ordinary process may raise them,
// and never lower them.
func ForgetCaller(c *Child) error {
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, new(unix.Sigset_t), nil); err != nil {
		return Failed(err, "unblocking signals")
	}
	// Asked first, since a container may refuse to set what is set already.
	if have, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, askPersonality, 0, 0); errno != 0 || have != perLinux {
		if _, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, perLinux, 0, 0); errno != 0 {
			return Failed(errno, "resetting the personality")
		}
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_IOPRIO_SET, ioprioProcess, callingThread, ioprioNone); errno != 0 {
		return Failed(errno, "resetting the I/O priority")
	}
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, normalSlack, 0, 0, 0); err != nil {
		return Failed(err, "resetting the timer slack")
	}
	return forgetPolicy(c)
}

// FixAddresses turns the randomisation of addresses off for what the calling
// thread starts: where a program's memory lies is chance otherwise.
func FixAddresses() error {
	const noRandomize = 0x0040000 // include/uapi/linux/personality.h: ADDR_NO_RANDOMIZE
	if _, _, errno := unix.RawSyscall(unix.SYS_PERSONALITY, perLinux|noRandomize, 0, 0); errno != 0 {
		return Failed(errno, "turning address randomisation off")
	}
	return nil
}

// forgetPolicy returns to the normal scheduling policy. From SCHED_IDLE the
// kernel lets a process without privileges return only if it might also have
// lowered its nice value.
func forgetPolicy(c *Child) error {
	have, _, errno := unix.RawSyscall(unix.SYS_SCHED_GETSCHEDULER, callingThread, 0, 0)
	if errno != 0 {
		return Failed(errno, "reading the scheduling policy")
	}
	if have == schedOther {
		return nil
	}
	priority := struct{ priority int32 }{} // struct sched_param: 0 is all that the normal policy has
	_, _, errno = unix.RawSyscall(unix.SYS_SCHED_SETSCHEDULER, callingThread, schedOther, uintptr(unsafe.Pointer(&priority)))
	if errno != 0 {
		return c.Weaker("the caller's scheduling policy is visible (sched_setscheduler: " + errno.Error() + ")")
	}
	return nil
}
