package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// needle is a path of the host whose bytes are searched for.
type needle struct{ place, path string }

// needles are the paths of places that end up in debug information, panic
// messages and `env!`, in words. A path that is too short would be found
// everywhere.
func (p Places) needles() []needle {
	var list []needle
	for _, n := range []needle{
		{"the path of the root", p.Root}, {"the path of the output", p.Target}, {"the path of CARGO_HOME", p.Cargo}, {"the path of RUSTUP_HOME", p.Rustup},
	} {
		if len(n.path) >= 4 {
			list = append(list, n)
		}
	}
	return list
}

// unitName is how cargo names what it makes: a crate, and in most cases a hash.
var unitName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\A(lib)?([A-Za-z0-9_]+(-[0-9a-f]{16})?)(\.rlib|\.a|\.so)?\z`)
})

// FindBytes searches the libraries and programs below a target directory for the
// paths of the host. Build scripts and procedural macros are no output, and are
// not searched.
func FindBytes(p Places) ([]Bytes, error) {
	root, err := os.OpenRoot(p.Target)
	if err != nil {
		return nil, err
	}
	defer root.Close() // read only: nothing to lose
	var all []Bytes
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		unit, ok := outputUnit(name)
		if !ok {
			return nil
		}
		found, err := searchFile(root, name, p.needles())
		for i := range found {
			found[i].File, found[i].Unit = filepath.FromSlash(name), unit
		}
		all = append(all, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("searching the output for paths of the host: %w", err)
	}
	return all, nil
}

// outputUnit returns the unit of a file of the output. cargo links the files in
// `deps` to their last names, which would be counted twice.
func outputUnit(name string) (string, bool) {
	parts := unitName().FindStringSubmatch(path.Base(name))
	if parts == nil || path.Base(path.Dir(name)) != "deps" {
		return "", false
	}
	lib, unit, hash, ext := parts[1] != "", parts[2], parts[3], parts[4]
	if !lib && strings.HasPrefix(unit, "build_script_") || ext == ".so" && hash != "" {
		return "", false // a macro has a hash, a library for others has none
	}
	if !lib {
		return parts[1] + unit, ext == "" && hash != ""
	}
	return unit, ext != "" || hash != ""
}

// window is how much of a file is searched at a time, in bytes.
const window = 1 << 20

// searchFile searches one file for the needles. A path counts where it ends: at
// `/`, or where no name goes on.
func searchFile(root *os.Root, name string, needles []needle) ([]Bytes, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only: nothing to lose
	longest := 0
	for _, n := range needles {
		longest = max(longest, len(n.path)+1)
	}
	found := make([]Bytes, len(needles))
	buf := make([]byte, 0, window+longest)
	for start := int64(0); ; {
		n, err := io.ReadFull(f, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return nil, err
		}
		// What could go on behind the window is left for the next.
		limit := len(buf) - longest
		if last {
			limit = len(buf)
		}
		for i, n := range needles {
			found[i].note(n, buf, limit, start)
		}
		if last {
			break
		}
		start += int64(limit)
		buf = buf[:copy(buf, buf[limit:])]
	}
	var hits []Bytes
	for _, b := range found {
		if b.Count > 0 {
			hits = append(hits, b)
		}
	}
	return hits, nil
}

// note counts a needle where it begins before limit. start is the offset of buf.
func (b *Bytes) note(n needle, buf []byte, limit int, start int64) {
	for at := 0; at < limit; {
		i := bytes.Index(buf[at:], []byte(n.path))
		if i < 0 || at+i >= limit {
			return
		}
		at += i
		if end := at + len(n.path); end == len(buf) || !isNameByte(buf[end]) {
			if b.Count++; b.Count == 1 {
				b.Place, b.Path, b.Offset = n.place, n.path, start+int64(at)
			}
		}
		at++
	}
}

// isNameByte reports whether a byte goes on with the name of a file, as most
// names are written.
func isNameByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// ignoreEnd is nil for the end of a file.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
