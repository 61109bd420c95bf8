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
