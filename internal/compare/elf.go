package compare

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// The constants are those of debug/elf; its parser is not used. It is made for
// files that one trusts, and reads tables of whatever size they say.

// elfFile is the table of sections of an ELF file.
type elfFile struct {
	whole    Artifact
	order    binary.ByteOrder
	wide     bool // 64-bit
	kind     elf.Type
	machine  elf.Machine
	sections []elfSection
	named    map[int][]elfSymbol // by section, once symbolAt has read them
}

type elfSection struct {
	name               string
	kind               elf.SectionType
	flags              elf.SectionFlag
	addr, size, offset uint64
	entry              uint64 // size of an entry
	link, info         uint32
	data               Artifact // empty if it takes no space in the file
}

// readELF reads headers and the table of sections.
func readELF(a Artifact) (*elfFile, error) {
	h, err := a.around(0, 64)
	if err != nil {
		return nil, err
	}
	if len(h) < 52 || string(h[:4]) != elf.ELFMAG {
		return nil, malformedf("no whole header of ELF")
	}
	f := &elfFile{whole: a, wide: elf.Class(h[elf.EI_CLASS]) == elf.ELFCLASS64, order: binary.LittleEndian}
	if elf.Data(h[elf.EI_DATA]) == elf.ELFDATA2MSB {
		f.order = binary.BigEndian
	}
	if f.wide && len(h) < 64 {
		return nil, malformedf("no whole header of ELF")
	}
	f.kind, f.machine = elf.Type(f.order.Uint16(h[16:])), elf.Machine(f.order.Uint16(h[18:]))
	table, size, count, names := int64(f.order.Uint32(h[32:])), 40, h[48:], h[50:]
	if f.wide {
		table, size, count, names = int64(f.order.Uint64(h[40:])), 64, h[60:], h[62:]
	}
	n, nameIndex := int(f.order.Uint16(count)), int(f.order.Uint16(names))
	if table == 0 {
		return f, nil // a program may have none
	}
	if n == 0 || nameIndex == int(elf.SHN_XINDEX) { // then the first section has the numbers
		first, err := a.read(table, int64(size), 64)
		if err != nil {
			return nil, err
		}
		s := f.section(first)
		if s.size > maxEntries {
			return nil, malformedf("%d sections", s.size)
		}
		if n == 0 {
			n = int(s.size)
		}
		if nameIndex == int(elf.SHN_XINDEX) {
			nameIndex = int(s.link)
		}
	}
	raw, err := a.read(table, int64(n)*int64(size), maxEntries*64)
	if err != nil {
		return nil, err
	}
	return f, f.fill(raw, size, nameIndex)
}

// fill reads the sections and then their names.
func (f *elfFile) fill(raw []byte, size, nameIndex int) error {
	var nameAt []uint32
	var total int64
	for ; len(raw) >= size; raw = raw[size:] {
		s := f.section(raw[:size])
		if s.kind != elf.SHT_NOBITS && s.kind != elf.SHT_NULL {
			data, err := f.whole.slice(int64(s.offset), int64(s.size))
			if err != nil {
				return err
			}
			// Sections lie side by side, but for a few that share their bytes.
			if total += data.Size; total > 4*f.whole.Size {
				return malformedf("sections that lie over one another")
			}
			s.data = data
		}
		nameAt = append(nameAt, f.order.Uint32(raw))
		f.sections = append(f.sections, s)
	}
	if nameIndex >= len(f.sections) || f.sections[nameIndex].data.ReaderAt == nil {
		return nil // sections without names
	}
	table, err := f.sections[nameIndex].data.read(0, f.sections[nameIndex].data.Size, maxListBytes)
	if err != nil {
		return err
	}
	for i := range f.sections {
		f.sections[i].name = cString(table, nameAt[i])
	}
	return nil
}

func (f *elfFile) section(h []byte) elfSection {
	s := elfSection{kind: elf.SectionType(f.order.Uint32(h[4:])), data: Bytes(nil)}
	if f.wide {
		s.flags, s.addr = elf.SectionFlag(f.order.Uint64(h[8:])), f.order.Uint64(h[16:])
		s.offset, s.size = f.order.Uint64(h[24:]), f.order.Uint64(h[32:])
		s.link, s.info, s.entry = f.order.Uint32(h[40:]), f.order.Uint32(h[44:]), f.order.Uint64(h[56:])
		return s
	}
	s.flags, s.addr = elf.SectionFlag(f.order.Uint32(h[8:])), uint64(f.order.Uint32(h[12:]))
	s.offset, s.size = uint64(f.order.Uint32(h[16:])), uint64(f.order.Uint32(h[20:]))
	s.link, s.info, s.entry = f.order.Uint32(h[24:]), f.order.Uint32(h[28:]), uint64(f.order.Uint32(h[36:]))
	return s
}

// cString is the string at an offset of a table, empty beyond its end and cut
// where a name is too long to be one.
func cString(table []byte, at uint32) string {
	if uint64(at) >= uint64(len(table)) {
		return ""
	}
	text := table[at:]
	if len(text) > 8*maxName {
		text = text[:8*maxName]
	}
	text, _, _ = bytes.Cut(text, []byte{0})
	return string(text)
}
