package roots

import (
	"cmp"
	"errors"
	"path/filepath"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
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
	f.addHome(&c.Search, home)
	for _, path := range c.Used() {
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

// addHome goes on to CARGO_HOME, if there is one, as cargo does after the top of
// the file system: unless home is a `.cargo` of the route, by name or by a link.
func (f *finder) addHome(s *Search, home string) {
	if home == "" {
		return
	}
	bound := cmp.Or(s.Bound, topOf(home))
	real := func(dir string) string {
		if real, err := f.follow(dir, bound); err == nil {
			return real
		}
		return dir
	}
	for _, dir := range s.Dirs() {
		if dir = filepath.Join(dir, ".cargo"); dir == home || real(dir) == real(home) {
			return
		}
	}
	s.step(home)
	f.pickConfig(s, home)
}

// readWritten reads a file by a path that need not be clean. As for the kernel,
// `..` is the parent of what is behind a link, not of the link.
func (f *finder) readWritten(path, bound string) ([]byte, error) {
	clean := filepath.Clean(path)
	if path != clean && Within(bound, path) {
		real, err := f.climb(path, bound)
		if err == nil {
			return f.read(real, bound)
		}
		if !errors.Is(err, errLeaves) {
			return nil, err
		}
		if Within(bound, clean) {
			return nil, diag.New(diag.ExitPolicy, "`%s` leads out of the root `%s`", path, bound).
				In(path, 0, 0).
				WithHelp("write a path that stays in the root, and through no link that leads out of it")
		}
	}
	if Within(bound, clean) {
		return f.read(clean, bound)
	}
	return f.files.ReadFile(clean) // home, or an include that was admitted
}

// climb resolves each `..` of a path below bound, and the links before it.
func (f *finder) climb(path, bound string) (string, error) {
	at := bound
	for part := range strings.SplitSeq(strings.TrimPrefix(path, bound), string(filepath.Separator)) {
		if part != ".." {
			at = filepath.Join(at, part)
			continue
		}
		real, err := f.follow(at, bound)
		if err != nil {
			return "", err
		}
		if real == bound {
			return "", errLeaves
		}
		at = filepath.Dir(real)
	}
	return at, nil
}
