package landlock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// metadata changes a file's mode or times for the caller. Landlock does not
// know these calls, and letting the kernel do one after a look would let
// another thread exchange the path in between. So the supervisor opens the
// file itself, asks the kernel where it is, and changes what it has open.
func (a *answers) metadata(c *supervisor.Call, call asked) supervisor.Answer {
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
	if !strings.HasPrefix(real, "/memfd:") && !a.mayChange(real) {
		if a.view.look(real).state == absent {
			return supervisor.Refuse(uintptr(unix.ENOENT))
		}
		return supervisor.Refuse(uintptr(unix.EROFS))
	}
	if call.do == times {
		ts, err := timesOf(c)
		if err != nil {
			return failure(err)
		}
		return result(setTimes(fd, self, ts))
	}
	bits := c.Args[call.path+1]
	if call.do == modeFD {
		bits = c.Args[1]
	}
	// Through the name that the kernel gives the descriptor: it may be one that
	// only names the file (O_PATH). A link's own mode cannot be changed.
	return result(unix.Fchmodat(unix.AT_FDCWD, self, uint32(bits)&0o1777, 0))
}

// subject opens the file that a call means.
func (a *answers) subject(c *supervisor.Call, call asked) (int, error) {
	if call.do == modeFD {
		return c.Dup(int(int32(c.Args[0])))
	}
	if call.do == times && c.Args[call.path] == 0 {
		return c.Dup(c.DirFD(c.Args[call.dir]))
	}
	p, err := c.String(c.Args[call.path])
	if err != nil {
		return -1, err
	}
	if !c.Waits() {
		return -1, supervisor.ErrGone // what was read may be another's
	}
	flags := uint64(0)
	switch call.name {
	case "fchmodat2":
		flags = c.Args[3]
	case "utimensat":
		flags = c.Args[3]
	case "inotify_add_watch":
		if c.Args[2]&unix.IN_DONT_FOLLOW != 0 {
			flags = unix.AT_SYMLINK_NOFOLLOW
		}
	}
	dir := unix.AT_FDCWD
	if call.dir >= 0 {
		dir = c.DirFD(c.Args[call.dir])
	}
	if p == "" {
		if flags&unix.AT_EMPTY_PATH == 0 || dir == unix.AT_FDCWD {
			return -1, unix.ENOENT
		}
		return c.Dup(dir)
	}
	start := unix.AT_FDCWD
	if !strings.HasPrefix(p, "/") {
		place := fmt.Sprintf("/proc/%d/cwd", c.TID)
		if dir != unix.AT_FDCWD {
			place = fmt.Sprintf("/proc/%d/fd/%d", c.TID, dir)
		}
		if start, err = unix.Open(place, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
			return -1, err
		}
		defer unix.Close(start)
	}
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_MAGICLINKS}
	if flags&unix.AT_SYMLINK_NOFOLLOW != 0 {
		how.Flags |= unix.O_NOFOLLOW
	}
	fd, err := fsx.Openat2(start, p, &how)
	if errors.Is(err, unix.ELOOP) {
		err = unix.ENOENT // through /proc, which leads to what is open in us, not in the caller
	}
	return fd, err
}

// timesOf reads the two times of utimensat; nil means now.
func timesOf(c *supervisor.Call) (*[2]unix.Timespec, error) {
	if c.Args[2] == 0 {
		return nil, nil
	}
	data, err := c.Bytes(c.Args[2], 32)
	if err != nil {
		return nil, err
	}
	var ts [2]unix.Timespec
	for i := range ts {
		ts[i].Sec = int64(binary.NativeEndian.Uint64(data[16*i:]))
		ts[i].Nsec = int64(binary.NativeEndian.Uint64(data[16*i+8:]))
	}
	return &ts, nil
}

// setTimes changes the times of what fd is open on, which may be a link.
func setTimes(fd int, self string, ts *[2]unix.Timespec) error {
	now := [2]unix.Timespec{{Nsec: unix.UTIME_NOW}, {Nsec: unix.UTIME_NOW}}
	if ts == nil {
		ts = &now
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return unix.EOPNOTSUPP
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, self, ts[:], 0)
}

func result(err error) supervisor.Answer {
	if err != nil {
		return failure(err)
	}
	return supervisor.Return(0)
}

// failure hands an error of ours to the caller as if the kernel had given it.
func failure(err error) supervisor.Answer {
	if errno := unix.Errno(0); errors.As(err, &errno) && errno != 0 {
		return supervisor.Refuse(uintptr(errno))
	}
	return supervisor.Refuse(uintptr(unix.EIO))
}
