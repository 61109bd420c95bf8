package seccomp

import (
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// data is struct seccomp_data (include/uapi/linux/seccomp.h).
type data struct {
	number, arch uint32
	pointer      uint64
	args         [6]uint64
}

// bytes returns d as it lies in memory. Both architectures that we serve are
// little endian.
func (d data) bytes() []byte {
	b := binary.LittleEndian.AppendUint32(nil, d.number)
	b = binary.LittleEndian.AppendUint32(b, d.arch)
	b = binary.LittleEndian.AppendUint64(b, d.pointer)
	for _, a := range d.args {
		b = binary.LittleEndian.AppendUint64(b, a)
	}
	return b
}

// check refuses what the kernel refuses to install (seccomp_check_filter in
// kernel/seccomp.c, bpf_check_classic in net/core/filter.c), as far as it
// concerns the instructions that the interpreter knows.
func check(prog []unix.SockFilter) error {
	if len(prog) == 0 || len(prog) > unix.BPF_MAXINSNS {
		return fmt.Errorf("%d instructions", len(prog))
	}
	for i, in := range prog {
		left := len(prog) - i - 1 // instructions behind this one
		switch in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			if in.K%4 != 0 || in.K >= 64 {
				return fmt.Errorf("instruction %d loads from %d", i, in.K)
			}
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			if int(in.Jt) >= left || int(in.Jf) >= left {
				return fmt.Errorf("instruction %d jumps out of the program", i)
			}
		case unix.BPF_RET | unix.BPF_K:
		default:
			return fmt.Errorf("instruction %d has the code %#x", i, in.Code)
		}
	}
	if prog[len(prog)-1].Code != unix.BPF_RET|unix.BPF_K {
		return fmt.Errorf("the program does not end with a return")
	}
	return nil
}

// interpret runs a program that check accepts. Jumps lead forward only, so it
// ends.
func interpret(prog []unix.SockFilter, d data) uint32 {
	memory := d.bytes()
	var accumulator uint32
	for i := 0; ; i++ {
		in := prog[i]
		var holds bool
		switch in.Code {
		case unix.BPF_RET | unix.BPF_K:
			return in.K
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			accumulator = binary.LittleEndian.Uint32(memory[in.K:])
			continue
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			holds = accumulator == in.K
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			holds = accumulator >= in.K
		case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			holds = accumulator&in.K != 0
		}
		if holds {
			i += int(in.Jt)
		} else {
			i += int(in.Jf)
		}
	}
}

// evaluate is what the table says about a call, without a program.
func evaluate(rules []Rule, d data) uint32 {
	refusal := func(e Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(e) }
	if d.arch != auditArch || foreignBit != 0 && d.number >= foreignBit {
		return refusal(ENOSYS)
	}
	for _, r := range rules {
		if r.Call.Number != d.number || !r.concerns(d.args) {
			continue
		}
		if r.Ask {
			return unix.SECCOMP_RET_USER_NOTIF
		}
		return refusal(r.Errno)
	}
	return unix.SECCOMP_RET_ALLOW
}

// concerns reports whether a rule's conditions hold.
func (r Rule) concerns(args [6]uint64) bool {
	if len(r.Allowed) > 0 {
		return !slices.Contains(r.Allowed, uint32(args[0]))
	}
	holds := func(c Condition) bool {
		switch argument := uint32(args[c.Arg]); c.Op {
		case Given:
			return args[c.Arg] != 0
		case Whole:
			return args[c.Arg] == uint64(c.High)<<32|uint64(c.Value)
		case HasBits:
			return argument&c.Value != 0
		default:
			return argument == c.Value
		}
	}
	if r.All {
		return !slices.ContainsFunc(r.When, func(c Condition) bool { return !holds(c) })
	}
	return len(r.When) == 0 || slices.ContainsFunc(r.When, holds)
}
