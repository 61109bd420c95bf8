// Package toml reads TOML documents into Go values and says, for everything
// that is wrong, in which line and column. It stands on pelletier/go-toml/v2
// for the language itself and adds what a reader of policy files needs:
//
//   - keys match by exact spelling (go-toml alone also takes `[ENV]` for
//     `env`, which cargo and a reviewer do not);
//   - in strict mode every unknown key is an error, all of them at once;
//   - messages name TOML types, never Go types;
//   - a byte order mark is ignored, as cargo ignores it.
//
// The result is a function of the bytes alone: no environment, no files, and
// problems come in the order of the document. It does not write TOML, and it
// keeps neither comments nor formatting.
package toml

import "github.com/cargo-hermetic/cargo-hermetic/internal/diag"

// Decode reads data into the struct that v points to. Unknown keys, values of
// the wrong type and syntax errors come back as one *diag.Diagnostic with exit
// code diag.ExitFailed and a place for each. After an error *v may be filled in
// part and must not be used.
//
// Struct fields are named by their `toml:"name"` tag, or by the lower-case
// field name. Supported are strings, booleans, numbers, slices, maps with
// string keys, structs (embedded ones count as part of the outer struct),
// pointers, `any`, and encoding.TextUnmarshaler for strings.
func Decode(file string, data []byte, v any) error {
	return DecodeAs(diag.ExitFailed, file, data, v)
}

// DecodeAs is Decode with the exit code that the diagnostic carries.
func DecodeAs(exit int, file string, data []byte, v any) error {
	doc, err := Parse(exit, file, data)
	if err != nil {
		return err
	}
	return Report(exit, file, doc.Decode(v))
}

// DecodeLoose is Decode that passes over unknown keys: for files that belong
// to cargo, where it is cargo that warns about them.
func DecodeLoose(file string, data []byte, v any) error {
	return DecodeLooseAs(diag.ExitFailed, file, data, v)
}

// DecodeLooseAs is DecodeLoose with the exit code that the diagnostic carries.
func DecodeLooseAs(exit int, file string, data []byte, v any) error {
	doc, err := Parse(exit, file, data)
	if err != nil {
		return err
	}
	return Report(exit, file, doc.DecodeLoose(v))
}
