package attest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// minimal is the smallest ELF program of a class and order: it ends with 42 on
// x86. With sections it has the two that every table has.
func minimal(class elf.Class, order byteOrder, sections bool) []byte {
	wide := class == elf.ELFCLASS64
	code := []byte{0xb8, 1, 0, 0, 0, 0xbb, 42, 0, 0, 0, 0xcd, 0x80} // exit(42) by int 0x80
	names := "\x00.shstrtab\x00"
	const base = 0x10000
	ehsize, phsize, shsize := 52, 32, 40
	if wide {
		ehsize, phsize, shsize = 64, 56, 64
	}
	at := ehsize + phsize
	end := at + len(code)
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_386), Version: 1, Entry: uint64(base + at), Phoff: uint64(ehsize),
		Ehsize: uint16(ehsize), Phentsize: uint16(phsize), Phnum: 1,
	}
	copy(h.Ident[:], "\x7fELF")
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_VERSION], h.Ident[elf.EI_DATA] = byte(class), 1, byte(elf.ELFDATA2LSB)
	if order.String() == binary.BigEndian.String() {
		h.Ident[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
	if sections {
		h.Shentsize, h.Shnum, h.Shstrndx, h.Shoff = uint16(shsize), 2, 1, uint64(end+len(names))
	}
	f := &elfFile{order: order, wide: wide, header: h}
	out := make([]byte, ehsize)
	if err := f.writeHeader(out); err != nil {
		panic(err)
	}
	var err error
	if wide {
		out, err = binary.Append(out, order, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: 5, Vaddr: base, Paddr: base, Filesz: uint64(end), Memsz: uint64(end), Align: 0x1000})
	} else {
		out, err = binary.Append(out, order, elf.Prog32{Type: uint32(elf.PT_LOAD), Flags: 5, Vaddr: base, Paddr: base, Filesz: uint32(end), Memsz: uint32(end), Align: 0x1000})
	}
	if err != nil {
		panic(err)
	}
	out = append(out, code...)
	if !sections {
		return out
	}
	out = append(out, names...)
	for _, s := range []elf.Section64{{}, {Name: 1, Type: uint32(elf.SHT_STRTAB), Off: uint64(end), Size: uint64(len(names)), Addralign: 1}} {
		if out, err = f.appendSection(out, s); err != nil {
			panic(err)
		}
	}
	return out
}

// TestClasses embeds in programs of both classes and orders, with and without
// sections, and runs the one for 32-bit x86.
func TestClasses(t *testing.T) {
	for _, class := range []elf.Class{elf.ELFCLASS32, elf.ELFCLASS64} {
		for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, sections := range []bool{true, false} {
				before := minimal(class, order, sections)
				after := embedded(t, before)
				sameLoaded(t, before, after)
				data, err := opened(t, after).Section(noteSection).Data()
				if err != nil {
					t.Fatal(err)
				}
				want := append(order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, 15), 40), 1), "cargo-hermetic\x00\x00"...)
				sum, err := hex.DecodeString(oneRecipe.Hex())
				if err != nil {
					t.Fatal(err)
				}
				want = append(append(want, sum...), 0, 0, 0, 0, 0, 0, 0, byte(oneRecipe.Size()))
				if diff := cmp.Diff(want, data); diff != "" {
					t.Errorf("%v %v: %s", class, order, diff)
				}
			}
		}
	}
	dir := t.TempDir()
	for _, sections := range []bool{true, false} {
		plain := minimal(elf.ELFCLASS32, binary.LittleEndian, sections)
		for name, data := range map[string][]byte{"plain": plain, "embedded": embedded(t, plain)} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		err := exec.Command(filepath.Join(dir, "plain")).Run()
		if errors.Is(err, syscall.ENOEXEC) {
			t.Skip("this kernel runs no 32-bit x86 programs")
		}
		if _, code := execute(t, dir, "embedded", nil); code != 42 {
			t.Errorf("with sections %v it ends with %d; without the note: %v", sections, code, err)
		}
	}
}

// TestEmbedRefused lists files that are left alone.
func TestEmbedRefused(t *testing.T) {
	good := minimal(elf.ELFCLASS64, binary.LittleEndian, true)
	with := func(at int, bytes ...byte) []byte {
		out := append([]byte{}, good...)
		copy(out[at:], bytes)
		return out
	}
	for name, c := range map[string]struct {
		program []byte
		want    error
	}{
		"empty":               {nil, errFormat},
		"text":                {[]byte("#!/bin/sh\n"), errFormat},
		"archive":             {[]byte("!<arch>\n"), errFormat},
		"Windows":             {[]byte("MZ"), errFormat},
		"ELF cut off":         {good[:20], errELF},
		"ELF of 4 bytes":      {good[:4], errELF},
		"data after the end":  {append(append([]byte{}, good...), "payload"...), nil},
		"an object":           {with(16, 1, 0), nil},
		"a core":              {with(16, 4, 0), nil},
		"class":               {with(4, 3), errELF},
		"order":               {with(5, 0), errELF},
		"table outside":       {with(40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), errELF},
		"table past the end":  {with(40, 0xff, 0xff), errELF},
		"size of an entry":    {with(58, 1, 0), errELF},
		"index of names":      {with(62, 9, 0), errELF},
		"many sections":       {with(60, 0xff, 0xff), errELF},
		"no sections counted": {with(60, 0, 0), errELF},
		"segment outside":     {with(64+32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), errELF},
		"segment entry":       {with(54, 1, 0), errELF},
	} {
		_, err := Embed(c.program, oneRecipe)
		if diag.ExitCode(err) != diag.ExitFailed || err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Embed(good, digest.Digest{}); diag.ExitCode(err) != diag.ExitFailed {
		t.Errorf("no recipe: %v", err)
	}
}

// programs is one program of every kind, without and with a note.
func programs(t testing.TB) [][]byte {
	all := [][]byte{module, bytes.Clone(wasmComponent)}
	for _, class := range []elf.Class{elf.ELFCLASS32, elf.ELFCLASS64} {
		for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
			all = append(all, minimal(class, order, true), minimal(class, order, false))
		}
	}
	for _, p := range all {
		all = append(all, mustEmbed(t, p, otherRecipe))
	}
	return all
}
