package attest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// module exports f, which returns 42.
var module = append(bytes.Clone(wasmModule), 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 7, 5, 1, 1, 'f', 0, 0, 10, 6, 1, 4, 0, 0x41, 42, 0x0b)

// TestEmbeddedModuleRuns lets node validate and run a module with the note, and
// read the section.
func TestEmbeddedModuleRuns(t *testing.T) {
	node := program(t, "node")
	dir := t.TempDir()
	for name, data := range map[string][]byte{"plain": module, "embedded": embedded(t, module)} {
		write(t, dir, name, data)
	}
	const script = `
const m = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));
const sections = WebAssembly.Module.customSections(m, 'cargo-hermetic').map(s => Buffer.from(s).toString('hex'));
console.log(new WebAssembly.Instance(m).exports.f(), ...sections);`
	want := "42 01000000" + hex.EncodeToString(encodeNote(oneRecipe)) + "\n"
	if diff := cmp.Diff("42\n", run(t, dir, "", node, "-e", script, "plain")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, run(t, dir, "", node, "-e", script, "embedded")); diff != "" {
		t.Error(diff)
	}
}

// TestWasm lists modules that are left alone, and one of components.
func TestWasm(t *testing.T) {
	embedded(t, wasmComponent)
	once := embedded(t, module)
	section := once[len(module):]
	for name, c := range map[string]struct {
		program []byte
		want    error
	}{
		"another version":   {[]byte("\x00asm\x02\x00\x00\x00"), errWasm},
		"only magic":        {[]byte("\x00asm"), errWasm},
		"cut off":           {module[:len(module)-1], errWasm},
		"no size":           {append(bytes.Clone(module), 0), errWasm},
		"size of six bytes": {append(bytes.Clone(module), 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0), errWasm},
		"size of 33 bits":   {append(bytes.Clone(module), 0, 0xff, 0xff, 0xff, 0xff, 0x1f), errWasm},
		"name too long":     {append(bytes.Clone(module), 0, 2, 9, 'x'), errWasm},
		"no name":           {append(bytes.Clone(module), 0, 0), errWasm},
		"two notes":         {append(bytes.Clone(once), section...), errTwo},
		"another form":      {append(bytes.Clone(module), append([]byte{0, 15, 14}, noteOwner...)...), errOther},
	} {
		if _, err := Embed(c.program, oneRecipe); !errors.Is(err, c.want) || diag.ExitCode(err) != diag.ExitFailed {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if _, err := Extract(c.program); !errors.Is(err, ErrNote) || diag.ExitCode(err) != diag.ExitAttestation {
			t.Errorf("%s: extracted with %v", name, err)
		}
	}
}

// TestNegativeSize is a note that no digest has.
func TestNegativeSize(t *testing.T) {
	once := embedded(t, module)
	once[len(once)-8] = 0x80
	if d, err := Extract(once); !errors.Is(err, ErrNote) {
		t.Errorf("%v, %v", d, err)
	}
}
