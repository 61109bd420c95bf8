//go:build !amd64

package syscallbuf

// Supported reports whether there is code for this architecture.
const Supported = false

var stub []byte

// Code returns the common part; nothing, where there is none.
func Code(buffer, key uint64) []byte { return nil }
