package oci

import "cmp"

// Limits bound what one image may unpack to, so that a bomb ends as an error
// that names it. The zero value of each is the default below.
type Limits struct {
	Bytes   int64 // of all archives, uncompressed, and of the files they claim to hold
	Entries int   // of all archives
}

// The largest images for compiling that are in use (CUDA, Android) have about
// 12 GB and 400,000 files.
const (
	defaultBytes   = 32 << 30
	defaultEntries = 4_000_000
	maxLayers      = 512 // the kernel's overlay takes 500, and Docker 127
	maxName        = 4096
)

func (l Limits) orDefault() Limits {
	return Limits{Bytes: cmp.Or(l.Bytes, defaultBytes), Entries: cmp.Or(l.Entries, defaultEntries)}
}
