package attest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"math"
)

// embedELF adds the note behind everything that the file has: the note, the
// names of the sections with one more, and the section table with one more.
// Nothing moves that a segment or a section points to. In what is loaded, only
// the fields of the ELF header change that say where the section table is, which
// neither the kernel nor a dynamic loader reads.
func embedELF(program, note []byte) ([]byte, error) {
	f, err := readELF(program)
	if err != nil {
		return nil, err
	}
	at, err := f.find()
	if err != nil {
		return nil, err
	}
	if at != 0 {
		out := bytes.Clone(program)
		copy(out[at:], note)
		return out, nil
	}
	end, err := f.end()
	if err != nil {
		return nil, err
	}
	if uint64(len(program)) > end {
		return nil, errors.New("data follows the ELF file, and whoever reads it looks for it at the end")
	}
	names := []byte("\x00.shstrtab\x00")
	if len(f.sections) == 0 { // stripped of all of them
		f.header.Shentsize, f.header.Shstrndx = uint16(f.entry()), 1
		f.sections = []elf.Section64{{}, {Name: 1, Type: uint32(elf.SHT_STRTAB), Addralign: 1}}
	} else if names, err = f.names(); err != nil {
		return nil, err
	}
	if len(f.sections)+1 >= int(elf.SHN_LORESERVE) || len(names) > math.MaxInt32 {
		return nil, errELF
	}
	return f.extended(note, names)
}

// extended writes the file with its new end.
func (f *elfFile) extended(note, names []byte) ([]byte, error) {
	out := padded(bytes.Clone(f.data), 4)
	section := elf.Section64{
		Name: uint32(len(names)), Type: uint32(elf.SHT_NOTE),
		Off: uint64(len(out)), Size: uint64(len(f.noteHead()) + len(note)), Addralign: 4,
	}
	out = append(append(out, f.noteHead()...), note...)
	table := &f.sections[f.header.Shstrndx]
	table.Off = uint64(len(out))
	out = append(append(append(out, names...), noteSection...), 0)
	table.Size = uint64(len(out)) - table.Off
	f.sections = append(f.sections, section)
	out = padded(out, 8)
	f.header.Shoff, f.header.Shnum = uint64(len(out)), uint16(len(f.sections))
	var err error
	for _, s := range f.sections {
		if out, err = f.appendSection(out, s); err != nil {
			return nil, err
		}
	}
	if !f.fits(len(out)) {
		return nil, errors.New("it is too large for the ELF class that it has")
	}
	return out, f.writeHeader(out)
}

func (f *elfFile) appendSection(b []byte, s elf.Section64) ([]byte, error) {
	if f.wide {
		return binary.Append(b, f.order, s)
	}
	return binary.Append(b, f.order, elf.Section32{
		Name: s.Name, Type: s.Type, Flags: uint32(s.Flags), Addr: uint32(s.Addr), Off: uint32(s.Off), Size: uint32(s.Size),
		Link: s.Link, Info: s.Info, Addralign: uint32(s.Addralign), Entsize: uint32(s.Entsize),
	})
}

func (f *elfFile) writeHeader(out []byte) error {
	h := f.header
	if f.wide {
		_, err := binary.Encode(out, f.order, h)
		return err
	}
	_, err := binary.Encode(out, f.order, elf.Header32{
		Ident: h.Ident, Type: h.Type, Machine: h.Machine, Version: h.Version, Entry: uint32(h.Entry), Phoff: uint32(h.Phoff), Shoff: uint32(h.Shoff),
		Flags: h.Flags, Ehsize: h.Ehsize, Phentsize: h.Phentsize, Phnum: h.Phnum, Shentsize: h.Shentsize, Shnum: h.Shnum, Shstrndx: h.Shstrndx,
	})
	return err
}

// end is where the last thing ends that a header of the file names.
func (f *elfFile) end() (uint64, error) {
	h := f.header
	end := max(uint64(h.Ehsize), h.Shoff+uint64(h.Shnum)*uint64(h.Shentsize))
	segments, err := f.segments()
	if err != nil {
		return 0, err
	}
	if h.Phnum > 0 {
		end = max(end, h.Phoff+uint64(h.Phnum)*uint64(h.Phentsize))
	}
	for _, s := range segments {
		if _, ok := f.part(s.Off, s.Filesz); !ok {
			return 0, errELF
		}
		end = max(end, s.Off+s.Filesz)
	}
	for _, s := range f.sections {
		if t := elf.SectionType(s.Type); t == elf.SHT_NOBITS || t == elf.SHT_NULL {
			continue
		}
		if _, ok := f.part(s.Off, s.Size); !ok {
			return 0, errELF
		}
		end = max(end, s.Off+s.Size)
	}
	return end, nil
}

// segments reads the program headers.
func (f *elfFile) segments() ([]elf.Prog64, error) {
	size := binary.Size(elf.Prog32{})
	if f.wide {
		size = binary.Size(elf.Prog64{})
	}
	if f.header.Phnum > 0 && int(f.header.Phentsize) != size {
		return nil, errELF
	}
	var all []elf.Prog64
	for i := range uint64(f.header.Phnum) {
		b, ok := f.part(f.header.Phoff+i*uint64(size), uint64(size))
		if !ok || f.header.Phoff > uint64(len(f.data)) {
			return nil, errELF
		}
		if f.wide {
			all = append(all, decoded[elf.Prog64](b, f.order))
		} else {
			p := decoded[elf.Prog32](b, f.order)
			all = append(all, elf.Prog64{Off: uint64(p.Off), Filesz: uint64(p.Filesz)})
		}
	}
	return all, nil
}
