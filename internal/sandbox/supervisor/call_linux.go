package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Call is one system call whose caller waits. It is good until it is answered.
type Call struct {
	Number uintptr
	Args   [6]uint64
	TID    int    // of the calling thread, as we see it
	Return uint64 // the address at which it goes on

	listener, pidfd int
	id              uint64
	text            [unix.PathMax]byte // that String reads
}

// ErrGone says that the caller does not wait any more, so what was read may be
// another process's. Any answer is as good as another.
var ErrGone = errors.New("the caller is gone")

// valid reports whether the caller still waits. Asked after something was read
// by its number, which could have been given to another process meanwhile.
func (c *Call) valid() error {
	if err := ioctl(c.listener, ioctlIDValid, unsafe.Pointer(&c.id)); err != nil {
		return ErrGone
	}
	return nil
}

// Waits reports whether the caller still waits for an answer.
func (c *Call) Waits() bool { return c.valid() == nil }

// Bytes reads n bytes of the caller's memory.
func (c *Call) Bytes(address uint64, n int) ([]byte, error) {
	buf := make([]byte, n)
	got, err := c.read(address, buf, false)
	if err == nil && got < n {
		err = unix.EFAULT
	}
	return buf[:max(got, 0)], errors.Join(err, c.valid())
}

// String reads a path of the caller's memory. unix.EFAULT and
// unix.ENAMETOOLONG are what the kernel itself would say of the address. A caller
// that was killed meanwhile hears no answer; who does more with what was read than
// answer asks Waits before.
func (c *Call) String(address uint64) (string, error) {
	n, err := c.read(address, c.text[:], true)
	if err != nil {
		return "", err
	}
	end := bytes.IndexByte(c.text[:n], 0)
	switch {
	case end >= 0:
		return string(c.text[:end]), nil
	case n < len(c.text):
		return "", unix.EFAULT
	}
	return "", unix.ENAMETOOLONG
}

// read fills buf as far as the caller's memory goes, or up to a zero byte. Page
// by page, because a read stops at a page that is not there (P26), and of a text in
// short pieces, as most are short.
func (c *Call) read(address uint64, buf []byte, text bool) (int, error) {
	piece := 4096 // not more than a page has on any machine
	if text {
		piece = 256
	}
	total := 0
	for total < len(buf) {
		n := min(len(buf)-total, piece-int((address+uint64(total))%uint64(piece)))
		got, err := ReadMemory(c.TID, buf[total:total+n], Piece(address+uint64(total), n))
		if got <= 0 || err != nil {
			if total > 0 {
				return total, nil
			}
			if err == nil {
				err = unix.EFAULT
			}
			return 0, err
		}
		total += got
		if text && bytes.IndexByte(buf[total-got:total], 0) >= 0 {
			return total, nil
		}
	}
	return total, nil
}

// Write puts data into the caller's memory.
func (c *Call) Write(address uint64, data []byte) error {
	n, err := WriteMemory(c.TID, address, data)
	if err == nil && n < len(data) {
		err = unix.EFAULT
	}
	return err
}

// Piece is size bytes of a task's memory.
func Piece(address uint64, size int) unix.RemoteIovec {
	return unix.RemoteIovec{Base: uintptr(address), Len: size}
}

// ReadMemory reads pieces of what a task has, one behind the other, up to where there is
// nothing: there must be some. The number must be that of one which waits, or is stopped.
func ReadMemory(tid int, data []byte, pieces ...unix.RemoteIovec) (int, error) {
	return transfer(unix.SYS_PROCESS_VM_READV, tid, data, pieces)
}

// WriteMemory writes where the task itself may write.
func WriteMemory(tid int, address uint64, data []byte) (int, error) {
	return transfer(unix.SYS_PROCESS_VM_WRITEV, tid, data, []unix.RemoteIovec{Piece(address, len(data))})
}

// transfer copies between data and the memory of a task, as process_vm_readv(2)
// does. The scheduler is not told, see ioctl.
func transfer(call uintptr, tid int, data []byte, remote []unix.RemoteIovec) (int, error) {
	local := unix.Iovec{Base: &data[0]}
	local.SetLen(len(data))
	n, _, errno := unix.RawSyscall6(call, uintptr(tid), uintptr(unsafe.Pointer(&local)), 1, uintptr(unsafe.Pointer(&remote[0])), uintptr(len(remote)), 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// DirFD is the directory that a relative path starts from: AT_FDCWD, or a
// descriptor, of which the kernel looks at 32 bits only.
func (c *Call) DirFD(argument uint64) int { return int(int32(argument)) }

// Place returns where in the file system a descriptor of the caller is open,
// or its working directory for unix.AT_FDCWD. It is not absolute for what has
// no place (a pipe, a deleted directory).
func (c *Call) Place(fd int) (string, error) {
	place, err := PlaceOf(c.TID, fd)
	if err != nil {
		return "", err
	}
	return place, c.valid()
}

// PlaceOf is Call.Place of a task that is stopped, or waits.
func PlaceOf(tid, fd int) (string, error) {
	name := "/proc/" + strconv.Itoa(tid) + "/cwd"
	if fd != unix.AT_FDCWD {
		name = fmt.Sprintf("/proc/%d/fd/%d", tid, fd)
	}
	place, err := os.Readlink(name)
	if err != nil {
		return "", unix.EBADF
	}
	return Existing(place), nil
}

// Existing is a place as /proc names it; nothing, if it was deleted.
func Existing(place string) string {
	if strings.HasSuffix(place, " (deleted)") {
		return ""
	}
	return place
}

// Dup returns a descriptor of our own for what the caller has open as fd. The
// supervisor closes it.
func (c *Call) Dup(fd int) (int, error) {
	if c.pidfd == 0 {
		pidfd, err := unix.PidfdOpen(c.TID, pidfdThread)
		if errors.Is(err, unix.EINVAL) { // before Linux 6.9
			pidfd, err = c.openLeader()
		}
		if err != nil {
			return -1, err
		}
		c.pidfd = pidfd
	}
	dup, err := unix.PidfdGetfd(c.pidfd, fd, 0)
	if err != nil {
		return -1, err
	}
	if err := c.valid(); err != nil {
		unix.Close(dup)
		return -1, err
	}
	return dup, nil
}

// pidfdThread is PIDFD_THREAD (include/uapi/linux/pidfd.h).
const pidfdThread = unix.O_EXCL

// openLeader opens the process of the calling thread.
func (c *Call) openLeader() (int, error) {
	leader, err := c.statusField("Tgid:")
	if err != nil {
		return -1, err
	}
	return unix.PidfdOpen(leader, 0)
}

// statusField reads a number of the caller's /proc status.
func (c *Call) statusField(name string) (int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.TID))
	if err != nil {
		return 0, ErrGone
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strconv.Atoi(strings.TrimSpace(rest))
		}
	}
	return 0, fmt.Errorf("no %s in the status of process %d", name, c.TID)
}

// Process returns the number of the calling process, as we see it.
func (c *Call) Process() (int, error) { return c.statusField("Tgid:") }

// forget closes what was opened to look at the caller.
func (c *Call) forget() {
	if c.pidfd != 0 {
		unix.Close(c.pidfd)
		c.pidfd = 0
	}
}
