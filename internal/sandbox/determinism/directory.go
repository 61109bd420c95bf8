package determinism

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
)

// Entries are what getdents64 returns of a directory: each a struct
// linux_dirent64 (include/linux/dirent.h) of its own length.
type Entries [][]byte

const (
	entryOffset = 8  // of d_off
	entryLength = 16 // offset of d_reclen in struct linux_dirent64
	entryName   = 19 // of d_name
)

var errEntry = errors.New("the kernel lists a directory in a form that is not known")

// ParseEntries splits what one call returned. The result shares its memory.
func ParseEntries(data []byte) (Entries, error) {
	var list Entries
	for len(data) > 0 {
		if len(data) < entryName {
			return nil, errEntry
		}
		n := int(binary.LittleEndian.Uint16(data[entryLength:]))
		if n <= entryName || n > len(data) {
			return nil, errEntry
		}
		list = append(list, data[:n:n])
		data = data[n:]
	}
	return list, nil
}

// Sort orders entries by name, byte by byte. File systems order them by hashes
// with a key of their own, or by age.
func (e Entries) Sort() {
	slices.SortFunc(e, func(a, b []byte) int { return bytes.Compare(name(a), name(b)) })
}

// Distinguish gives another position to the entry that the file system listed
// last. Its own is the end of the directory (telldir(3) returns it), where nothing
// follows; but in the order of names something may follow it. The new one is the
// lowest that no entry has, so it is the same each time.
func (e Entries) Distinguish(end int64) {
	taken := map[int64]bool{}
	var last []byte
	for _, entry := range e {
		taken[position(entry)] = true
		if position(entry) == end {
			last = entry
		}
	}
	if last == nil {
		return
	}
	free := int64(1)
	for taken[free] {
		free++
	}
	binary.LittleEndian.PutUint64(last[entryOffset:], uint64(free))
}

// After returns what follows the entry with a position. If none has it any more,
// that is everything: an entry that comes twice does less harm than one that is
// missing.
func (e Entries) After(at int64) Entries {
	for i, entry := range e {
		if position(entry) == at {
			return e[i+1:]
		}
	}
	return e
}

func position(entry []byte) int64 {
	return int64(binary.LittleEndian.Uint64(entry[entryOffset:]))
}

func name(entry []byte) []byte {
	text, _, _ := bytes.Cut(entry[entryName:], []byte{0})
	return text
}

// Take returns as many of the first entries as fit into size bytes, in one
// piece, and the others. Where not even the first one fits, nothing is taken.
func (e Entries) Take(size int) (data []byte, rest Entries) {
	n := 0
	for n < len(e) && len(data)+len(e[n]) <= size {
		data = append(data, e[n]...)
		n++
	}
	return data, e[n:]
}
