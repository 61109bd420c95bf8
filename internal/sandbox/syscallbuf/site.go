package syscallbuf

import (
	"bytes"
	"encoding/binary"
	"math"
)

// SiteSize is how many bytes a site has: a `mov` of a constant to a register (5) and a
// `syscall` (2).
const SiteSize = movSize + callSize

const (
	movSize  = 5
	callSize = 2
	jumpSize = 5
)

// slotSize is how much code each site has of its own, in bytes: the `mov`, an address, and a
// jump to what all have in common.
const slotSize = 24

// Opcodes (Intel SDM, volume 2).
const (
	movEAX = 0xb8 // mov $imm32, %eax
	movEDI = 0xbf // mov $imm32, %edi
	jump   = 0xe9 // jmp rel32
)

var (
	systemCall = []byte{0x0f, 0x05}
	toRCX      = []byte{0x48, 0x8d, 0x0d} // lea rel32(%rip), %rcx
	workingDir = int32(-100)              // AT_FDCWD
)

// IsSite reports whether the bytes before the address at which a call returns are a site
// that can be shortened, if number is the call that has just arrived from there. There is one
// byte more than SiteSize in before: a prefix would make another instruction of it.
func IsSite(before []byte, number uint32) bool {
	if len(before) != SiteSize+1 || !bytes.Equal(before[1+movSize:], systemCall) || isPrefix(before[0]) {
		return false
	}
	constant := binary.LittleEndian.Uint32(before[2:])
	switch before[1] {
	case movEAX:
		return constant == number
	case movEDI: // openat and the like, for a name without a directory of its own
		return int32(constant) == workingDir
	}
	return false
}

// isPrefix reports whether a byte before an instruction could belong to it: REX, and those
// of sizes, segments and repetition.
func isPrefix(b byte) bool {
	switch b {
	case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3:
		return true
	}
	return b&0xf0 == 0x40
}

// Shortens reports whether there is code for a call.
func Shortens(number uint32) bool {
	switch number {
	case 257, 262, 439, 332, 21, 4, 6, 59: // openat, newfstatat, faccessat2, statx, access, stat, lstat, execve; as stub_amd64.s
		return true
	}
	return false
}

// Place is where the code lies in a process.
type Place struct {
	Address uint64 // of the first byte
	Room    int    // in bytes, for the common part and the sites
}

// Sites is how many sites have room there; none, if not even the code has.
func (p Place) Sites() int { return max(0, (p.Room-len(stub))/slotSize) }

// Size is how many bytes the code takes with n sites.
func (p Place) Size(n int) int { return len(stub) + n*slotSize }

// Site returns what is to be written to shorten a site whose call returns to after: code to
// the address slot, and then jump to after-SiteSize, which has before now. n is how many
// have been shortened in this process. ok is false where there is no room, or the code is
// too far away.
func (p Place) Site(n int, before []byte, after uint64) (slot uint64, code, jumpTo []byte, ok bool) {
	slot = p.Address + uint64(p.Size(n))
	at := after - SiteSize
	there, near := distance(at+jumpSize, slot)
	back, alsoNear := distance(slot+movSize+7, after)
	common, _ := distance(slot+movSize+7+jumpSize, p.Address)
	if n >= p.Sites() || !near || !alsoNear {
		return 0, nil, nil, false
	}
	code = append(code, before[1:1+movSize]...)
	code = binary.LittleEndian.AppendUint32(append(code, toRCX...), back)
	code = binary.LittleEndian.AppendUint32(append(code, jump), common)
	return slot, code, binary.LittleEndian.AppendUint32([]byte{jump}, there), true
}

// distance is that of a jump which ends at from, if it can be so long.
func distance(from, to uint64) (uint32, bool) {
	d := int64(to - from)
	return uint32(d), d >= math.MinInt32 && d <= math.MaxInt32
}
