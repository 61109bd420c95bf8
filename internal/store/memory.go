package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/fsx"
)

// memoryFile is the memory of a layer, beside its tree.
const memoryFile = "memory"

// memory is what is remembered of a tree: by one digest of everything that stat
// said, and file by file. A layer has no files, for one that changed is damage
// and not work to be saved; it has the names of all its entries, so that nobody
// need list its directories: a directory to which something was added or from
// which something was taken has other times.
//
// A memory is a hint. It carries a check sum, and one that is lost, damaged or
// old only means that content is hashed again.
type memory struct {
	stat  [sha256.Size]byte // zero if some file was too young to be remembered
	tree  digest.Digest
	names []string     // sorted
	files []remembered // sorted by path
}

type remembered struct {
	path                 string
	size, mtimeNs, ctime int64
	ino                  uint64
	content              digest.Digest
}

// memoryMagic is changed with every change of the format below, so that an old
// memory is not misread but forgotten.
const memoryMagic = "cargo-hermetic stat memory 2\n"

// encode writes magic, stat, tree, the number of names, the names, the number of
// files, the files, and the SHA-256 of all that.
func (m memory) encode() []byte {
	b := append([]byte(memoryMagic), m.stat[:]...)
	b = appendText(b, m.tree.String())
	b = binary.AppendUvarint(b, uint64(len(m.names)))
	for _, name := range m.names {
		b = appendText(b, name)
	}
	b = binary.AppendUvarint(b, uint64(len(m.files)))
	for _, f := range m.files {
		b = appendText(b, f.path)
		b = binary.AppendVarint(b, f.size)
		b = binary.AppendVarint(b, f.mtimeNs)
		b = binary.AppendVarint(b, f.ctime)
		b = binary.AppendUvarint(b, f.ino)
		b = append(b, f.content.Hex()...)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// decodeMemory reads what encode wrote and reports whether it is that.
func decodeMemory(data []byte) (memory, bool) {
	body := len(data) - sha256.Size
	if body < 0 || sha256.Sum256(data[:body]) != [sha256.Size]byte(data[body:]) {
		return memory{}, false
	}
	r := &reader{rest: data[:body]}
	var m memory
	if string(r.bytes(len(memoryMagic))) != memoryMagic {
		return memory{}, false
	}
	copy(m.stat[:], r.bytes(sha256.Size))
	if err := m.tree.UnmarshalText([]byte(r.text())); err != nil {
		return memory{}, false
	}
	for range r.uvarint() {
		if r.failed {
			return memory{}, false // whatever the number says
		}
		m.names = append(m.names, r.text())
	}
	count := r.uvarint()
	m.files = make([]remembered, 0, min(count, uint64(len(r.rest)/sha256.Size))) // whatever count says
	for range count {
		f := remembered{path: r.text(), size: r.varint(), mtimeNs: r.varint(), ctime: r.varint(), ino: r.uvarint()}
		var sum [sha256.Size]byte
		_, err := hex.Decode(sum[:], r.bytes(hex.EncodedLen(len(sum))))
		if r.failed || err != nil || f.size < 0 {
			return memory{}, false
		}
		f.content = digest.FromSum(sum, f.size)
		m.files = append(m.files, f)
	}
	return m, !r.failed && len(r.rest) == 0
}

// reader takes values from the front of rest; after the first failure it gives
// zeros.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) bytes(n int) []byte {
	if r.failed || n < 0 || n > len(r.rest) {
		r.failed = true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.failed = true
		return ""
	}
	return string(r.bytes(int(n)))
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.bytes(max(n, 0))
	r.failed = r.failed || n <= 0
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.bytes(max(n, 0))
	r.failed = r.failed || n <= 0
	return v
}

// readMemory returns the memory at path and its bytes; lost or damaged, it is
// the zero memory, which matches nothing.
func readMemory(path string) (memory, []byte, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return memory{}, nil, err
	}
	m, ok := decodeMemory(data)
	if !ok {
		return memory{}, nil, nil
	}
	return m, data, nil
}

// knows reports whether the memory is of exactly this tree and this stat.
func (m memory) knows(s *snapshot) bool {
	return m.stat != [sha256.Size]byte{} && m.stat == s.digest()
}

// recall returns the remembered contents of those files whose stat is still the
// same, in the places of the entries.
func (m memory) recall(entries []fsx.Entry) []digest.Digest {
	contents := make([]digest.Digest, len(entries))
	files := m.files
	for i, e := range entries {
		for len(files) > 0 && files[0].path < e.Path {
			files = files[1:]
		}
		if len(files) > 0 && e.Type == fsx.File && files[0].matches(e) {
			contents[i] = files[0].content
		}
	}
	return contents
}

func (f remembered) matches(e fsx.Entry) bool {
	return f.path == e.Path && f.size == e.Size && f.mtimeNs == e.MtimeNs && f.ctime == e.CtimeNs && f.ino == e.Ino
}

// memory is what may be remembered of a hashed tree.
func (s *snapshot) memory(tree digest.Digest, contents []digest.Digest) memory {
	m := memory{tree: tree}
	if s.settled() {
		m.stat = s.digest()
	}
	for i, c := range contents {
		if e := s.entries[i]; e.Type == fsx.File && !s.young(e) {
			m.files = append(m.files, remembered{e.Path, e.Size, e.MtimeNs, e.CtimeNs, e.Ino, c})
		}
	}
	return m
}

// remember writes the memory of a layer, if the layer is settled.
func (s *snapshot) remember(layerDir string, d digest.Digest) error {
	if !s.settled() {
		return nil // somebody touched it while we looked; the next use hashes again
	}
	m := s.memory(d, nil)
	m.names = make([]string, len(s.entries))
	for i, e := range s.entries {
		m.names[i] = e.Path
	}
	return writeMemory(filepath.Join(layerDir, memoryFile), m, nil)
}

// writeMemory replaces the memory at path, unless it holds old already.
func writeMemory(path string, m memory, old []byte) error {
	data := m.encode()
	if bytes.Equal(data, old) {
		return nil
	}
	return fsx.WriteCache(path, data, 0o600)
}
