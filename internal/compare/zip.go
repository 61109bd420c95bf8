package compare

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// Bounds of what archive/zip reads at once. It keeps every entry of the
// directory, whatever the directory says, and each takes several times its space.
const (
	maxDirectory = 8 << 20
	zipEnd       = 22 // the record at the end, without its comment
)

// asZip compares archives of zip.
func asZip(c *comparison, d *Difference, a, b Artifact) error {
	left, err := c.readZip(a)
	if err != nil {
		return err
	}
	right, err := c.readZip(b)
	if err != nil {
		return err
	}
	return c.entries(d, left, right)
}

// zipDirectory finds the end record, and bounds the directory that it names.
func zipDirectory(a Artifact) (start, size int64, err error) {
	tail := min(a.Size, zipEnd+1<<16)
	data, err := a.around(a.Size-tail, tail)
	if err != nil {
		return 0, 0, err
	}
	at := bytes.LastIndex(data, []byte("PK\x05\x06"))
	if at < 0 || len(data)-at < zipEnd {
		return 0, 0, malformedf("no end of a zip archive")
	}
	size = int64(binary.LittleEndian.Uint32(data[at+12:]))
	start = a.Size - tail + int64(at) - size
	if size > maxDirectory || start < 0 || int64(binary.LittleEndian.Uint32(data[at+16:])) != start {
		return 0, 0, malformedf("a zip archive with a directory of %d bytes that is not before its end", size)
	}
	return start, size, nil
}

// readZip reads the directory. Contents are decompressed one by one as they are
// compared, and compared compressed when they are too large.
func (c *comparison) readZip(a Artifact) ([]entry, error) {
	if _, _, err := zipDirectory(a); err != nil {
		return nil, err
	}
	r, err := zip.NewReader(a, a.Size)
	if err != nil {
		return nil, malformedf("no zip archive: %v", err)
	}
	if len(r.File) > maxEntries {
		return nil, malformedf("more than %d members", maxEntries)
	}
	var list []entry
	var total int64
	for _, f := range r.File {
		e := entry{name: f.Name, data: Bytes(nil), fields: zipFields(f)}
		start, err := f.DataOffset()
		if err != nil {
			return nil, malformedf("member `%s`: %v", escapeName(f.Name), err)
		}
		size, err := toInt64(f.CompressedSize64)
		if err != nil {
			return nil, malformedf("member `%s` is larger than a file can be", escapeName(f.Name))
		}
		if e.data, err = a.slice(start, size); err != nil {
			return nil, err
		}
		if total += size; total > a.Size {
			return nil, malformedf("members that lie over one another")
		}
		if f.Method != zip.Store {
			e.inflate = func() (io.Reader, error) { return f.Open() }
		}
		list = append(list, e)
	}
	return list, nil
}

func zipFields(f *zip.File) []field {
	fields := []field{
		{"time", f.Modified.UTC().Format(time.RFC3339), Time},
		{"mode", f.Mode().String(), Umask}, {"method", fmt.Sprint(f.Method), ""},
		{"comment", f.Comment, ""}, {"system", fmt.Sprint(f.CreatorVersion), ""},
		{"checksum", fmt.Sprintf("%08x", f.CRC32), Derived},
	}
	c := cursor{data: f.Extra, order: binary.LittleEndian}
	for c.at < len(c.data) {
		id := c.number(2)
		text := string(c.take(c.number(2)))
		if c.bad {
			return append(fields, field{"extra fields", string(f.Extra), ""})
		}
		name, class := zipExtra(id)
		fields = append(fields, field{name, text, class})
	}
	return fields
}

// zipExtra names an extra field by its number, from Info-ZIP's list.
func zipExtra(id uint64) (string, Class) {
	switch id {
	case 0x5455, 0x000a, 0x5855:
		return "extended time", Time
	case 0x7875, 0x7855:
		return "owner", Owner
	}
	return fmt.Sprintf("extra field %#04x", id), ""
}
