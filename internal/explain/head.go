package explain

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"
)

// headSize is how much of a program is read. What the kernel reads of a script
// is 256 bytes (BINPRM_BUF_SIZE); linkers put the program headers, and the name
// of the loader, into the first page.
const headSize = 4096

// maxScriptLine is BINPRM_BUF_SIZE of linux/binfmts.h.
const maxScriptLine = 256

// interpreterOf returns the program that the kernel runs for a file that begins
// with head, as binfmt_script and binfmt_elf do; empty if it runs the file
// itself.
func interpreterOf(head []byte) string {
	if line, ok := bytes.CutPrefix(head[:min(len(head), maxScriptLine)], []byte("#!")); ok {
		line, _, _ = bytes.Cut(line, []byte("\n"))
		fields := strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' || r == '\t' || r == 0 })
		if len(fields) > 0 && path.IsAbs(fields[0]) {
			return path.Clean(fields[0])
		}
		return ""
	}
	return loaderOf(head)
}

// Fields of the ELF format (elf(5)), at their offsets in the two classes.
const (
	elfPTInterp = 3
	elfClass32  = 1
	elfClass64  = 2
)

// loaderOf returns the content of PT_INTERP of a little-endian program; those of
// other byte orders no machine runs that we run on. It reads what anybody may
// have written, so every offset is compared with what there is.
func loaderOf(head []byte) string {
	if len(head) < 64 || !bytes.HasPrefix(head, []byte("\x7fELF")) || head[5] != 1 {
		return ""
	}
	order := binary.LittleEndian
	var at, size, count uint64
	wide := head[4] == elfClass64
	switch {
	case wide:
		at, size, count = order.Uint64(head[32:]), uint64(order.Uint16(head[54:])), uint64(order.Uint16(head[56:]))
	case head[4] == elfClass32:
		at, size, count = uint64(order.Uint32(head[28:])), uint64(order.Uint16(head[42:])), uint64(order.Uint16(head[44:]))
	default:
		return ""
	}
	end := uint64(len(head))
	for ; count > 0 && at < end; count-- {
		header := head[at:]
		if uint64(len(header)) < size || wide && size < 56 || !wide && size < 32 {
			return ""
		}
		if order.Uint32(header) == elfPTInterp {
			from, length := uint64(order.Uint32(header[4:])), uint64(order.Uint32(header[16:]))
			if wide {
				from, length = order.Uint64(header[8:]), order.Uint64(header[32:])
			}
			if from > end || length > end-from {
				return ""
			}
			name, _, _ := bytes.Cut(head[from:from+length], []byte{0})
			if !path.IsAbs(string(name)) {
				return ""
			}
			return path.Clean(string(name))
		}
		at += size
	}
	return ""
}
