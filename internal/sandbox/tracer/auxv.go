package tracer

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// Types of entries in the auxiliary vector (include/uapi/linux/auxvec.h and
// arch/*/include/uapi/asm/auxvec.h).
const (
	AuxNull         = 0
	AuxIgnore       = 1
	AuxBase         = 7  // address of the dynamic linker: AT_BASE
	AuxPlatform     = 15 // address of the processor's name: AT_PLATFORM
	AuxHardware     = 16 // AT_HWCAP
	AuxRandom       = 25 // address of 16 random bytes
	AuxHardware2    = 26 // AT_HWCAP2
	AuxFile         = 31 // address of the name by which it was begun: AT_EXECFN
	AuxSysinfoEHDR  = 33 // address of the vDSO
	AuxMinSignalLen = 51 // AT_MINSIGSTKSZ
)

// word is the size of an entry's parts in bytes: both of our architectures are
// 64-bit and little endian.
const word = 8

// image is what the kernel laid on the stack of a new program, from the stack
// pointer up: the number of arguments, their addresses, those of the environment,
// the auxiliary vector, and then the texts (fs/binfmt_elf.c, create_elf_tables).
type image struct {
	base uint64 // address of data[0]: the stack pointer
	data []byte
	all  string // data as it was
	argv []string
	env  []entry
	aux  int // index in data of the auxiliary vector
	end  int // index behind that
}

// usualVariables is how many most programs have no more of.
const usualVariables = 64

// entry is a text of the new program's memory.
type entry struct {
	at   int // index in data
	text string
}

var errNoStack = errors.New("the stack of a new program is not as the kernel lays it out")

// parseImage reads a stack. Every address in it must lie in it.
func parseImage(base uint64, data []byte) (*image, error) {
	im := &image{base: base, data: data, all: string(data)}
	argc, ok := im.word(0)
	if !ok || argc > uint64(len(data)) {
		return nil, errNoStack
	}
	at := word
	im.argv, im.env = slices.Grow(im.argv, int(min(argc, uint64(len(data)/word)))), slices.Grow(im.env, usualVariables)
	for range argc {
		e, ok := im.text(at)
		if !ok {
			return nil, errNoStack
		}
		im.argv = append(im.argv, e.text)
		at += word
	}
	if end, ok := im.word(at); !ok || end != 0 {
		return nil, errNoStack
	}
	for at += word; ; at += word {
		address, ok := im.word(at)
		if !ok {
			return nil, errNoStack
		}
		if address == 0 {
			break
		}
		e, ok := im.text(at)
		if !ok {
			return nil, errNoStack
		}
		im.env = append(im.env, e)
	}
	im.aux = at + word
	for at := im.aux; ; at += 2 * word {
		kind, ok := im.word(at)
		if _, also := im.word(at + word); !ok || !also {
			return nil, errNoStack
		}
		if kind == AuxNull {
			im.end = at + 2*word
			return im, nil
		}
	}
}

// word returns the word at an index.
func (im *image) word(at int) (uint64, bool) {
	if at < 0 || at+word > len(im.data) {
		return 0, false
	}
	return binary.LittleEndian.Uint64(im.data[at:]), true
}

// text returns the text whose address stands at an index.
func (im *image) text(at int) (entry, bool) {
	address, ok := im.word(at)
	if !ok || address < im.base || address-im.base >= uint64(len(im.data)) {
		return entry{}, false
	}
	from := int(address - im.base)
	text, _, ended := strings.Cut(im.all[from:], "\x00")
	return entry{from, text}, ended
}

// auxiliary returns the index in data of an entry's value, and the value.
func (im *image) auxiliary(kind uint64) (at int, value uint64, ok bool) {
	for at := im.aux; ; at += 2 * word {
		k, _ := im.word(at)
		switch k {
		case AuxNull:
			return 0, 0, false
		case kind:
			value, _ := im.word(at + word)
			return at + word, value, true
		}
	}
}
