package compare

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// gzipHeader is the header of RFC 1952: ID1 ID2 CM FLG MTIME[4] XFL OS.
const gzipHeader = 10

// asGzip compares the header of the first stream and the content of all.
func asGzip(c *comparison, d *Difference, a, b Artifact) error {
	left, err := readGzip(a)
	if err != nil {
		return err
	}
	right, err := readGzip(b)
	if err != nil {
		return err
	}
	c.headers(d, []entry{left}, []entry{right}, []couple{{0, 0}})
	x, err := c.inflate(gzipReader(a))
	if err != nil {
		return err
	}
	y, err := c.inflate(gzipReader(b))
	if err != nil {
		return err
	}
	found, err := c.part(KindMember, "content", x, y)
	c.add(d, found)
	return err
}

// readGzip reads the fields of the header.
func readGzip(a Artifact) (entry, error) {
	h, err := a.around(0, gzipHeader)
	if err != nil {
		return entry{}, err
	}
	if len(h) < gzipHeader {
		return entry{}, malformedf("no whole header of gzip")
	}
	r, err := gzip.NewReader(io.NewSectionReader(a, 0, a.Size))
	if err != nil {
		return entry{}, inflateError(err)
	}
	e := entry{name: "gzip", fields: []field{
		{"time", fmt.Sprint(binary.LittleEndian.Uint32(h[4:])), Time},
		{"name", r.Name, ""}, {"comment", r.Comment, ""},
		{"level", fmt.Sprint(h[8]), ""}, {"system", fmt.Sprint(h[9]), ""},
	}}
	return e, nil
}

func gzipReader(a Artifact) func() (io.Reader, error) {
	return func() (io.Reader, error) { return gzip.NewReader(io.NewSectionReader(a, 0, a.Size)) }
}

// inflate decompresses into memory, as much as one member and one comparison may
// have.
func (c *comparison) inflate(open func() (io.Reader, error)) (Artifact, error) {
	limit := min(c.inflated, maxMember)
	r, err := open()
	if err != nil {
		return Artifact{}, inflateError(err)
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, limit+1))
	c.inflated -= min(n, c.inflated)
	if err != nil {
		return Artifact{}, inflateError(err)
	}
	if n > limit {
		return Artifact{}, malformedf("more than %d bytes when decompressed", limit)
	}
	return Bytes(out.Bytes()), nil
}

// inflateError takes what a decompressor says of its input as malformed. Errors
// of reading the file come out of it as well, and cannot be told apart: they
// come again when the bytes are compared.
func inflateError(err error) error {
	return malformedf("not decompressed: %v", err)
}

var errBeyond = errors.New("beyond the size of a file")

// toInt64 is a size that an archive has as an unsigned number.
func toInt64(n uint64) (int64, error) {
	if n > math.MaxInt64 {
		return 0, errBeyond
	}
	return int64(n), nil
}
