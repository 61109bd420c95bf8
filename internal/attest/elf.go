package attest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const noteSection = ".note.cargo-hermetic"

var errELF = errors.New("its ELF headers are damaged")

// byteOrder is the order of one file.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// elfFile is what embedding has to know of an ELF file: the header and the
// sections, in the form of 64 bits for both classes.
type elfFile struct {
	data     []byte
	order    byteOrder
	wide     bool // 64 bits
	header   elf.Header64
	sections []elf.Section64
}

// readELF reads the header and the section table of an executable or a shared
// object.
func readELF(data []byte) (*elfFile, error) {
	f := &elfFile{data: data}
	if len(data) < elf.EI_NIDENT {
		return nil, errELF
	}
	switch elf.Data(data[elf.EI_DATA]) {
	case elf.ELFDATA2LSB:
		f.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		f.order = binary.BigEndian
	default:
		return nil, errELF
	}
	switch elf.Class(data[elf.EI_CLASS]) {
	case elf.ELFCLASS64:
		f.wide = true
	case elf.ELFCLASS32:
	default:
		return nil, errELF
	}
	if err := f.readHeader(); err != nil {
		return nil, err
	}
	if t := elf.Type(f.header.Type); t != elf.ET_EXEC && t != elf.ET_DYN {
		return nil, fmt.Errorf("it is of the type %v, neither a program nor a shared object", t)
	}
	h := f.header
	if h.Shnum == 0 && h.Shoff != 0 || h.Shnum >= uint16(elf.SHN_LORESERVE) || h.Shnum > 0 && (h.Shstrndx >= h.Shnum || int(h.Shentsize) != f.entry()) {
		return nil, errELF // a table of 65,280 sections and more is written in another way, which no linker of programs does
	}
	for i := range uint64(h.Shnum) {
		b, ok := f.part(h.Shoff+i*uint64(f.entry()), uint64(f.entry()))
		if !ok || h.Shoff > uint64(len(data)) {
			return nil, errELF
		}
		f.sections = append(f.sections, f.readSection(b))
	}
	return f, nil
}

// entry is the size of a section header.
func (f *elfFile) entry() int {
	if f.wide {
		return binary.Size(elf.Section64{})
	}
	return binary.Size(elf.Section32{})
}

func (f *elfFile) readHeader() error {
	if f.wide {
		if _, err := binary.Decode(f.data, f.order, &f.header); err != nil {
			return fmt.Errorf("%w: %w", errELF, err)
		}
		return nil
	}
	var h elf.Header32
	if _, err := binary.Decode(f.data, f.order, &h); err != nil {
		return fmt.Errorf("%w: %w", errELF, err)
	}
	f.header = elf.Header64{
		Ident: h.Ident, Type: h.Type, Machine: h.Machine, Version: h.Version, Entry: uint64(h.Entry), Phoff: uint64(h.Phoff), Shoff: uint64(h.Shoff),
		Flags: h.Flags, Ehsize: h.Ehsize, Phentsize: h.Phentsize, Phnum: h.Phnum, Shentsize: h.Shentsize, Shnum: h.Shnum, Shstrndx: h.Shstrndx,
	}
	return nil
}

// readSection reads a section header from as many bytes as it has.
func (f *elfFile) readSection(b []byte) elf.Section64 {
	if f.wide {
		return decoded[elf.Section64](b, f.order)
	}
	s := decoded[elf.Section32](b, f.order)
	return elf.Section64{
		Name: s.Name, Type: s.Type, Flags: uint64(s.Flags), Addr: uint64(s.Addr), Off: uint64(s.Off), Size: uint64(s.Size),
		Link: s.Link, Info: s.Info, Addralign: uint64(s.Addralign), Entsize: uint64(s.Entsize),
	}
}

// decoded reads a fixed structure from bytes whose number was compared with it.
func decoded[T any](b []byte, order byteOrder) T {
	var v T
	if _, err := binary.Decode(b, order, &v); err != nil {
		panic("attest: a structure of a known size does not decode: " + err.Error())
	}
	return v
}

// part is a part of the file, if it is there.
func (f *elfFile) part(offset, size uint64) ([]byte, bool) {
	if size > uint64(len(f.data)) || offset > uint64(len(f.data))-size {
		return nil, false
	}
	return f.data[offset : offset+size], true
}

// names is the table of the sections' names.
func (f *elfFile) names() ([]byte, error) {
	s := f.sections[f.header.Shstrndx]
	b, ok := f.part(s.Off, s.Size)
	if !ok || elf.SectionType(s.Type) != elf.SHT_STRTAB || elf.SectionFlag(s.Flags)&elf.SHF_ALLOC != 0 {
		return nil, errELF
	}
	return b, nil
}

// find is where the 40 bytes of the note begin, 0 if there is none.
func (f *elfFile) find() (uint64, error) {
	if len(f.sections) == 0 {
		return 0, nil
	}
	names, err := f.names()
	if err != nil {
		return 0, err
	}
	found, head := uint64(0), f.noteHead()
	for _, s := range f.sections {
		if uint64(s.Name) >= uint64(len(names)) {
			return 0, errELF
		}
		name, _, ended := bytes.Cut(names[s.Name:], []byte{0})
		if !ended {
			return 0, errELF
		}
		if string(name) != noteSection {
			continue
		}
		if found != 0 {
			return 0, errTwo
		}
		b, ok := f.part(s.Off, s.Size)
		if !ok || elf.SectionType(s.Type) != elf.SHT_NOTE || s.Flags != 0 || len(b) != len(head)+noteSize || !bytes.HasPrefix(b, head) {
			return 0, errOther
		}
		found = s.Off + uint64(len(head))
	}
	return found, nil
}

// noteHead is what stands before the content of a note: the sizes of its owner
// and its content, its type, and its owner, ended by NUL and filled up to four.
func (f *elfFile) noteHead() []byte {
	b := f.order.AppendUint32(nil, uint32(len(noteOwner)+1))
	b = f.order.AppendUint32(b, noteSize)
	b = f.order.AppendUint32(b, noteType)
	return padded(append(b, noteOwner+"\x00"...), 4)
}

func padded(b []byte, to int) []byte {
	for len(b)%to != 0 {
		b = append(b, 0)
	}
	return b
}

// extractELF is the content of the note, nil if there is none.
func extractELF(program []byte) ([]byte, error) {
	f, err := readELF(program)
	if err != nil {
		return nil, err
	}
	at, err := f.find()
	if err != nil || at == 0 {
		return nil, err
	}
	return program[at : at+noteSize], nil
}

// fits reports whether an offset can be written in the class of the file.
func (f *elfFile) fits(offset int) bool { return f.wide || offset <= math.MaxUint32 }
