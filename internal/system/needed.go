package system

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// NeededLibraries returns the sonames that the executables and shared objects
// directly in dirs (a toolchain's bin and lib) need and that dirs do not
// provide, sorted. Other files, such as scripts and archives, are skipped;
// links are followed, and one that leads nowhere provides nothing.
//
// A file that begins like an ELF file and cannot be read as one is an error.
func NeededLibraries(dirs ...string) ([]string, error) {
	needed, provided := map[string]bool{}, map[string]bool{}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, diag.Wrap(err, "listing the files of the toolchain")
		}
		for _, e := range entries {
			file := filepath.Join(dir, e.Name())
			info, err := os.Stat(file)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, diag.Wrap(err, "looking at a file of the toolchain")
			}
			if !info.Mode().IsRegular() {
				continue
			}
			o, err := readObject(file)
			if err != nil {
				return nil, diag.Wrap(err, "finding the libraries that `%s` needs", file)
			}
			provided[e.Name()] = true
			for _, name := range o.sonames {
				provided[name] = true
			}
			for _, name := range o.needed {
				needed[name] = true
			}
		}
	}
	var missing []string
	for name := range needed {
		if !provided[name] {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// object is what the dynamic section of an ELF file says about libraries.
type object struct {
	sonames []string // DT_SONAME
	needed  []string // DT_NEEDED
}

func readObject(file string) (object, error) {
	f, err := os.Open(file)
	if err != nil {
		return object{}, err
	}
	defer f.Close() // opened for reading: closing it loses nothing
	magic := make([]byte, len(elf.ELFMAG))
	if n, err := io.ReadFull(f, magic); err != nil {
		if n < len(magic) && (err == io.EOF || err == io.ErrUnexpectedEOF) {
			return object{}, nil
		}
		return object{}, err
	}
	if !bytes.Equal(magic, []byte(elf.ELFMAG)) {
		return object{}, nil
	}
	return parseObject(f)
}

// parseObject reads the dynamic section. The documentation of debug/elf says
// that it is not hardened against adversarial input and may panic: a panic
// becomes an error here.
func parseObject(r io.ReaderAt) (o object, err error) {
	defer func() {
		if p := recover(); p != nil {
			o, err = object{}, fmt.Errorf("the ELF file is damaged: %v", p)
		}
	}()
	f, err := elf.NewFile(r)
	if err != nil {
		return object{}, err
	}
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return object{}, nil
	}
	// debug/elf finds the dynamic section by its section header, the loader by
	// its program header. A file with the latter alone would seem to need
	// nothing.
	dynamic := func(p *elf.Prog) bool { return p.Type == elf.PT_DYNAMIC }
	if f.SectionByType(elf.SHT_DYNAMIC) == nil && slices.ContainsFunc(f.Progs, dynamic) {
		return object{}, errors.New("the ELF file is linked dynamically and has no section headers")
	}
	if o.sonames, err = f.DynString(elf.DT_SONAME); err != nil {
		return object{}, err
	}
	if o.needed, err = f.DynString(elf.DT_NEEDED); err != nil {
		return object{}, err
	}
	return o, nil
}
