package system

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// elfFile makes a shared object for x86-64 that has a dynamic section and
// nothing else. An empty soname leaves DT_SONAME away.
func elfFile(soname string, needed ...string) []byte {
	const ehsize, shsize = 64, 64
	names := []byte("\x00")
	var dynamic bytes.Buffer
	put := func(w *bytes.Buffer, v any) {
		if err := binary.Write(w, binary.LittleEndian, v); err != nil {
			panic(err) // a bug: all values here have a fixed size
		}
	}
	tag := func(tag elf.DynTag, name string) {
		put(&dynamic, elf.Dyn64{Tag: int64(tag), Val: uint64(len(names))})
		names = append(append(names, name...), 0)
	}
	if soname != "" {
		tag(elf.DT_SONAME, soname)
	}
	for _, name := range needed {
		tag(elf.DT_NEEDED, name)
	}
	put(&dynamic, elf.Dyn64{})
	var file bytes.Buffer
	namesAt := uint64(ehsize)
	dynamicAt := namesAt + uint64(len(names))
	put(&file, elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Shoff: dynamicAt + uint64(dynamic.Len()), Ehsize: ehsize, Shentsize: shsize, Shnum: 3, Shstrndx: 1,
	})
	file.Write(names)
	file.Write(dynamic.Bytes())
	put(&file, elf.Section64{})
	put(&file, elf.Section64{Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(len(names))})
	put(&file, elf.Section64{Type: uint32(elf.SHT_DYNAMIC), Off: dynamicAt, Size: uint64(dynamic.Len()), Link: 1, Entsize: 16})
	return file.Bytes()
}

func TestNeededLibraries(t *testing.T) {
	bin, lib := t.TempDir(), t.TempDir()
	write := func(dir, name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(bin, "rustc", elfFile("", "librustc_driver.so", "libc.so.6"))
	write(bin, "rust-gdb", []byte("#!/bin/sh\n"))
	write(bin, "empty", nil)
	write(lib, "librustc_driver.so", elfFile("", "libLLVM.so.21", "libz.so.1", "libc.so.6"))
	write(lib, "libLLVM-21.so", elfFile("libLLVM.so.21", "libm.so.6", "libalias.so"))
	if err := os.Symlink("libLLVM-21.so", filepath.Join(lib, "libalias.so")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nothing", filepath.Join(lib, "libc.so.6")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(lib, "rustlib"), 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := NeededLibraries(bin, lib)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"libc.so.6", "libm.so.6", "libz.so.1"}, got); diff != "" {
		t.Error(diff)
	}

	write(lib, "damaged.so", elfFile("", "libc.so.6")[:70])
	_, err = NeededLibraries(bin, lib)
	if err == nil || !strings.Contains(err.Error(), filepath.Join(lib, "damaged.so")) {
		t.Errorf("got %v, want an error that names the file", err)
	}
	if _, err := NeededLibraries(filepath.Join(lib, "absent")); err == nil {
		t.Error("an absent directory is no error")
	}
}

func TestParseObjectWithoutSectionHeaders(t *testing.T) {
	var file bytes.Buffer
	for _, v := range []any{
		elf.Header64{
			Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:  uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
			Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
		},
		elf.Prog64{Type: uint32(elf.PT_DYNAMIC)},
	} {
		if err := binary.Write(&file, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	_, err := parseObject(bytes.NewReader(file.Bytes()))
	if want := "the ELF file is linked dynamically and has no section headers"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// panicking is a reader that breaks debug/elf from inside.
type panicking struct{}

func (panicking) ReadAt([]byte, int64) (int, error) { panic("broken") }

func TestParseObjectPanics(t *testing.T) {
	_, err := parseObject(panicking{})
	if want := "the ELF file is damaged: broken"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
