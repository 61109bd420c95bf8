package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

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

	written string // as cargo joins it: absolute, with `..` where it was written
}

// Loader reads files with what they include.
type Loader struct {
	// Read reads a file. The path of an included one is absolute but not clean:
	// after a link `..` leads to the parent of what the link leads to.
	Read func(path string) ([]byte, error)
	// Admit decides whether an included file may be read; nil admits all. A
	// file that is not admitted is left out.
	Admit func(Include) bool
}

// Load reads a file. What it includes is beneath it: a later include beats an
// earlier one, and the file itself beats both. The key `include` is gone from
// the result.
func (l Loader) Load(file string) (*Value, error) {
	data, err := l.Read(file)
	if err != nil {
		return nil, unreadable(file, err)
	}
	return l.load(file, data, nil, map[string]bool{file: true})
}

// load goes on with a file that was read. Open are the files that include it, by
// their clean paths; seen are all that were read, as they are written.
func (l Loader) load(file string, data []byte, open []string, seen map[string]bool) (*Value, error) {
	own, err := Parse(file, data)
	if err != nil {
		return nil, err
	}
	includes, err := own.includes(file)
	if err != nil {
		return nil, err
	}
	delete(own.Table, "include")
	open = append(open[:len(open):len(open)], own.Name)
	merged := &Value{Definition: own.Definition, Table: map[string]*Value{}}
	for _, include := range includes {
		if l.Admit != nil && !l.Admit(include) {
			continue
		}
		data, err := l.Read(include.written)
		if include.Optional && isAbsent(err) {
			continue
		}
		if err != nil {
			return nil, unreadable(include.Path, err)
		}
		if err := include.again(open, seen); err != nil {
			return nil, err
		}
		below, err := l.load(include.written, data, open, seen)
		if err != nil {
			return nil, err
		}
		if err := merged.Merge(below, true); err != nil {
			return nil, err
		}
	}
	return merged, merged.Merge(own, true)
}

func unreadable(file string, err error) error {
	return diag.Wrap(err, "reading the configuration `%s`", file)
}

// isAbsent reports whether an error of reading says that there is no file.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// maxFiles is how many files one may include, those that they include counted.
// Through links a few could include each other without end.
const maxFiles = 1000

// again refuses a file that was read before. Cargo does so even where it is no
// cycle, and takes files for the same that are written the same; a cycle written
// otherwise it follows until the path is too long for the kernel.
func (i Include) again(open []string, seen map[string]bool) error {
	at := i.By.Position()
	refuse := func(help, format string, args ...any) error {
		return diag.New(diag.ExitFailed, format, args...).In(at.File, at.Line, at.Column).WithHelp("%s", help)
	}
	switch {
	case slices.Contains(open, i.Path):
		return refuse("remove one of the `include`s between them", "`%s` includes itself", i.Path)
	case seen[i.written]:
		return refuse("include it in one place", "`%s` is included twice, which cargo takes for a cycle", i.Path)
	case len(seen) > maxFiles:
		return refuse("include fewer", "one configuration file includes more than %d others", maxFiles)
	}
	seen[i.written] = true
	return nil
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
				var ok bool
				if include.Optional, ok = optional.Scalar.(bool); !ok {
					return nil, badInclude(optional, "is `optional` if that is true or false")
				}
			}
		}
		text := path.Text()
		switch {
		case text == "":
			return nil, badInclude(entry, "must be a path")
		case !strings.HasSuffix(text, ".toml") || text == ".toml" || strings.HasSuffix(text, "/.toml"):
			return nil, badInclude(entry, "must end in `.toml`")
		case strings.ContainsAny(text, "*?[]{}"):
			return nil, badInclude(entry, "must be one file: no pattern, no template")
		}
		include.written = join(parent(file), filepath.FromSlash(text))
		include.Path = filepath.Clean(include.written)
		list = append(list, include)
	}
	return list, nil
}

// join joins paths as cargo does: `.` goes, `..` stays.
func join(dir, path string) string {
	const separator = string(filepath.Separator)
	if !filepath.IsAbs(path) {
		path = dir + separator + path
	}
	volume := filepath.VolumeName(path)
	parts := slices.DeleteFunc(strings.Split(path[len(volume):], separator), func(part string) bool { return part == "" || part == "." })
	return volume + separator + strings.Join(parts, separator)
}

// parent is a path without its last part, whatever that is.
func parent(path string) string {
	return strings.TrimRight(path[:strings.LastIndexByte(path, filepath.Separator)+1], string(filepath.Separator))
}

func badInclude(v *Value, what string) error {
	at := v.Position()
	return diag.New(diag.ExitFailed, "an `include` %s", what).
		In(at.File, at.Line, at.Column).
		WithHelp("write: include = [\"other.toml\"]")
}
