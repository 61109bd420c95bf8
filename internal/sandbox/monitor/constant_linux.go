package monitor

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// uuidFile has another text each time that it is read.
const uuidFile = "/proc/sys/kernel/random/uuid"

// makeConstants makes the files that describe the machine.
func (m *Monitor) makeConstants() error {
	m.constants = map[string]int{}
	if m.options.Hold == nil {
		return nil
	}
	files := m.shown().Files(machine, max(m.options.Hold.CPUs, 1))
	for name, data := range ofProcess(m.options.Mounts) {
		files = append(files, determinism.File{Path: "/proc/self/" + name, Data: data})
	}
	for _, f := range append(files, determinism.File{Path: uuidFile, Data: "\n"}) {
		fd, err := constantFile(f.Data)
		if err != nil {
			return fmt.Errorf("making `%s`: %w", f.Path, err)
		}
		m.constants[f.Path] = fd
	}
	return nil
}

func (m *Monitor) closeConstants() {
	for _, fd := range m.constants {
		unix.Close(fd)
	}
}

// constant answers a call that names a file of ours. ok is false if it names
// none.
func (m *Monitor) constant(t *task, c *supervisor.Call, p *pathCall, name string) (a supervisor.Answer, ok bool) {
	if m.options.Hold == nil {
		return a, false
	}
	flags := uint64(unix.O_RDONLY)
	if p.flags >= 0 {
		flags = c.Args[p.flags]
	}
	mode := flags & unix.O_ACCMODE
	if m.options.Hold.Random && IsRandomDevice(name) {
		switch {
		case p.op == observation.Look:
			return m.describe(c, p, m.constants[uuidFile], deviceKind(name)), true
		case p.op == observation.Open && mode != unix.O_WRONLY:
			return m.randomDevice(t, flags), true
		}
	}
	fd, ok := m.constants[name]
	if !ok {
		fd, ok = m.constants[processFile(name)]
	}
	if !ok || t.process.program.exempt || mode != unix.O_RDONLY {
		return a, false // to change its own is a process's own affair
	}
	switch p.op {
	case observation.Open:
		if name == uuidFile {
			return m.randomText(t, flags), true
		}
		again, err := reopen(fd)
		if err != nil {
			return failure(err), true
		}
		return supervisor.Open(again, flags), true
	case observation.Look:
		return m.describe(c, p, fd, kind{mode: unix.S_IFREG | 0o444}), true
	}
	return a, false
}

// kind is what a file is.
type kind struct {
	mode  uint32
	minor uint32 // of a device of memory
}

// deviceKind is that of the kernel's devices of randomness
// (Documentation/admin-guide/devices.txt).
func deviceKind(name string) kind {
	k := kind{mode: unix.S_IFCHR | 0o666, minor: 8}
	if name == "/dev/urandom" {
		k.minor = 9
	}
	return k
}

const memoryMajor = 1

// describe answers what a file of ours is.
func (m *Monitor) describe(c *supervisor.Call, p *pathCall, fd int, k kind) supervisor.Answer {
	var out []byte
	buffer := p.name + 1
	switch p.call.Name {
	case "access", "faccessat", "faccessat2":
		if uint32(c.Args[p.name+1])&unix.W_OK != 0 && k.mode&0o222 == 0 {
			return supervisor.Refuse(uintptr(unix.EACCES))
		}
		return supervisor.Return(0)
	case "statx":
		var st unix.Statx_t
		if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS, &st); err != nil {
			return failure(err)
		}
		at := unix.StatxTimestamp{Sec: m.options.Hold.Epoch}
		st.Mode, st.Uid, st.Gid, st.Ino = uint16(k.mode), 0, 0, 1
		st.Atime, st.Mtime, st.Ctime, st.Btime, st.Dev_major, st.Dev_minor = at, at, at, at, 0, 0
		if k.minor != 0 {
			st.Rdev_major, st.Rdev_minor, st.Size = memoryMajor, k.minor, 0
		}
		out, buffer = unsafe.Slice((*byte)(unsafe.Pointer(&st)), unsafe.Sizeof(st)), 4
	default:
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return failure(err)
		}
		at := unix.Timespec{Sec: m.options.Hold.Epoch}
		st.Mode, st.Uid, st.Gid, st.Ino, st.Dev = k.mode, 0, 0, 1, 0
		st.Atim, st.Mtim, st.Ctim = at, at, at
		if k.minor != 0 {
			st.Rdev, st.Size = unix.Mkdev(memoryMajor, k.minor), 0
		}
		out = unsafe.Slice((*byte)(unsafe.Pointer(&st)), unsafe.Sizeof(st))
	}
	return reply(c, c.Args[buffer], out, 0)
}

// self is the name of a descriptor of ours.
func self(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }
