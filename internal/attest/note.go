package attest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// The note in a program: the digest of its recipe, 32 bytes of SHA-256 and the
// size as eight bytes, most significant first, whatever the order of the
// program. It has one length, so that another recipe takes the same place.
const (
	noteOwner = "cargo-hermetic"
	noteType  = 1
	noteSize  = sha256.Size + 8
)

// Embed returns a program with the digest of its recipe in it: in an ELF
// executable or shared object the section `.note.cargo-hermetic`, in a
// WebAssembly module or component the custom section `cargo-hermetic`. Neither
// is loaded when the program runs. Embedding again replaces the digest and
// changes nothing else. The argument is left as it is.
//
// Expected errors are diagnostics with exit code diag.ExitFailed.
func Embed(program []byte, recipe digest.Digest) ([]byte, error) {
	if recipe.IsZero() {
		return nil, diag.New(diag.ExitFailed, "there is no recipe to embed")
	}
	var out []byte
	var err error
	switch formatOf(program) {
	case formatELF:
		out, err = embedELF(program, encodeNote(recipe))
	case formatWasm:
		out, err = embedWasm(program, encodeNote(recipe))
	default:
		err = errFormat
	}
	if err != nil {
		return nil, diag.New(diag.ExitFailed, "a recipe cannot be embedded in this file").Because(err)
	}
	return out, nil
}

// Extract returns the digest that is embedded in a program. The cause of its
// error is ErrNoNote where there is none, and ErrNote where there is one that
// Embed did not write.
func Extract(program []byte) (digest.Digest, error) {
	var note []byte
	var err error
	switch formatOf(program) {
	case formatELF:
		note, err = extractELF(program)
	case formatWasm:
		note, err = extractWasm(program)
	default:
		return digest.Digest{}, refuse(ErrNoNote, "%v", errFormat)
	}
	if err != nil {
		return digest.Digest{}, refuse(ErrNote, "the program cannot be read: %v", err)
	}
	if note == nil {
		return digest.Digest{}, refuse(ErrNoNote, "the program names no recipe")
	}
	size := int64(binary.BigEndian.Uint64(note[sha256.Size:]))
	if size < 0 {
		return digest.Digest{}, refuse(ErrNote, "its recipe has a negative size")
	}
	return digest.FromSum([sha256.Size]byte(note), size), nil
}

func encodeNote(d digest.Digest) []byte {
	sum, err := hex.DecodeString(d.Hex())
	if err != nil {
		panic("attest: a digest is not hexadecimal: " + err.Error())
	}
	return binary.BigEndian.AppendUint64(sum, uint64(d.Size()))
}

type format int

const (
	formatOther format = iota
	formatELF
	formatWasm
)

func formatOf(program []byte) format {
	switch {
	case bytes.HasPrefix(program, []byte("\x7fELF")):
		return formatELF
	case bytes.HasPrefix(program, []byte("\x00asm")):
		return formatWasm
	}
	return formatOther
}
