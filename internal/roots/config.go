package roots

import (
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
)

// Configuration is what cargo's configuration says along a route.
type Configuration struct {
	Search
	Merged *config.Value
	Files  []string // all that were read, those included too, in the order of reading
}

// Configure reads and merges the configuration files of a route. Home is
// CARGO_HOME, whose own configuration is the weakest, or empty if it does not
// act. Admit decides about included files (nil: all).
func Configure(files Files, route Route, home string, admit func(config.Include) bool) (Configuration, error) {
	f := newFinder(files, home)
	c := Configuration{Search: f.configuration(route), Merged: &config.Value{Table: map[string]*config.Value{}}}
	loader := config.Loader{Admit: admit, Read: func(path string) ([]byte, error) {
		c.Files = append(c.Files, filepath.Clean(path))
		return f.readWritten(path, route.Bound)
	}}
	used := c.Used()
	if home != "" && !f.searchesHome(route, home) {
		s := Search{}
		s.step(home)
		f.pickConfig(&s, home)
		c.Steps = append(c.Steps, s.Steps...)
		used = append(used, s.Used()...)
	}
	for _, path := range used {
		value, err := loader.Load(path)
		if err != nil {
			return c, err
		}
		if err := c.Merged.Merge(value, false); err != nil {
			return c, err
		}
	}
	return c, nil
}

// searchesHome reports whether home is a `.cargo` of the route, by its name or
// by a link to it: then cargo does not read it again.
func (f *finder) searchesHome(route Route, home string) bool {
	real, err := f.follow(home, route.Bound)
	if err != nil {
		real = home
	}
	for _, dir := range route.Dirs() {
		dir = filepath.Join(dir, ".cargo")
		if dir == home {
			return true
		}
		if dir, err := f.follow(dir, route.Bound); err == nil && dir == real {
			return true
		}
	}
	return false
}

// readWritten reads a file by a path that need not be clean. As for the kernel,
// `..` is the parent of what is behind a link, not of the link.
func (f *finder) readWritten(path, bound string) ([]byte, error) {
	clean := filepath.Clean(path)
	if !Within(bound, path) || path == clean {
		if Within(bound, clean) {
			return f.read(clean, bound)
		}
		return f.files.ReadFile(clean) // home, or an include that was admitted
	}
	at := bound
	for part := range strings.SplitSeq(strings.TrimPrefix(path, bound), string(filepath.Separator)) {
		if part == ".." {
			real, err := f.follow(at, bound)
			if err != nil {
				return nil, f.stray(path, bound, err)
			}
			if at = filepath.Dir(real); real == bound {
				return nil, f.stray(path, bound, errLeaves)
			}
			continue
		}
		at = filepath.Join(at, part)
	}
	return f.read(at, bound)
}
