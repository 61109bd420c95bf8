package landlock

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/stage"
)

// child is a process whose parent we are.
type child struct {
	pid, group int
	alive      bool
}

// endAll kills every process that the command has left, and its children, who
// become ours as their parents die, until none lives. It reaps nobody: at the
// end of the run somebody else may be waiting for the command.
//
// A list of processes is not made in one instant. Somebody in it may have ended
// when we come to look, after starting another who is not in it. So none is left
// only if a list holds nobody alive and nobody whom the one before had not found
// dead already. Whole groups are killed, since who starts another and ends in a
// loop is never met twice, but stays in its group.
func endAll() error {
	dead := map[int]bool{}
	for {
		list, err := children()
		if err != nil {
			return stage.Failed(err, "ending what the command has left")
		}
		settled := true
		for _, c := range list {
			if c.alive || !dead[c.pid] {
				settled = false
			}
			if c.alive {
				// ESRCH, here and below: it has ended meanwhile.
				_ = syscall.Kill(c.pid, syscall.SIGKILL)
			}
			dead[c.pid] = !c.alive
			if c.group > 1 && c.group != unix.Getpgrp() && !settled {
				_ = syscall.Kill(-c.group, syscall.SIGKILL)
			}
		}
		if settled {
			return nil
		}
		runtime.Gosched()
	}
}

// children lists the processes whose parent we are.
func children() ([]child, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var list []child
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		s, err := stage.StatusOf("/proc/" + strconv.Itoa(pid))
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
			continue // it has ended, and was somebody else's
		case err != nil:
			return nil, err
		case s.Parent != os.Getpid():
			continue
		}
		// Z and X: it is dead, and has handed its own children over, unless only
		// its first thread has ended.
		alive := s.State != "Z" && s.State != "X" || s.Threads > 1
		list = append(list, child{pid, s.Group, alive})
	}
	return list, nil
}
