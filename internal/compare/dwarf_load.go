package compare

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// maxDebug bounds each section of debug information that is read, in bytes.
const maxDebug = 64 << 20

// debugNames are the sections that hold what is compared.
var debugNames = []string{".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_line_str"}

// debugTables are the sections that hold what units say of themselves.
type debugTables struct {
	order    binary.ByteOrder
	sections map[string][]byte
	names    int // bytes of names that were read
}

func (t *debugTables) cursor(section string) *cursor {
	return &cursor{data: t.sections[section], order: t.order}
}

// stringAt is a string of a table, empty once the names together are longer than
// the debug information of any program: many units may name one long string.
func (t *debugTables) stringAt(section string, offset uint64) string {
	if offset > maxDebug || t.names > maxDebug {
		return ""
	}
	text := cString(t.sections[section], uint32(offset))
	t.names += len(text)
	return text
}

// debugFacts reads the debug information of a file. If it is damaged or too
// large, the finding says so, and what was read until then is returned.
func (f *elfFile) debugFacts(found *Difference) (debugFacts, error) {
	t := &debugTables{order: f.order, sections: map[string][]byte{}}
	for _, name := range debugNames {
		s, ok := f.debugSections()[name]
		if !ok {
			continue
		}
		data, err := f.debugSection(s)
		if err == nil {
			t.sections[name] = data
			continue
		}
		if err := noteMalformed(found, err); err != nil {
			return nil, err
		}
		return nil, nil
	}
	return t.facts(found)
}

// facts reads what the sections say.
func (t *debugTables) facts(found *Difference) (debugFacts, error) {
	facts := debugFacts{}
	return facts, noteMalformed(found, errors.Join(t.debugUnits(facts), t.debugLines(facts)))
}

// noteMalformed notes what an artifact is to blame for, and returns the rest.
func noteMalformed(d *Difference, err error) error {
	var bad *malformed
	if !errors.As(err, &bad) {
		return err
	}
	if !slices.Contains(d.Notes, bad.reason) {
		d.note("%s", bad.reason)
	}
	return nil
}

// debugSection reads a section, decompressed and with its relocations applied.
func (f *elfFile) debugSection(s elfSection) ([]byte, error) {
	data, err := s.data.read(0, s.data.Size, maxDebug)
	if err != nil {
		return nil, err
	}
	if s.flags&elf.SHF_COMPRESSED != 0 {
		if data, err = f.decompress(data); err != nil {
			return nil, err
		}
	}
	if f.kind != elf.ET_REL {
		return data, nil
	}
	for _, r := range f.sections {
		if r.kind == elf.SHT_RELA && int(r.info) < len(f.sections) && f.sections[r.info].offset == s.offset && f.sections[r.info].name == s.name {
			return data, f.relocate(data, r)
		}
	}
	return data, nil
}

// decompress reads a section that begins with a header of type, size and
// alignment (Elf64_Chdr has a reserved word more).
func (f *elfFile) decompress(data []byte) ([]byte, error) {
	header := 12
	if f.wide {
		header = 24
	}
	if len(data) < header || elf.CompressionType(f.order.Uint32(data)) != elf.COMPRESS_ZLIB {
		return nil, malformedf("debug information in a compression that is not read")
	}
	r, err := zlib.NewReader(bytes.NewReader(data[header:]))
	if err != nil {
		return nil, malformedf("compressed debug information: %v", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxDebug+1))
	if err != nil {
		return nil, malformedf("compressed debug information: %v", err)
	}
	if len(plain) > maxDebug {
		return nil, malformedf("more than %d bytes of debug information", maxDebug)
	}
	return plain, nil
}

// relocate writes the addresses that a linker would: of 64-bit objects, where a
// section's own offset is zero before it. Others have their addends in place.
func (f *elfFile) relocate(data []byte, r elfSection) error {
	raw, err := r.data.read(0, r.data.Size, maxTable)
	if err != nil {
		return err
	}
	if !f.wide || int(r.link) >= len(f.sections) {
		return nil
	}
	symbols, err := f.symbols(f.sections[r.link])
	if err != nil {
		return err
	}
	for ; len(raw) >= 24; raw = raw[24:] {
		at, info, addend := f.order.Uint64(raw), f.order.Uint64(raw[8:]), f.order.Uint64(raw[16:])
		size := relocationSize(f.machine, uint32(info))
		if index := info >> 32; index < uint64(len(symbols)) {
			addend += symbols[index].value
		}
		if size == 0 || at > uint64(len(data)) || uint64(len(data))-at < uint64(size) {
			continue
		}
		if size == 8 {
			f.order.PutUint64(data[at:], addend)
		} else {
			f.order.PutUint32(data[at:], uint32(addend))
		}
	}
	return nil
}

// relocationSize is how many bytes an absolute relocation writes, 0 for others.
func relocationSize(machine elf.Machine, kind uint32) int {
	switch {
	case machine == elf.EM_X86_64 && elf.R_X86_64(kind) == elf.R_X86_64_64, machine == elf.EM_AARCH64 && elf.R_AARCH64(kind) == elf.R_AARCH64_ABS64:
		return 8
	case machine == elf.EM_X86_64 && elf.R_X86_64(kind) == elf.R_X86_64_32, machine == elf.EM_AARCH64 && elf.R_AARCH64(kind) == elf.R_AARCH64_ABS32:
		return 4
	}
	return 0
}
