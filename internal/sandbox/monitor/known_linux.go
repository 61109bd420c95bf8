package monitor

import (
	"hash/maphash"

	"github.com/cargo-hermetic/cargo-hermetic/internal/observation"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/syscallbuf"
)

// known is what has been recorded of any program: compilers ask for the same one after the
// other, and what one has been told need not be found out, nor be written, for the next.
type known struct {
	lines   int                        // accesses that have a line of their own
	numbers map[observation.Access]int // of those lines, by what they say but for the process
	noted   map[uint64]led
	room    int // bytes that may still be kept
	seed    maphash.Seed
	scratch []byte
}

// answer is the hash of what a program has noted: with the same part of a name asked for, which
// is what it has but for the length of a directory, and the same outcome, it leads to the same.
func answer(wish uint64, dir int, o syscallbuf.Outcome) uint64 {
	return wish ^ (uint64(dir)<<8 | uint64(o))
}

// led is what a noted name has led to, as long as two numbers of the monitor are those of then:
// or always, where nobody can change it.
type led struct {
	number            int
	renamed, relinked uint64
}

// holds reports whether a name still leads there.
func (l led) holds(m *Monitor) bool {
	return (l.renamed == always || l.renamed == m.renamed) && (l.relinked == always || l.relinked == m.relinked)
}

const (
	// maxKnown bounds what is kept in bytes. All that 200 packages ask for are some
	// 4 MiB; names are up to 4 KiB each, and a hostile program has a million.
	maxKnown = 16 << 20
	// knownBytes is what one costs beside its text, in bytes.
	knownBytes = 128
	always     = ^uint64(0)
)

// keep makes room for a text.
func (k *known) keep(text int) {
	if k.room -= text + knownBytes; k.room < 0 || k.numbers == nil {
		k.numbers, k.noted, k.room = map[observation.Access]int{}, map[uint64]led{}, maxKnown
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

// wish is the hash of what a program wants of a name, which may begin in a directory. Only that
// is kept of names: a program can ask for a million long ones.
func (k *known) wish(op observation.Op, dir string, name []byte) uint64 {
	k.scratch = append(append(k.scratch[:0], op...), 0)
	if dir != "" {
		k.scratch = append(append(k.scratch, dir...), '/')
	}
	k.scratch = append(k.scratch, name...)
	return maphash.Bytes(k.seed, k.scratch)
}
