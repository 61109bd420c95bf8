package monitor

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// listing is a directory that a program has read in part: what it has not had
// yet.
type listing struct {
	fd     int   // open on the same as the program's
	end    int64 // where that stands; elsewhere, the program has gone back
	rest   determinism.Entries
	reader *process
	theirs int // the descriptor by which it was asked for first
}

const (
	maxDirectory = 64 << 20 // bytes of entries that are sorted at once
	maxListings  = 256      // that are read in part at the same time
)

// getdents lists a directory in the order of its names. All of it is read at the
// first call; what does not fit is kept for the next.
func (m *Monitor) getdents(t *task, c *supervisor.Call) supervisor.Answer {
	m.drain(t, c.TID)
	place := m.listed(t, c)
	if m.options.Hold == nil {
		return supervisor.Continue()
	}
	fd, err := c.Dup(int(int32(c.Args[0])))
	if errors.Is(err, unix.EBADF) || errors.Is(err, unix.ESRCH) || errors.Is(err, supervisor.ErrGone) {
		return supervisor.Continue() // no descriptor, as the kernel will find
	}
	if err != nil {
		return failure(err)
	}
	l := m.listingOf(fd)
	if l == nil {
		if l, err = m.list(t, fd, int(int32(c.Args[0])), place); err != nil || l == nil {
			unix.Close(fd)
			if err != nil {
				return failure(err)
			}
			return supervisor.Continue()
		}
	} else {
		unix.Close(fd)
	}
	return m.take(l, c)
}

// take gives the caller as many entries as it has room for.
func (m *Monitor) take(l *listing, c *supervisor.Call) supervisor.Answer {
	data, rest := l.rest.Take(int(min(c.Args[2]&0xffffffff, maxDirectory)))
	switch {
	case len(data) == 0 && len(rest) > 0:
		return supervisor.Refuse(uintptr(unix.EINVAL)) // no room for one name
	case len(data) > 0:
		if err := c.Write(c.Args[1], data); err != nil {
			return supervisor.Refuse(uintptr(unix.EFAULT))
		}
	}
	if l.rest = rest; len(data) == 0 {
		m.forget(l) // the program has heard that this is the end
	}
	return supervisor.Return(int64(len(data)))
}

// list reads a directory to its end and sorts it. Where a program has gone to the
// place of an entry (seekdir), it is listed from there. Nothing, without an error,
// means that it is too large for that; it stands then as it stood before.
func (m *Monitor) list(t *task, fd, theirs int, place string) (*listing, error) {
	if len(m.listings) >= maxListings {
		if m.sweepListings(); len(m.listings) >= maxListings {
			m.unsorted++
			return nil, nil
		}
	}
	begin, err := unix.Seek(fd, 0, unix.SEEK_CUR)
	if err != nil {
		return nil, err
	}
	if _, err := unix.Seek(fd, 0, unix.SEEK_SET); err != nil {
		return nil, err
	}
	var data []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Getdents(fd, buf)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		if data = append(data, buf[:n]...); len(data) > maxDirectory {
			m.unsorted++
			_, err := unix.Seek(fd, begin, unix.SEEK_SET)
			return nil, err
		}
	}
	entries, err := determinism.ParseEntries(data)
	if err != nil {
		return nil, err
	}
	entries.Sort()
	if backwards(m.options.Hold.Another, place) {
		slices.Reverse(entries)
	}
	end, err := unix.Seek(fd, 0, unix.SEEK_CUR)
	if err != nil {
		return nil, err
	}
	entries.Distinguish(end)
	switch begin {
	case 0:
	case end:
		entries = nil
	default:
		entries = entries.After(begin)
	}
	l := &listing{fd: fd, end: end, rest: entries, reader: t.process, theirs: theirs}
	m.listings = append(m.listings, l)
	return l, nil
}

// listingOf finds what is left of a directory that is open as fd, unless the
// program has gone back in it.
func (m *Monitor) listingOf(fd int) *listing {
	for _, l := range m.listings {
		if !sameOpening(pid, l.fd, pid, fd) {
			continue
		}
		if at, err := unix.Seek(fd, 0, unix.SEEK_CUR); err == nil && at == l.end {
			return l
		}
		m.forget(l)
		return nil
	}
	return nil
}

func (m *Monitor) forget(l *listing) {
	unix.Close(l.fd)
	m.listings = slices.DeleteFunc(m.listings, func(other *listing) bool { return other == l })
}

// sweepListings forgets what was begun by processes that are no more, or have
// something else by that descriptor now.
func (m *Monitor) sweepListings() {
	alive := map[*process]bool{}
	for _, t := range m.tasks {
		alive[t.process] = true
	}
	for _, l := range slices.Clone(m.listings) {
		if !alive[l.reader] || !sameOpening(l.reader.pid, l.theirs, pid, l.fd) {
			m.forget(l)
		}
	}
}

// sameOpening reports whether descriptors of two processes share one opening of a
// file.
func sameOpening(process, fd, other, otherFD int) bool {
	r, _, errno := unix.Syscall6(unix.SYS_KCMP, uintptr(process), uintptr(other), kcmpFile, uintptr(fd), uintptr(otherFD), 0)
	return errno == 0 && r == 0
}

// include/uapi/linux/kcmp.h
const (
	kcmpFile   = 0
	kcmpMemory = 1
)

// sameMemory reports whether tasks share their memory; also where one of them is gone.
func sameMemory(tid, other int) bool {
	same, errno := compareMemory(tid, other)
	return errno != 0 || same
}

// comparesMemory reports whether this kernel can say that: it may be built without, and a
// container's filter may refuse it.
func comparesMemory() bool {
	same, errno := compareMemory(pid, pid)
	return errno == 0 && same
}

func compareMemory(tid, other int) (same bool, errno unix.Errno) {
	r, _, errno := unix.RawSyscall6(unix.SYS_KCMP, uintptr(tid), uintptr(other), kcmpMemory, 0, 0, 0)
	return r == 0, errno
}

// listed records that a directory was listed, and returns where it is; nothing, if
// that is not known.
func (m *Monitor) listed(t *task, c *supervisor.Call) string {
	place, err := c.Place(int(int32(c.Args[0])))
	if err != nil {
		return ""
	}
	m.record(t.process, observation.List, place, place, observation.Found)
	return place
}

// failure refuses a call with what a call of ours failed with.
func failure(err error) supervisor.Answer {
	errno := unix.EIO
	errors.As(err, &errno)
	return supervisor.Refuse(uintptr(errno))
}
