package syscallbuf

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// stubCode is the code as it stands in this program. It is not to be written to.
func stubCode() []byte

// Values in the code that are replaced.
const (
	bufferMark = 0x5eed0b0ff3700001
	keyMark    = 0x5eed0b0ff3700002
)

var stub = append(stubCode(), make([]byte, -len(stubCode())&(alignment-1))...)

// Code returns the common part for a process whose buffer lies at an address.
func Code(buffer, key uint64) []byte {
	code := slices.Clone(stub)
	for mark, value := range map[uint64]uint64{bufferMark: buffer, keyMark: key} {
		i := bytes.Index(code, binary.LittleEndian.AppendUint64(nil, mark))
		binary.LittleEndian.PutUint64(code[i:], value)
	}
	return code
}

// Supported reports whether there is code for this architecture.
const Supported = true
