// Package config is a model of cargo's configuration: what a file says, how
// files are merged, and what a key is called in the environment. It follows
// cargo 1.95 (`util/context`, read there, and compared with it by the
// differential tests of package roots).
//
// It is pure: bytes in, values out; a file that another includes comes through
// a function. Where files are looked for is package roots' business, and what
// a key may do to a hermetic build is package inspect's. It knows the syntax of
// keys, not their meaning: cargo refuses `jobs = "many"`, this package does not.
package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// Kind says where a value was defined. A later kind beats an earlier one.
type Kind int

// The kinds, weakest first (cargo: `Definition`).
const (
	File        Kind = iota
	Environment      // `CARGO_BUILD_JOBS`
	CommandLine      // `--config`
)

// Definition is where a value was defined.
type Definition struct {
	Kind Kind
	Name string // file, as an absolute path; or variable; empty for `--config KEY=VALUE`

	document *toml.Document // of a file
	path     []any
}

// Position is the place of the value in its file; without line and column where
// there is none.
func (d Definition) Position() diag.Position {
	if d.document == nil {
		return diag.Position{File: d.Name}
	}
	return d.document.At(d.path...)
}

// Base is the directory that a relative path of the value starts from: for a
// file the directory that holds its `.cargo`, otherwise the working directory.
// Of an included file cargo takes off two parts of the path as it is written, be
// the second `.cargo`, another name, or `..`.
func (d Definition) Base(cwd string) string {
	if d.document == nil {
		return cwd
	}
	return filepath.Clean(join(parent(parent(d.document.File())), "."))
}

// Value is a part of the configuration. Exactly one of Table, List and Scalar
// is set.
type Value struct {
	Definition
	Table  map[string]*Value
	List   []*Value
	Scalar any // string, int64 or bool
}

func (v *Value) kind() string {
	switch v.Scalar.(type) {
	case string:
		return "string"
	case int64:
		return "integer"
	case bool:
		return "boolean"
	}
	if v.Table != nil {
		return "table"
	}
	return "array"
}

// Parse reads a configuration file. Floats and times are refused, as cargo does.
func Parse(file string, data []byte) (*Value, error) {
	document, err := toml.Parse(diag.ExitFailed, file, data)
	if err != nil {
		return nil, err
	}
	return convert(document, document.Values(), nil)
}

func convert(document *toml.Document, from any, path []any) (*Value, error) {
	v := &Value{Definition: Definition{Name: filepath.Clean(document.File()), document: document, path: path}}
	below := func(step any) []any { return append(path[:len(path):len(path)], step) }
	var err error
	switch from := from.(type) {
	case map[string]any:
		v.Table = make(map[string]*Value, len(from))
		for _, key := range slices.Sorted(maps.Keys(from)) {
			if v.Table[key], err = convert(document, from[key], below(key)); err != nil {
				return nil, err
			}
		}
	case []any:
		v.List = make([]*Value, len(from))
		for i := range from {
			if v.List[i], err = convert(document, from[i], below(i)); err != nil {
				return nil, err
			}
		}
	case string, int64, bool:
		v.Scalar = from
	default:
		at := document.At(path...)
		return nil, diag.New(diag.ExitFailed, "`%s` is a float or a time, which no configuration key is", toml.Key(path...)).
			In(at.File, at.Line, at.Column).
			WithHelp("put quotes around it")
	}
	return v, nil
}

// Get returns the value below v at a path of keys, nil if there is none.
func (v *Value) Get(keys ...string) *Value {
	for _, key := range keys {
		if v == nil {
			return nil
		}
		v = v.Table[key]
	}
	return v
}

// Text returns a string value, empty for anything else.
func (v *Value) Text() string {
	if v == nil {
		return ""
	}
	text, _ := v.Scalar.(string)
	return text
}

// Path returns a value that names a place, absolute and clean.
func (v *Value) Path(cwd string) string {
	path := filepath.FromSlash(v.Text())
	if !filepath.IsAbs(path) {
		path = filepath.Join(v.Base(cwd), path)
	}
	return filepath.Clean(path)
}

// Plain returns the value as plain tables, lists and scalars.
func (v *Value) Plain() any {
	switch {
	case v.Table != nil:
		table := make(map[string]any, len(v.Table))
		for key, value := range v.Table {
			table[key] = value.Plain()
		}
		return table
	case v.Scalar != nil:
		return v.Scalar
	}
	list := make([]any, len(v.List))
	for i, value := range v.List {
		list[i] = value.Plain()
	}
	return list
}

// Walk calls visit for every scalar and list of v with its path of keys, in the
// order of the keys.
func (v *Value) Walk(visit func(path []string, value *Value)) {
	v.walk(nil, visit)
}

func (v *Value) walk(path []string, visit func([]string, *Value)) {
	if v.Table == nil {
		visit(path, v)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(v.Table)) {
		v.Table[key].walk(append(path[:len(path):len(path)], key), visit)
	}
}

// String is for tests and errors.
func (v *Value) String() string { return fmt.Sprint(v.Plain()) }
