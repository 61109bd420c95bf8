package attest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var (
	errFormat = errors.New("it is neither an ELF program nor a WebAssembly module")
	errWasm   = errors.New("its WebAssembly sections are damaged")
	errTwo    = errors.New("it holds two notes of cargo-hermetic")
	errOther  = errors.New("it holds a note of cargo-hermetic that has another form")
)

// A WebAssembly file is a magic number, a version, and sections of one byte of
// kind, a size in LEB128 and content. Kind 0 is a custom section, which begins
// with its name and may stand anywhere (webassembly.github.io/spec/core,
// section 5.5).
var (
	wasmModule    = []byte("\x00asm\x01\x00\x00\x00")
	wasmComponent = []byte("\x00asm\x0d\x00\x01\x00")
)

func embedWasm(program, note []byte) ([]byte, error) {
	at, err := findWasm(program)
	if err != nil {
		return nil, err
	}
	if at >= 0 {
		out := bytes.Clone(program)
		copy(out[at:], note)
		return out, nil
	}
	content := binary.AppendUvarint(nil, uint64(len(noteOwner)))
	content = append(content, noteOwner...)
	content = binary.LittleEndian.AppendUint32(content, noteType)
	content = append(content, note...)
	out := append(bytes.Clone(program), 0)
	out = binary.AppendUvarint(out, uint64(len(content)))
	return append(out, content...), nil
}

func extractWasm(program []byte) ([]byte, error) {
	at, err := findWasm(program)
	if err != nil || at < 0 {
		return nil, err
	}
	return program[at : at+noteSize], nil
}

// findWasm is where the note begins, -1 if there is none. Every section is
// looked at, so a file with a damaged one is refused and not added to.
func findWasm(program []byte) (int, error) {
	if !bytes.HasPrefix(program, wasmModule) && !bytes.HasPrefix(program, wasmComponent) {
		return -1, fmt.Errorf("%w: another version", errWasm)
	}
	found := -1
	for at := len(wasmModule); at < len(program); {
		kind := program[at]
		body, next, ok := leb(program, at+1)
		if !ok || uint64(len(program)-body) < next {
			return -1, errWasm
		}
		end := body + int(next)
		at = end
		if kind != 0 {
			continue
		}
		name, length, ok := leb(program[:end], body)
		if !ok || uint64(end-name) < length {
			return -1, errWasm
		}
		data := name + int(length)
		if string(program[name:data]) != noteOwner {
			continue
		}
		switch {
		case found >= 0:
			return -1, errTwo
		case end-data != 4+noteSize || binary.LittleEndian.Uint32(program[data:]) != noteType:
			return -1, errOther
		}
		found = data + 4
	}
	return found, nil
}

// leb reads a number of at most 32 bits at a place, and says where it ends.
func leb(b []byte, at int) (end int, n uint64, ok bool) {
	n, size := binary.Uvarint(b[at:])
	return at + size, n, size > 0 && size <= 5 && n <= math.MaxUint32
}
