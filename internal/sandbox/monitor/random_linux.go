package monitor

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// getrandom gives a task the next bytes of its stream.
func (m *Monitor) getrandom(t *task, c *supervisor.Call) supervisor.Answer {
	const flags = unix.GRND_NONBLOCK | unix.GRND_RANDOM | unix.GRND_INSECURE
	if bits := c.Args[2] & 0xffffffff; bits&^flags != 0 || bits&(unix.GRND_RANDOM|unix.GRND_INSECURE) == unix.GRND_RANDOM|unix.GRND_INSECURE {
		return supervisor.Refuse(uintptr(unix.EINVAL))
	}
	// As the kernel: never more at once, and never less of what fits.
	const most, piece = 1<<25 - 1, 64 << 10
	left := min(c.Args[1], most)
	data := make([]byte, min(left, piece))
	for done := uint64(0); left > 0; {
		n := min(left, piece)
		t.random().Read(data[:n])
		if err := c.Write(c.Args[0]+done, data[:n]); err != nil {
			if done > 0 {
				return supervisor.Return(int64(done))
			}
			return supervisor.Refuse(uintptr(unix.EFAULT))
		}
		done, left = done+n, left-n
	}
	return supervisor.Return(int64(min(c.Args[1], most)))
}

// randomDevice opens a stream of a task as a file. It is a pipe, which is filled
// for as long as somebody reads it: a file would end.
func (m *Monitor) randomDevice(t *task, flags uint64) supervisor.Answer {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return supervisor.Refuse(uintptr(unix.ENFILE))
	}
	// Our end never blocks a thread of ours; the reader's blocks, as a device does
	// that has not been filled yet.
	if err := unix.SetNonblock(ends[1], true); err != nil {
		unix.Close(ends[0])
		unix.Close(ends[1])
		return supervisor.Refuse(uintptr(unix.ENFILE))
	}
	w := os.NewFile(uintptr(ends[1]), "randomness")
	t.made++ // a stream of its own, as that of a child
	stream := t.place.Child(t.made).Stream()
	go func() {
		defer w.Close()
		data := make([]byte, 4<<10)
		for {
			stream.Read(data)
			if _, err := w.Write(data); err != nil {
				return // nobody reads any more
			}
		}
	}()
	return supervisor.Open(ends[0], flags)
}

// IsRandomDevice reports whether a path names a device of randomness.
func IsRandomDevice(path string) bool { return path == "/dev/urandom" || path == "/dev/random" }

// randomText is a file with a new text each time that it is opened.
func (m *Monitor) randomText(t *task, flags uint64) supervisor.Answer {
	var id [16]byte
	t.random().Read(id[:])
	fd, err := constantFile(uuid(id))
	if err != nil {
		return supervisor.Refuse(uintptr(unix.EIO))
	}
	return supervisor.Open(fd, flags)
}

// uuid writes a version 4 UUID as /proc/sys/kernel/random/uuid does.
func uuid(id [16]byte) string {
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i, x := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b.WriteByte('-')
		}
		b.WriteByte(digits[x>>4])
		b.WriteByte(digits[x&15])
	}
	b.WriteByte('\n')
	return b.String()
}

// constantFile opens a file in memory for reading.
func constantFile(data string) (int, error) {
	fd, err := unix.MemfdCreate("constant", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return -1, err
	}
	f := os.NewFile(uintptr(fd), "constant")
	defer f.Close()
	if _, err := f.WriteString(data); err != nil {
		return -1, err
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_GROW|unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL); err != nil {
		return -1, err
	}
	return reopen(int(f.Fd()))
}

// reopen opens a file of ours again: its offset is then the caller's alone, and
// it is for reading only.
func reopen(fd int) (int, error) {
	again, err := unix.Open(self(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EINTR) {
		return reopen(fd)
	}
	return again, err
}
