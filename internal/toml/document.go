package toml

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	toml "github.com/pelletier/go-toml/v2"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// maxSize bounds what is parsed, in bytes. The largest Cargo.lock files known
// are below one mebibyte; the bound keeps a hostile file from costing gigabytes
// of memory (a key of n dots makes n nested tables).
const maxSize = 8 << 20

// byteOrderMark is U+FEFF in UTF-8. Editors on Windows write it; cargo ignores it.
var byteOrderMark = []byte("\xef\xbb\xbf")

// Document is a parsed TOML file: its values and where each of them stands.
// It is immutable and safe for concurrent use.
type Document struct {
	file   string
	data   []byte // without the byte order mark
	values map[string]any
	root   func() *node // made when somebody asks for a place: most files are in order
}

// File is the name that the document was parsed under.
func (d *Document) File() string { return d.file }

// Values are the document's values as go-toml decodes them: tables are
// map[string]any, arrays []any. They must not be changed.
func (d *Document) Values() map[string]any { return d.values }

// Parse reads the syntax of a document. The error is a *diag.Diagnostic with
// the exit code exit and the place of the first syntax error.
func Parse(exit int, file string, data []byte) (*Document, error) {
	if len(data) > maxSize {
		return nil, diag.New(exit, "TOML file is larger than %d MiB", maxSize>>20).In(file, 0, 0)
	}
	d := &Document{file: file, data: bytes.TrimPrefix(data, byteOrderMark)}
	if err := toml.Unmarshal(d.data, &d.values); err != nil {
		return nil, d.syntaxError(exit, err)
	}
	d.root = sync.OnceValue(func() *node { return index(d.data) })
	return d, nil
}

// syntaxError translates go-toml's error. Its text has no Go types in it as
// long as the target is map[string]any.
func (d *Document) syntaxError(exit int, err error) error {
	report := diag.New(exit, "invalid TOML: %s", strings.TrimPrefix(err.Error(), "toml: "))
	at, ok := errors.AsType[*toml.DecodeError](err)
	if !ok {
		return report.In(d.file, 0, 0)
	}
	line, column := at.Position() // the column counts bytes
	lines := bytes.SplitN(d.data, []byte("\n"), line+1)
	if line >= 1 && line <= len(lines) && column >= 1 {
		text := lines[line-1]
		column = utf8.RuneCount(text[:min(column-1, len(text))]) + 1
	}
	return report.In(d.file, line, column)
}

// At returns where a value stands: its key, or for an element of an array the
// element itself. The path is made of keys (string) and array indices (int).
// For a path that does not exist it is the place of the nearest enclosing value
// that does, and for one of which nothing exists the file without a line.
func (d *Document) At(path ...any) diag.Position {
	offset := d.offset(path)
	if offset < 0 {
		return diag.Position{File: d.file}
	}
	c := cursor{line: 1, column: 1}
	return c.advance(d, offset)
}

// offset is At in bytes; -1 if nothing of the path exists.
func (d *Document) offset(path []any) int {
	offset := -1
	n := d.root()
	for _, step := range path {
		if n = n.step(step); n == nil {
			break
		}
		offset = n.offset
	}
	return offset
}

// valueOffset is the offset of the value itself where the parser knows it
// (scalars), and that of its key otherwise.
func (d *Document) valueOffset(path []any) int {
	n := d.root()
	for _, step := range path {
		if n = n.step(step); n == nil {
			return d.offset(path)
		}
	}
	if n.value > 0 {
		return n.value
	}
	return n.offset
}

// place sorts findings by their offset and turns it into a line and column, in
// one pass: a hostile file may have a finding in every few bytes.
func (d *Document) place(findings []finding) []Problem {
	slices.SortFunc(findings, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.Message, b.Message))
	})
	var problems []Problem
	c := cursor{line: 1, column: 1}
	for _, f := range findings {
		f.At = c.advance(d, max(f.offset, 0))
		problems = append(problems, f.Problem)
	}
	return problems
}

// cursor is a place in a document. The column counts characters, as cargo's and
// editors' do.
type cursor struct{ offset, line, column int }

// advance moves the cursor on to a later offset.
func (c *cursor) advance(d *Document, offset int) diag.Position {
	between := d.data[c.offset:offset]
	if last := bytes.LastIndexByte(between, '\n'); last >= 0 {
		c.line += bytes.Count(between, []byte("\n"))
		c.column = 1
		between = between[last+1:]
	}
	c.column += utf8.RuneCount(between)
	c.offset = offset
	return diag.Position{File: d.file, Line: c.line, Column: c.column}
}
