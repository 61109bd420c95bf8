package tracer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Program is a program before its first instruction. What is set here is
// written into its memory before it runs; an error of that is the tracer's.
type Program struct {
	PID    int // of the process: every exec makes its caller the first thread
	Former int // number of the thread that called exec
	Argv   []string
	Env    []string

	// Foreign says that the program is not of this machine's own architecture
	// (32-bit): nothing in it can be read or set. The system-call filter refuses
	// its every call.
	Foreign bool

	// Opaque says that the kernel does not let us read the program, because its
	// file may be executed but not read. Nothing in it can be set either.
	Opaque bool

	image  *image
	writes []write
	errs   []error
}

type write struct {
	address uint64
	data    []byte
}

// maxStack bounds what is read of a new stack in bytes: argument list and
// environment have a quarter of the stack's limit at most, which is 8 MiB in a
// world, and elsewhere 6 MiB (fs/exec.c, bprm_stack_limits).
const maxStack = 8 << 20

// program reads the stack of a task that has just executed one.
func program(tid, former int) (*Program, error) {
	p := &Program{PID: tid, Former: former}
	r, err := readRegisters(tid)
	if err != nil {
		return nil, fmt.Errorf("reading the registers of a new program: %w", err)
	}
	if !r.native() {
		p.Foreign = true
		return p, nil
	}
	data, err := readStack(tid, r.stack())
	if errors.Is(err, os.ErrPermission) {
		p.Opaque = true
		return p, nil
	}
	if err == nil {
		p.image, err = parseImage(r.stack(), data)
	}
	if err != nil {
		// One that is killed has less and less of a stack.
		if _, gone := readRegisters(tid); errors.Is(gone, unix.ESRCH) {
			return nil, gone
		}
		return nil, fmt.Errorf("reading the stack of process %d: %w", tid, err)
	}
	p.Argv = p.image.argv
	for _, e := range p.image.env {
		p.Env = append(p.Env, e.text)
	}
	return p, nil
}

// readStack reads from the stack pointer to the end of the stack, which most
// programs have in the first piece.
func readStack(tid int, sp uint64) ([]byte, error) {
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", tid))
	if err != nil {
		return nil, err
	}
	defer mem.Close()
	data := make([]byte, 16<<10)
	for have := 0; ; {
		n, err := mem.ReadAt(data[have:], int64(sp)+int64(have))
		have += n
		switch {
		case have == len(data) && have < maxStack:
			data = append(data, make([]byte, 3*have)...)
			data = data[:min(len(data), maxStack)]
		case n == 0 && have == 0:
			return nil, err
		case n == 0 || have == len(data):
			return data[:have], nil // the memory ends there
		}
	}
}

// Readable reports whether anything in the program can be read and set.
func (p *Program) Readable() bool { return p.image != nil }

// Auxiliary returns the value of an entry of the auxiliary vector. This and what
// follows are for programs that are readable.
func (p *Program) Auxiliary(kind uint64) (uint64, bool) {
	_, value, ok := p.image.auxiliary(kind)
	return value, ok
}

// SetAuxiliary changes an entry, if there is one.
func (p *Program) SetAuxiliary(kind, value uint64) {
	if at, _, ok := p.image.auxiliary(kind); ok {
		p.put(p.image.base+uint64(at), binary.LittleEndian.AppendUint64(nil, value))
	}
}

// HideAuxiliary makes a program pass over an entry.
func (p *Program) HideAuxiliary(kind uint64) {
	if at, _, ok := p.image.auxiliary(kind); ok {
		entry := binary.LittleEndian.AppendUint64(nil, AuxIgnore)
		p.put(p.image.base+uint64(at)-word, binary.LittleEndian.AppendUint64(entry, 0))
	}
}

// Write changes the program's memory.
func (p *Program) Write(address uint64, data []byte) { p.put(address, data) }

// SetVariable changes the value of a variable that is there to one that is not
// longer. It reports whether it did.
func (p *Program) SetVariable(name, value string) bool {
	done := false
	for i, e := range p.image.env {
		old, ok := strings.CutPrefix(e.text, name+"=")
		if !ok || len(value) > len(old) {
			continue
		}
		text := make([]byte, len(old)+1) // with zeros to the end of the old one
		copy(text, value)
		p.put(p.image.base+uint64(e.at+len(name)+1), text)
		p.Env[i] = name + "=" + value
		done = true
	}
	return done
}

func (p *Program) put(address uint64, data []byte) {
	p.writes = append(p.writes, write{address, data})
}

// finish carries out what was set. It writes as a debugger does, also into
// memory that the program itself may not write.
func (p *Program) finish() error {
	for _, w := range p.writes {
		if _, err := unix.PtracePokeData(p.PID, uintptr(w.address), w.data); err != nil {
			p.errs = append(p.errs, fmt.Errorf("preparing process %d: %w", p.PID, err))
		}
	}
	return errors.Join(p.errs...)
}

// Running describes the program of a process that is running it already, as far
// as /proc says: nothing in it can be set, and a process that was killed has none.
func Running(pid int) *Program {
	list := func(name string) []string {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil || len(data) == 0 {
			return nil
		}
		return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
	}
	return &Program{PID: pid, Former: pid, Argv: list("cmdline"), Env: list("environ")}
}
