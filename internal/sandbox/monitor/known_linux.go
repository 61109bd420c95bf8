package monitor

import (
	"encoding/binary"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/syscallbuf"
)

// known is what has been recorded of any program: compilers ask for the same one after the
// other, and what one has been told need not be found out, nor be written, for the next.
type known struct {
	lines   int                        // accesses that have a line of their own
	numbers map[observation.Access]int // of those lines, by what they say but for the process
	noted   map[string]led             // by key
	room    int                        // bytes of text that may still be kept
	key     []byte
}

// led is what a noted name has led to.
type led struct {
	number  int
	renamed uint64 // value of Monitor.renamed then; always, if nobody can write there
}

const (
	// maxKnown bounds the text that is kept in bytes. All that 200 packages ask for are some
	// 4 MiB; names are up to 4 KiB each, and a hostile program has a million.
	maxKnown = 16 << 20
	// knownBytes is what one costs beside its text, in bytes.
	knownBytes = 128
	always     = ^uint64(0)
)

// keep makes room for a text.
func (k *known) keep(text int) {
	if k.room -= text + knownBytes; k.room < 0 || k.numbers == nil {
		k.numbers, k.noted, k.room = map[observation.Access]int{}, map[string]led{}, maxKnown
	}
}

// number is that of the line that says what an access says, or will: then first is true.
func (k *known) number(a observation.Access) (number int, first bool) {
	a.Process = 0
	if n, ok := k.numbers[a]; ok {
		return n, false
	}
	k.keep(len(a.Path) + len(a.Asked))
	k.lines++
	k.numbers[a] = k.lines
	return k.lines, true
}

// asked is the name with which a program does something, as a key of what is known. It is
// good until the next one is made.
func (k *known) asked(op observation.Op, dir string, name []byte) []byte {
	k.key = append(append(k.key[:0], op...), 0)
	if dir != "" {
		k.key = append(append(k.key, dir...), '/')
	}
	k.key = append(k.key, name...)
	return k.key
}

// answered makes another key of one that asked returned: with the same part of the name asked
// for, and the same answer, it leads to the same.
func (k *known) answered(key []byte, dir string, o syscallbuf.Outcome) []byte {
	return append(binary.LittleEndian.AppendUint16(key, uint16(len(dir))), byte(o))
}
