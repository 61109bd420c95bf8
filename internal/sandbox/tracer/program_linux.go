package tracer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
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

	image     *image
	registers registers
	memory    int    // descriptor of the process's memory, open until finish; -1: it is not
	lowered   uint64 // by how much the stack pointer is to be, in bytes
	writes    []write
}

type write struct {
	address uint64
	data    []byte
}

// maxStack bounds what is read of a new stack in bytes: argument list and
// environment have a quarter of the stack's limit at most, which is 8 MiB in a
// world, and elsewhere 6 MiB (fs/exec.c, bprm_stack_limits).
const maxStack = 8 << 20

// usualStack is enough for that of most programs, in bytes.
const usualStack = 16 << 10

// program reads the stack of a task that has just executed one. The data may be kept in
// room, if it is large enough; what is used of it is the program's until it is closed.
func program(tid, former int, room []byte) (*Program, error) {
	p := &Program{PID: tid, Former: former, memory: -1}
	var err error
	if p.registers, err = readRegisters(tid); err != nil {
		return nil, fmt.Errorf("reading the registers of a new program: %w", err)
	}
	if !p.registers.native() {
		p.Foreign = true
		return p, nil
	}
	p.memory, err = OpenMemory(tid)
	if errors.Is(err, os.ErrPermission) {
		p.Opaque = true
		return p, nil
	}
	if err == nil {
		err = p.readStack(room)
	}
	if err != nil {
		p.close()
		return nil, p.orGone("reading the stack", err)
	}
	p.Argv = p.image.argv
	for _, e := range p.image.env {
		p.Env = append(p.Env, e.text)
	}
	return p, nil
}

// OpenMemory opens the memory of a task, which can be written as a debugger does: also where
// the task itself may not write. It returns a descriptor.
func OpenMemory(tid int) (int, error) {
	return unix.Open("/proc/"+strconv.Itoa(tid)+"/mem", unix.O_RDWR|unix.O_CLOEXEC, 0)
}

// orGone says what failed, unless that is because the process was killed: then its error
// is unix.ESRCH. One that is killed has less and less of a memory.
func (p *Program) orGone(doing string, err error) error {
	if _, gone := readRegisters(p.PID); errors.Is(gone, unix.ESRCH) {
		return gone
	}
	return fmt.Errorf("%s of process %d: %w", doing, p.PID, err)
}

// readStack reads from the stack pointer to the end of the stack, which most
// programs have in the first piece.
func (p *Program) readStack(data []byte) error {
	sp := p.registers.stack()
	for have := 0; ; {
		n, err := unix.Pread(p.memory, data[have:], int64(sp)+int64(have))
		have += max(n, 0)
		switch {
		case n <= 0 && have == 0 && err == nil:
			return io.EOF // it was killed, and has no memory
		case have == len(data) && have < maxStack:
			data = append(data, make([]byte, 3*have)...)
			data = data[:min(len(data), maxStack)]
		case n <= 0 && have == 0:
			return err
		case n <= 0 || have == len(data): // the memory ends there
			p.image, err = parseImage(sp, data[:have])
			return err
		}
	}
}

func (p *Program) close() {
	if p.memory >= 0 {
		unix.Close(p.memory)
		p.memory = -1
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

// File is the name by which the program was begun; empty, if it is not known.
func (p *Program) File() string {
	if !p.Readable() {
		return ""
	}
	at, _, ok := p.image.auxiliary(AuxFile)
	if !ok {
		return ""
	}
	name, _ := p.image.text(at)
	return strings.Clone(name.text) // it may be kept for long, and the stack not
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

// Write changes the program's memory. What is written into the middle of something that was
// written before becomes part of that.
func (p *Program) Write(address uint64, data []byte) { p.put(address, data) }

// maxLowered is how far a stack may be lowered together with what is moved, in bytes. The kernel
// makes a new one larger by 128 KiB than what it lays on it (fs/exec.c, setup_arg_pages),
// and nobody but the program itself can make it grow further.
const maxLowered = 96 << 10

// Lower leaves memory of its own above the program's stack, and returns where that begins; size
// is in bytes, and a multiple of stackAlignment. It is zero but for what a script's interpreter
// left of an argument that long. Not, where the stack is too
// full for that, or may not grow to twenty times as much.
func (p *Program) Lower(size uint64) (uint64, bool) {
	var limit unix.Rlimit
	if p.lowered+size+uint64(p.image.end) > maxLowered {
		return 0, false
	}
	if err := unix.Prlimit(p.PID, unix.RLIMIT_STACK, nil, &limit); err != nil || limit.Cur/20 < size {
		return 0, false
	}
	p.lowered += size
	return p.image.base - p.lowered, true
}

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
		p.Env = slices.Clone(p.Env) // others may have kept it
		p.Env[i] = name + "=" + value
		done = true
	}
	return done
}

func (p *Program) put(address uint64, data []byte) {
	for _, w := range p.writes {
		if from := address - w.address; address >= w.address && from+uint64(len(data)) <= uint64(len(w.data)) {
			copy(w.data[from:], data)
			return
		}
	}
	p.writes = append(p.writes, write{address, slices.Clone(data)})
}

// finish carries out what was set. It writes as a debugger does, also into
// memory that the program itself may not write.
func (p *Program) finish() error {
	defer p.close()
	if p.lowered > 0 {
		if err := p.lower(); err != nil {
			return err
		}
	}
	for _, w := range p.writes {
		if n, err := unix.Pwrite(p.memory, w.data, int64(w.address)); err == nil && n == len(w.data) {
			continue
		}
		// Some kernels do not let a file be written where the program may not write
		// (proc_mem.force_override); a tracer may, word by word.
		if _, err := unix.PtracePokeData(p.PID, uintptr(w.address), w.data); err != nil {
			return p.orGone("preparing the memory", err)
		}
	}
	return nil
}

// lower moves what the kernel laid on the stack down, but for the texts: the number of
// arguments, the addresses and the auxiliary vector. What was to be written there moves with
// it.
func (p *Program) lower() error {
	head, base := p.image.data[:p.image.end], p.image.base
	for i, w := range p.writes {
		if w.address >= base && w.address < base+uint64(len(head)) {
			copy(head[w.address-base:], w.data)
			p.writes[i].data = nil
		}
	}
	p.writes = slices.DeleteFunc(p.writes, func(w write) bool { return w.data == nil })
	to := (base - p.lowered - uint64(len(head))) &^ (stackAlignment - 1)
	p.put(to, head)
	p.registers.setStack(to)
	if err := writeRegisters(p.PID, p.registers); err != nil {
		return fmt.Errorf("lowering the stack of process %d: %w", p.PID, err)
	}
	return nil
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
	return &Program{PID: pid, Former: pid, memory: -1, Argv: list("cmdline"), Env: list("environ")}
}
