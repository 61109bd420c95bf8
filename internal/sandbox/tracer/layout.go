package tracer

import "encoding/binary"

// registers are the general registers of a stopped task as the kernel hands
// them over (NT_PRSTATUS, ptrace(2)), whole. Of which architecture they are, their
// layout says; so both are tested on either.
type registers struct {
	data []byte
	at   *layout
}

// layout says where in NT_PRSTATUS the registers of the calling convention for
// system calls are (syscall(2), "Architecture calling conventions"), as offsets in
// bytes.
type layout struct {
	size      int // of the whole; a task in 32-bit mode has another set, of another size
	arguments [6]int
	number    int // as it was when the call began
	result    int // when it is over
	stack     int
	// mode32 is where, and in which bits, a set of this size says that the task is
	// in 32-bit mode all the same.
	mode, mode32 int
}

// layoutAMD64 is struct user_regs_struct (arch/x86/include/asm/user_64.h). The
// number is orig_rax, for rax is the result already. A task in 32-bit mode has
// struct user_regs_struct32, which is shorter.
var layoutAMD64 = layout{
	size:      27 * word,
	arguments: [6]int{14 * word, 13 * word, 12 * word, 7 * word, 9 * word, 8 * word}, // rdi, rsi, rdx, r10, r8, r9
	number:    15 * word,
	result:    10 * word,
	stack:     19 * word,
}

// layoutARM64 is struct user_pt_regs (arch/arm64/include/uapi/asm/ptrace.h): x0 to
// x30, sp, pc and pstate, whose bit PSR_MODE32_BIT is that of 32-bit tasks. The
// result takes the place of the first argument.
var layoutARM64 = layout{
	size:      34 * word,
	arguments: [6]int{0 * word, 1 * word, 2 * word, 3 * word, 4 * word, 5 * word},
	number:    8 * word,
	result:    0 * word,
	stack:     31 * word,
	mode:      33 * word,
	mode32:    0x10,
}

// native reports whether the task is in 64-bit mode. Nothing else may be asked of
// registers of which it is not.
func (r registers) native() bool {
	return len(r.data) == r.at.size && (r.at.mode32 == 0 || r.word(r.at.mode)&uint64(r.at.mode32) == 0)
}

// stackAlignment is that of the stack pointer at the beginning of a program, in bytes, on
// both architectures (System V ABI, AMD64 supplement, 3.4.1; AAPCS64, 6.4.5.1).
const stackAlignment = 16

func (r registers) stack() uint64 { return r.word(r.at.stack) }

func (r registers) setStack(address uint64) {
	binary.LittleEndian.PutUint64(r.data[r.at.stack:], address)
}

func (r registers) number() uintptr { return uintptr(uint32(r.word(r.at.number))) }

func (r registers) result() int64 { return int64(r.word(r.at.result)) }

func (r registers) argument(n int) uint64 { return r.word(r.at.arguments[n]) }

func (r registers) setArgument(n int, value uint64) {
	binary.LittleEndian.PutUint64(r.data[r.at.arguments[n]:], value)
}

func (r registers) word(at int) uint64 { return binary.LittleEndian.Uint64(r.data[at:]) }
