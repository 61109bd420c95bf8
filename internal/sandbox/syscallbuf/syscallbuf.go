// Package syscallbuf lets a program note by itself which files it looks for, where it would
// be stopped for each: syscall buffering, as rr calls it
// (https://arxiv.org/abs/1705.05937, section 3). A C compiler looks for a header in
// twenty directories and for the next in twenty again; to stop it for each costs a third of a
// build.
//
// A call of the C library is a `mov` of a constant and a `syscall`. The first time that a
// program comes by one, the `mov` is replaced by a jump of the same length, to code that we
// have put behind the kernel's vDSO. It makes the call with a key in a register that the
// call does not use, by which the filter lets it pass; and then notes the name and whether
// there was such a file in a buffer above the program's stack. The supervisor reads that
// when the program stops for something else: at the latest when it has no room
// left or ends, or begins another program while not everything has been read. Whatever the code has no answer for it leaves to
// the `syscall` that stands there as before. Some calls are made twice then: those that fail for
// another reason than that there is no such file, and what is opened below /proc/, or below /dev/
// but for /dev/shm and /dev/null.
//
// Only instructions are replaced that are known to be one: the constant must be the
// number of the call, or of the directory, that has just arrived from there. A program of
// which more than one thread runs is not changed, because another could be in the middle.
//
// What a program can notice: its stack begins 64 KiB lower; what it reads of its own C library's
// instructions is changed; and a thread that is cancelled (pthread_cancel(3)) in the middle of open(2)
// ends without the destructors of C++ being run, because the code is in no table of the
// unwinder. A program that takes the beginning of its first stack out of its memory cannot go on.
//
// It is no wall, and there is none behind it: a program that knows the key can look for
// files without being noted, as one can that changes a name while it is looked at.
// What a program may reach is decided by its view. Whoever records to accuse somebody
// does without this (sandbox.Watch).
//
// This package is what there is to know about the code and the buffer. It touches no
// process.
package syscallbuf

import (
	"encoding/binary"
	"math"
)

// The buffer is a head, which only the program changes, what has been read of it, which
// only the supervisor does, the number of names that could not be noted, and entries.
//
// The head is the offset behind the last entry in the lower half, in bytes, and the number of
// the round in the upper. An entry is eight bytes, and then the name in as many as are
// needed to make a multiple of eight:
//
//	bits 0 to 15   length of the name in bytes; 0xffff, if no entry follows
//	bits 16 to 23  outcome
//	bit 24         the file was opened, not looked at
//	bit 25         to be written or made
//	bit 26         it was to be executed
//	bits 32 to 63  round; in another one there is no entry yet
const (
	HeadSize = 32      // bytes before the entries
	ReadAt   = 8       // offset of what has been read: a head
	LostAt   = 16      // offset of the number of names that could not be noted
	Size     = 1 << 16 // bytes of a buffer; 1 << 16 are the names that cc1 looks for

	capacity = Size - HeadSize
	longest  = 4095 // bytes of a name: PATH_MAX, with its end
	limit    = capacity - (longest + 15)
	last     = 0xffff

	outcomeBits = 16
	openedBit   = 1 << 24
	writtenBit  = 1 << 25
	executedBit = 1 << 26
	roundBits   = 32
	lengthBits  = 0xffff
	entryHead   = 8
	alignment   = 8
)

// Outcome is what a call ended with.
type Outcome byte

// Outcomes. The numbers are the code's.
const (
	Found       Outcome = 0
	Missing     Outcome = 1 // no such file or directory
	NoDirectory Outcome = 2 // something on the way is none, or it is and should be one
)

// Entry is one call.
type Entry struct {
	Name     []byte // as the program wrote it, where it was read
	Outcome  Outcome
	Opened   bool
	Written  bool // or made, if it was opened
	Executed bool // in vain: a program that begins another notes nothing of it
}

// Head is the head of a buffer: a round, and an offset in it.
type Head uint64

// First is the head of an empty buffer.
const First = Head(1) << roundBits

// Closed is the head of a buffer that takes no entries any more: it is full, and nothing of it will ever
// be said to have been read.
const Closed = Head(math.MaxUint32<<roundBits | 2*Size)

// In is the head of an empty buffer in a round.
func In(round uint32) Head { return Head(uint64(round) << roundBits) }

// Round is the number of the round.
func (h Head) Round() uint32 { return uint32(h >> roundBits) }

// End is the offset behind the last entry, in bytes from the first.
func (h Head) End() int { return int(min(uint32(h), capacity)) }

// Full reports whether there may be no room for another entry.
func (h Head) Full() bool { return uint32(h) > limit }

// Parse appends the entries of a round that begin with data, which ends where the head says. It
// returns how much of it was entries; whole says that no more of it will become some. What a
// program writes there by itself is no entry, or one that says what it likes.
func Parse(entries []Entry, data []byte, round uint32) (all []Entry, used int, whole bool) {
	for len(data)-used >= entryHead {
		head := binary.LittleEndian.Uint64(data[used:])
		length := int(head & lengthBits)
		if uint32(head>>roundBits) != round {
			return entries, used, false // not written yet
		}
		if length == last {
			return entries, used, true
		}
		size := (entryHead + length + alignment - 1) &^ (alignment - 1)
		if length == 0 || length > longest || size > len(data)-used {
			return entries, used, false
		}
		name := data[used+entryHead : used+entryHead+length]
		entries = append(entries, Entry{Name: name, Outcome: Outcome(head >> outcomeBits),
			Opened: head&openedBit != 0, Written: head&writtenBit != 0, Executed: head&executedBit != 0})
		used += size
	}
	return entries, used, len(data) == used
}
