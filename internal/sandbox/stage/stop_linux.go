package stage

import (
	"os"
	"syscall"
)

// act passes a signal on to the command's process group, or stops or continues
// the world.
//
// A world is a session of its own, so a terminal's ctrl-Z reaches none of its
// processes; and a SIGTSTP that is passed on would do nothing, because the kernel
// discards it in a process group whose parents are all in other sessions. So
// the world is stopped by SIGSTOP. Pid 1 goes on: it waits and does nothing else.
func (c *Child) act(command int, sig syscall.Signal) {
	everybody := -command
	if os.Getpid() == 1 {
		// Everybody in this pid namespace but us, and at one instant: a fork is
		// started again while a signal is pending. Elsewhere -1 would be every
		// process of the user.
		everybody = -1
	}
	switch sig {
	case syscall.SIGSTOP:
		// ESRCH, in all three: the command has just ended.
		_ = syscall.Kill(everybody, sig)
		// A failed write means that the parent is gone, and so are we.
		_ = c.report.send(message{Stopped: true})
	case syscall.SIGCONT:
		_ = syscall.Kill(everybody, sig)
	default:
		_ = syscall.Kill(-command, sig)
	}
}
