package tracer

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Processor answers for the processor where a program asks it without a system
// call: CPUID on x86-64, on processors that can fault on it. The answer is four
// registers.
type Processor func(leaf, sub uint32) [4]uint32

// cpuidCode is the instruction CPUID, and armingCode is `syscall; int3`: one call,
// and a stop behind it (Intel 64 manual, volume 2).
var (
	cpuidCode  = []byte{0x0f, 0xa2}
	armingCode = []byte{0x0f, 0x05, 0xcc}
)

// armingCall is arch_prctl, and its arguments are ARCH_SET_CPUID and off
// (arch/x86/include/uapi/asm/prctl.h).
var (
	armingCall      uint64 = 158
	armingArguments        = [2]uint64{0x1012, 0}
)

// Offsets in struct user_regs_struct of what only this uses.
const (
	amdRAX     = 10 * word
	amdRBX     = 5 * word
	amdRCX     = 11 * word
	amdRDX     = 12 * word
	amdOrigRAX = 15 * word
	amdRIP     = 16 * word
)

func (r registers) clone() registers { return registers{slices.Clone(r.data), r.at} }

func (r registers) set(at int, value uint64) { binary.LittleEndian.PutUint64(r.data[at:], value) }

// instruction is the address of the next one, on x86-64.
func (r registers) instruction() uint64 { return r.word(amdRIP) }

// setCall sets what a `syscall` instruction is about to ask for. That no call has
// just been made keeps the kernel from making one again.
func (r registers) setCall(number uint64, arguments [2]uint64) {
	r.set(amdRAX, number)
	r.set(amdOrigRAX, ^uint64(0))
	for i, a := range arguments {
		r.setArgument(i, a)
	}
}

// answerCPUID does what the instruction would have done, if it is one.
func (r registers) answerCPUID(code []byte, p Processor) bool {
	if !bytes.Equal(code, cpuidCode) {
		return false
	}
	answer := p(uint32(r.word(amdRAX)), uint32(r.word(amdRCX)))
	for i, at := range []int{amdRAX, amdRBX, amdRCX, amdRDX} {
		r.set(at, uint64(answer[i]))
	}
	r.set(amdRIP, r.instruction()+uint64(len(cpuidCode)))
	return true
}
