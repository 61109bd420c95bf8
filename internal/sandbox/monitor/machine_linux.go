package monitor

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/determinism"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/supervisor"
)

// uname answers with the constant kernel, and with the names of the world.
func (m *Monitor) uname(_ *task, c *supervisor.Call) supervisor.Answer {
	const field = 65 // include/uapi/linux/utsname.h: __NEW_UTS_LEN + 1
	var out []byte
	for _, text := range []string{determinism.OS, m.options.HostName, m.shown().Release, m.shown().Version, machine, m.options.DomainName} {
		var part [field]byte
		copy(part[:field-1], text)
		out = append(out, part[:]...)
	}
	return reply(c, c.Args[0], out, 0)
}

// sysinfo answers with struct sysinfo (include/uapi/linux/sysinfo.h).
func (m *Monitor) sysinfo(_ *task, c *supervisor.Call) supervisor.Answer {
	const (
		length    = 112
		totalRAM  = 32
		freeRAM   = 40
		processes = 80
		unitBytes = 104
	)
	out, shown := make([]byte, length), m.shown()
	binary.LittleEndian.PutUint64(out, shown.Uptime)
	binary.LittleEndian.PutUint64(out[totalRAM:], shown.Memory)
	binary.LittleEndian.PutUint64(out[freeRAM:], shown.Free)
	binary.LittleEndian.PutUint16(out[processes:], uint16(shown.Processes))
	binary.LittleEndian.PutUint32(out[unitBytes:], 1)
	return reply(c, c.Args[0], out, 0)
}

// affinity answers that a task may run on every processor that there seems to be.
func (m *Monitor) affinity(t *task, c *supervisor.Call) supervisor.Answer {
	if t.process.program.exempt {
		return supervisor.Continue()
	}
	mask := make([]byte, (m.options.Hold.CPUs+63)/64*8)
	for i := range m.options.Hold.CPUs {
		mask[i/8] |= 1 << (i % 8)
	}
	if size := c.Args[1] & 0xffffffff; size < uint64(len(mask)) || size%8 != 0 {
		return supervisor.Refuse(uintptr(unix.EINVAL))
	}
	return reply(c, c.Args[2], mask, int64(len(mask)))
}

// setAffinity says yes to whatever names one of these processors, and does
// nothing: there may be fewer, or others.
func (m *Monitor) setAffinity(t *task, c *supervisor.Call) supervisor.Answer {
	if t.process.program.exempt {
		return supervisor.Continue()
	}
	mask, err := c.Bytes(c.Args[2], int(min(c.Args[1]&0xffffffff, 1<<10)))
	if err != nil {
		return supervisor.Refuse(uintptr(unix.EFAULT))
	}
	for i := range min(m.options.Hold.CPUs, 8*len(mask)) {
		if mask[i/8]&(1<<(i%8)) != 0 {
			return supervisor.Return(0)
		}
	}
	return supervisor.Refuse(uintptr(unix.EINVAL))
}

// getcpu answers that everything runs on the first processor.
func (m *Monitor) getcpu(_ *task, c *supervisor.Call) supervisor.Answer {
	for _, address := range c.Args[:2] {
		if address != 0 {
			if err := c.Write(address, make([]byte, 4)); err != nil {
				return supervisor.Refuse(uintptr(unix.EFAULT))
			}
		}
	}
	return supervisor.Return(0)
}

// reply writes an answer where the caller wants it, and returns value.
func reply(c *supervisor.Call, address uint64, data []byte, value int64) supervisor.Answer {
	if err := c.Write(address, data); err != nil {
		return supervisor.Refuse(uintptr(unix.EFAULT))
	}
	return supervisor.Return(value)
}

// refuse is the answer to a call that no build needs.
func refuse(errno unix.Errno) func(*Monitor, *task, *supervisor.Call) supervisor.Answer {
	return func(_ *Monitor, t *task, _ *supervisor.Call) supervisor.Answer {
		if t.process.program.exempt {
			return supervisor.Continue()
		}
		return supervisor.Refuse(uintptr(errno))
	}
}
