package landlock

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// watch adds a watch to the caller's inotify descriptor. Landlock does not know
// this call, and a watched directory tells the name of whatever is made in it.
// So, as with metadata, the supervisor opens the file, asks the kernel where it
// is, and adds a watch for what it has open.
func (a *answers) watch(c *supervisor.Call, call asked) supervisor.Answer {
	fd, err := a.subject(c, call)
	if err != nil {
		return failure(err)
	}
	defer unix.Close(fd)
	self := fmt.Sprintf("/proc/self/fd/%d", fd)
	real, err := os.Readlink(self)
	if err != nil {
		return failure(err)
	}
	// The names that lead to what is allowed are in the view, but not what else
	// is in those directories.
	if !withinAny(a.listed, real) || a.view.look(real).state == absent {
		return supervisor.Refuse(uintptr(unix.ENOENT))
	}
	inotify, err := c.Dup(int(int32(c.Args[0])))
	if err != nil {
		return failure(err)
	}
	defer unix.Close(inotify)
	number, err := unix.InotifyAddWatch(inotify, self, uint32(c.Args[2])&^unix.IN_DONT_FOLLOW)
	if err != nil {
		return failure(err)
	}
	return supervisor.Return(int64(number))
}
