package monitor

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// patch is what is written over a part of the vDSO.
type patch struct {
	offset uint64 // from the beginning of the vDSO
	code   []byte
}

// vdsoPatch finds the functions of the kernel's vDSO that answer without a
// system call, in our own, which is everybody's, and replaces each by the call. So
// it does not matter how a program has found them. The patch is everything from
// the first of them to the end, which is written at once. It is nothing where there is no
// vDSO, or no such function.
func vdsoPatch() (patch, error) {
	image, f, err := vdso()
	if err != nil || image == nil {
		return patch{}, err
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return patch{}, fmt.Errorf("reading the vDSO: %w", err)
	}
	first := uint64(len(image))
	for _, s := range symbols {
		code, known := vdsoCode[strings.TrimPrefix(strings.TrimPrefix(s.Name, "__vdso_"), "__kernel_")]
		if !known || !strings.HasPrefix(s.Name, "__") {
			continue
		}
		if s.Size < uint64(len(code)) || s.Value+s.Size > uint64(len(image)) {
			return patch{}, fmt.Errorf("the vDSO's %s has %d bytes, too few to replace it", s.Name, s.Size)
		}
		first = min(first, s.Value)
		copy(image[s.Value:], code)
	}
	return patch{first, image[first:]}, nil
}

// spare is the part of the vDSO's mapping that is behind its image, to the end of a page.
type spare struct {
	offset uint64 // from the beginning of the vDSO
	size   int    // in bytes
}

// vdsoSpare finds it in our own, which is everybody's; none if there is no vDSO.
func vdsoSpare() (spare, error) {
	image, f, err := vdso()
	if err != nil || image == nil {
		return spare{}, err
	}
	const headers, size, count = 0x28, 0x3a, 0x3c // e_shoff, e_shentsize and e_shnum of elf(5)
	word := binary.LittleEndian
	end := word.Uint64(image[headers:]) + uint64(word.Uint16(image[size:]))*uint64(word.Uint16(image[count:]))
	for _, p := range f.Progs {
		end = max(end, p.Vaddr+p.Memsz)
	}
	for _, s := range f.Sections {
		end = max(end, s.Offset+s.FileSize)
	}
	end = (end + 63) &^ 63
	if end >= uint64(len(image)) {
		return spare{}, nil
	}
	return spare{end, len(image) - int(end)}, nil
}

// vdso reads our own, and its tables; nothing if there is none.
func vdso() ([]byte, *elf.File, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(string(maps)) {
		if !strings.HasSuffix(line, "[vdso]\n") {
			continue
		}
		var from, to int64
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err != nil {
			return nil, nil, fmt.Errorf("reading /proc/self/maps: %w", err)
		}
		mem, err := os.Open("/proc/self/mem")
		if err != nil {
			return nil, nil, err
		}
		image, err := io.ReadAll(io.NewSectionReader(mem, from, to-from))
		if err := errors.Join(err, mem.Close()); err != nil {
			return nil, nil, err
		}
		f, err := elf.NewFile(bytes.NewReader(image))
		if err != nil {
			return nil, nil, fmt.Errorf("reading the vDSO: %w", err)
		}
		return image, f, nil
	}
	return nil, nil, nil
}
