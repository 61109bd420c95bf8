package system

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// loaderFlags tells the loaders of one kind of processor apart: the library is
// of the C library 2 (3), and of this ABI. It is a part of sysdeps/generic/ldconfig.h.
var loaderFlags = map[elf.Machine]map[elf.Class]int32{
	elf.EM_X86_64:  {elf.ELFCLASS64: 0x0303, elf.ELFCLASS32: 0x0803},
	elf.EM_386:     {elf.ELFCLASS32: 0x0003},
	elf.EM_AARCH64: {elf.ELFCLASS64: 0x0a03},
}

// loaderFamilies lists whose libraries the ldconfig of a machine takes. For a
// machine that is not here no cache is made, and the loader searches its
// directories, as it does for what is not in a cache.
var loaderFamilies = map[elf.Machine][]elf.Machine{
	elf.EM_X86_64:  {elf.EM_X86_64, elf.EM_386},
	elf.EM_386:     {elf.EM_386, elf.EM_X86_64},
	elf.EM_AARCH64: {elf.EM_AARCH64},
}

// shared is what the cache needs to know of a file.
type shared struct {
	machine elf.Machine
	class   elf.Class
	soname  string // empty where the file has none
	libc6   bool   // it needs the C library 2, or its loader
}

// flags are what the cache says of the file; 0 for what no loader takes. Files for
// i386, which are older than that C library, have to show that they are for it.
func (s *shared) flags() int32 {
	if s.machine == elf.EM_386 && s.class == elf.ELFCLASS32 && !s.libc6 {
		return 1
	}
	return loaderFlags[s.machine][s.class]
}

// readShared reads a shared object as the loader does, by its program header:
// sections may be stripped. What is no shared object, such as a linker script,
// and what is damaged is nil: ldconfig passes over it, as the loader does.
func readShared(file string) (*shared, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() // opened for reading: closing it loses nothing
	r := &honest{from: f}
	s, err := parseShared(r)
	if r.err != nil {
		return nil, r.err
	}
	if err != nil {
		return nil, nil
	}
	return s, nil
}

// honest remembers whether reading failed. What debug/elf returns does not tell
// a bad disk from a bad file.
type honest struct {
	from io.ReaderAt
	err  error
}

func (h *honest) ReadAt(p []byte, at int64) (int, error) {
	n, err := h.from.ReadAt(p, at)
	if err != nil && err != io.EOF {
		h.err = err
	}
	return n, err
}

var errNotShared = errors.New("not a shared object")

// parseShared returns an error for what is not a whole shared object. debug/elf
// may panic on damaged files, see parseObject.
func parseShared(r io.ReaderAt) (s *shared, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("the ELF file is damaged: %v", p)
		}
	}()
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	found := false
	if f.Type != elf.ET_DYN {
		return nil, errNotShared
	}
	s = &shared{machine: f.Machine, class: f.Class}
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_INTERP:
			s.libc6 = true
		case elf.PT_DYNAMIC:
			if err := s.readDynamic(f, p); err != nil {
				return nil, err
			}
			found = true
		}
	}
	if !found {
		return nil, errNotShared
	}
	return s, nil
}

// readDynamic reads the dynamic section from its segment. Tags and values are as
// wide as the class's addresses.
func (s *shared) readDynamic(f *elf.File, segment *elf.Prog) error {
	width := 8
	if f.Class == elf.ELFCLASS32 {
		width = 4
	}
	const most = 1 << 16 // the largest libraries have some fifty entries
	data := make([]byte, min(segment.Filesz, most))
	if _, err := segment.ReadAt(data, 0); err != nil {
		return err
	}
	word := func(at int) uint64 {
		if width == 4 {
			return uint64(f.ByteOrder.Uint32(data[at:]))
		}
		return f.ByteOrder.Uint64(data[at:])
	}
	var table, name uint64
	var named, tabled bool
	var needed []uint64
scan:
	for at := 0; at+2*width <= len(data); at += 2 * width {
		switch value := word(at + width); elf.DynTag(word(at)) {
		case elf.DT_NULL:
			break scan
		case elf.DT_STRTAB:
			table, tabled = value, true
		case elf.DT_SONAME:
			name, named = value, true
		case elf.DT_NEEDED:
			needed = append(needed, value)
		}
	}
	if !tabled {
		return errNotShared
	}
	for _, at := range needed {
		library, err := textAt(f, table+at)
		if err != nil {
			return err
		}
		s.libc6 = s.libc6 || library == "libc.so.6" || library == "libm.so.6"
	}
	if !named {
		return nil
	}
	var err error
	s.soname, err = textAt(f, table+name)
	return err
}

// textAt reads the zero-ended text at an address. A name of a file has at most
// 255 bytes.
func textAt(f *elf.File, address uint64) (string, error) {
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || address < p.Vaddr || address >= p.Vaddr+p.Filesz {
			continue
		}
		text := make([]byte, min(256, p.Vaddr+p.Filesz-address))
		if _, err := p.ReadAt(text, int64(address-p.Vaddr)); err != nil {
			return "", err
		}
		if soname, _, ended := strings.Cut(string(text), "\x00"); ended {
			return soname, nil
		}
		break
	}
	return "", errors.New("the ELF file has its name outside of what is loaded")
}
