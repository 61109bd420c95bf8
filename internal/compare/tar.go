package compare

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// asTar compares archives of tar.
func asTar(c *comparison, d *Difference, a, b Artifact) error {
	left, err := readTar(a)
	if err != nil {
		return err
	}
	right, err := readTar(b)
	if err != nil {
		return err
	}
	return c.entries(d, left, right)
}

// readTar reads the headers of all members. The content stays in the file: it
// lies behind the header, except that of sparse files, which is not looked at.
func readTar(a Artifact) ([]entry, error) {
	file := io.NewSectionReader(a, 0, a.Size)
	r := tar.NewReader(file)
	var list []entry
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, malformedf("member %d: %v", len(list)+1, err)
		}
		if len(list) == maxEntries {
			return nil, malformedf("more than %d members", maxEntries)
		}
		at, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, fmt.Errorf("reading a tar archive: %w", err)
		}
		e := entry{name: cutName(h.Name), data: Bytes(nil), fields: tarFields(h)}
		switch {
		case isSparse(h):
			e.bad = "the content is sparse: not looked at"
		case h.Size > 0:
			if e.data, err = a.slice(at, h.Size); err != nil {
				return nil, err
			}
		}
		list = append(list, e)
	}
}

// cutName keeps the beginning of a name, and nothing of the memory of the rest.
func cutName(name string) string {
	return strings.Clone(name[:min(len(name), maxMemberName)])
}

func isSparse(h *tar.Header) bool {
	for name := range h.PAXRecords {
		if strings.HasPrefix(name, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}

func tarFields(h *tar.Header) []field {
	return []field{
		{"time", h.ModTime.UTC().Format(time.RFC3339Nano), Time},
		{"mode", strconv.FormatInt(h.Mode, 8), Umask},
		{"uid", strconv.Itoa(h.Uid), Owner}, {"gid", strconv.Itoa(h.Gid), Owner},
		{"user", h.Uname, User}, {"group", h.Gname, User},
		{"type", string(h.Typeflag), ""}, {"link", cutName(h.Linkname), ""},
		{"time of access", optionalTime(h.AccessTime), Time}, {"time of change", optionalTime(h.ChangeTime), Time},
		{"form", h.Format.String(), ""}, {"size", strconv.FormatInt(h.Size, 10), ""},
	}
}

func optionalTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
