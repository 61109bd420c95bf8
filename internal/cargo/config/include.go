package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// Files are the names of the configuration file in a `.cargo` directory; the
// first that exists counts.
var Files = []string{"config", "config.toml"}

// Include is a file that another one includes.
type Include struct {
	Path     string // absolute and clean
	Optional bool   // it need not exist
	By       Definition
}

// Loader reads files with what they include.
type Loader struct {
	Read func(path string) ([]byte, error)
	// Admit decides whether an included file may be read; nil admits all. A
	// file that is not admitted is left out.
	Admit func(Include) bool
}

// Load reads a file. What it includes is beneath it: a later include beats an
// earlier one, and the file itself beats both. The key `include` is gone from
// the result.
func (l Loader) Load(file string) (*Value, error) { return l.load(file, nil) }

func (l Loader) load(file string, open []string) (*Value, error) {
	if slices.Contains(open, file) {
		return nil, diag.New(diag.ExitFailed, "`%s` includes itself", file).
			In(open[len(open)-1], 0, 0).
			WithHelp("remove one of the `include`s between them")
	}
	data, err := l.Read(file)
	if err != nil {
		return nil, diag.Wrap(err, "reading the configuration `%s`", file)
	}
	own, err := Parse(file, data)
	if err != nil {
		return nil, err
	}
	includes, err := own.includes(file)
	if err != nil {
		return nil, err
	}
	delete(own.Table, "include")
	merged := &Value{Definition: own.Definition, Table: map[string]*Value{}}
	for _, include := range includes {
		if l.Admit != nil && !l.Admit(include) {
			continue
		}
		below, err := l.load(include.Path, append(open[:len(open):len(open)], file))
		if include.Optional && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := merged.Merge(below, true); err != nil {
			return nil, err
		}
	}
	return merged, merged.Merge(own, true)
}

// includes reads the key `include` of a file: a list of paths, or of tables
// with `path` and `optional`.
func (v *Value) includes(file string) ([]Include, error) {
	value := v.Get("include")
	if value == nil {
		return nil, nil
	}
	if !value.isList() {
		return nil, badInclude(value, "must be a list of paths or of tables")
	}
	var list []Include
	for _, entry := range value.List {
		path := entry
		include := Include{By: entry.Definition}
		if entry.Table != nil {
			path = entry.Table["path"]
			if optional := entry.Table["optional"]; optional != nil {
				include.Optional, _ = optional.Scalar.(bool)
			}
		}
		text := path.Text()
		switch {
		case text == "":
			return nil, badInclude(entry, "must be a path")
		case !strings.HasSuffix(text, ".toml"):
			return nil, badInclude(entry, "must end in `.toml`")
		case strings.ContainsAny(text, "*?[]{}"):
			return nil, badInclude(entry, "must be one file: no pattern, no template")
		}
		include.Path = filepath.FromSlash(text)
		if !filepath.IsAbs(include.Path) {
			include.Path = filepath.Join(filepath.Dir(file), include.Path)
		}
		include.Path = filepath.Clean(include.Path)
		list = append(list, include)
	}
	return list, nil
}

func badInclude(v *Value, what string) error {
	at := v.Position()
	return diag.New(diag.ExitFailed, "an `include` %s", what).
		In(at.File, at.Line, at.Column).
		WithHelp("write: include = [\"other.toml\"]")
}
