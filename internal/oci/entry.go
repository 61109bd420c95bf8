package oci

import (
	"archive/tar"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// entry is one entry of an archive, with its name checked.
type entry struct {
	name   string // slash-separated, clean, relative to the root of the image
	kind   fs.FileMode
	exec   bool
	closed bool   // to users other than owner and group
	size   int64  // of a regular file, in bytes
	target string // of a symbolic link
	hard   string // name of the file that this is another name of
	number int    // in its archive, all entries counted
}

// Names that stand for something missing (image-spec 1.1, layer.md).
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// entries calls each for all entries of an archive, with the content of regular
// files. Everything that programs would unpack differently is refused here.
func entries(stream io.Reader, each func(entry, io.Reader) error) error {
	r := tar.NewReader(stream)
	for number := 0; ; number++ {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return diag.Wrap(err, "reading entry %d", number+1)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue // speaks of what follows, and of nothing that we take
		}
		e, err := newEntry(h, number)
		if err != nil {
			return err
		}
		if e.name == "." {
			if e.kind != fs.ModeDir {
				return refuse("it has something else than a directory for its root")
			}
			continue
		}
		if err := each(e, r); err != nil {
			return err
		}
	}
}

func newEntry(h *tar.Header, number int) (entry, error) {
	name, err := cleanName(h.Name)
	if err != nil {
		return entry{}, err
	}
	e := entry{name: name, number: number, exec: h.Mode&0o100 != 0, closed: h.Mode&0o004 == 0}
	switch h.Typeflag {
	case tar.TypeReg:
		e.size = h.Size
	case tar.TypeDir:
		e.kind, e.closed = fs.ModeDir, h.Mode&0o001 == 0
	case tar.TypeSymlink:
		e.kind, e.target, e.closed = fs.ModeSymlink, h.Linkname, false
		return e, checkTarget(name, h.Linkname)
	case tar.TypeLink:
		if e.hard, err = cleanName(h.Linkname); err != nil {
			return entry{}, diag.Wrap(err, "reading the hard link `%s`", name)
		}
	case tar.TypeChar, tar.TypeBlock:
		e.kind = fs.ModeDevice
	case tar.TypeFifo:
		e.kind = fs.ModeNamedPipe
	case tar.TypeGNUSparse:
		return entry{}, refuse("`%s` is a sparse file, whose size nothing bounds", name)
	default:
		return entry{}, refuse("`%s` is of the unknown kind %q", name, h.Typeflag)
	}
	if sparse(h) {
		return entry{}, refuse("`%s` is a sparse file, whose size nothing bounds", name)
	}
	return e, nil
}

// cleanName takes `./` and a slash at the end away, and refuses what has another
// meaning than it seems to.
func cleanName(name string) (string, error) {
	switch {
	case len(name) > maxName:
		return "", refuse("a name of %d bytes is in it, and %d are the most", len(name), maxName)
	case !utf8.ValidString(name):
		return "", refuse("the name %q is not valid UTF-8", name)
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return "", refuse("the name %q holds a control character", name)
	case strings.HasPrefix(name, "/"):
		return "", refuse("the name `%s` is absolute", name)
	case name == "":
		return "", refuse("an entry has no name")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", refuse("the name `%s` leads upward", name)
		}
	}
	return path.Clean(name), nil
}

// checkTarget refuses a link that climbs above the root of the image by its
// text. Nothing here follows links, and in a world `..` ends at its root; but
// whoever looks at the layer on the host would be led out of it. An absolute
// target starts at the root, as it does in the image.
func checkTarget(name, target string) error {
	switch {
	case target == "" || len(target) > maxName || !utf8.ValidString(target) || strings.ContainsRune(target, 0):
		return refuse("the link `%s` has the target %.200q, which no link can have", name, target)
	case path.IsAbs(target):
		return nil
	}
	depth := strings.Count(name, "/")
	for part := range strings.SplitSeq(target, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return refuse("the link `%s` leads out of the image, to `%s`", name, target)
			}
		default:
			depth++
		}
	}
	return nil
}
