package compare

import (
	"bytes"
	"fmt"
	"io"
)

// Artifact is one side of a comparison.
type Artifact struct {
	io.ReaderAt
	Size int64 // in bytes
}

// Bytes is an artifact in memory.
func Bytes(data []byte) Artifact {
	return Artifact{bytes.NewReader(data), int64(len(data))}
}

// slice is a part of an artifact; it is malformed to ask for more than there is.
func (a Artifact) slice(offset, size int64) (Artifact, error) {
	if offset < 0 || size < 0 || offset > a.Size || size > a.Size-offset {
		return Artifact{}, malformedf("%d bytes at %d are beyond the end at %d", size, offset, a.Size)
	}
	return Artifact{io.NewSectionReader(a.ReaderAt, offset, size), size}, nil
}

// read returns a part of an artifact, which is malformed if the part is larger
// than limit or lies beyond the end. Any other error is a failure to read.
func (a Artifact) read(offset, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, malformedf("a table of %d bytes, more than the %d that are looked at", size, limit)
	}
	part, err := a.slice(offset, size)
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if n, err := part.ReadAt(data, 0); int64(n) < size {
		return nil, fmt.Errorf("reading %d bytes at %d: %w", size, offset, noEnd(err))
	}
	return data, nil
}

// around returns up to size bytes from offset, fewer at the end.
func (a Artifact) around(offset, size int64) ([]byte, error) {
	offset = min(max(offset, 0), a.Size)
	return a.read(offset, min(size, a.Size-offset), size)
}

// noEnd makes of an early end, which is no end here, an error that says so.
func noEnd(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// window is how much of each side is held at a time, in bytes.
const window = 64 << 10

// firstDifference is how many bytes behind offsets i and j the two sides begin
// to differ, or -1 if they do not. A side that ends first differs where it ends.
func firstDifference(a, b Artifact, i, j int64) (int64, error) {
	start := i
	for {
		left, err := a.around(i, window)
		if err != nil {
			return 0, err
		}
		right, err := b.around(j, window)
		if err != nil {
			return 0, err
		}
		n := commonPrefix(left, right)
		i, j = i+int64(n), j+int64(n)
		if n < max(len(left), len(right)) {
			return i - start, nil
		}
		if n < window {
			return -1, nil
		}
	}
}

// commonEnd is how many bytes at the ends are equal, at most those behind the
// offsets i and j.
func commonEnd(a, b Artifact, i, j int64) (int64, error) {
	limit := min(a.Size-i, b.Size-j)
	for done := int64(0); ; {
		size := min(window, limit-done)
		left, err := a.around(a.Size-done-size, size)
		if err != nil {
			return 0, err
		}
		right, err := b.around(b.Size-done-size, size)
		if err != nil {
			return 0, err
		}
		n := int64(0)
		for n < size && left[size-1-n] == right[size-1-n] {
			n++
		}
		if done += n; n < size || done == limit {
			return done, nil
		}
	}
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return n
	}
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
