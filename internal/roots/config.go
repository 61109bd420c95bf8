package roots

import (
	"slices"

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
		c.Files = append(c.Files, path)
		if Within(route.Bound, path) {
			return f.read(path, route.Bound)
		}
		return files.ReadFile(path) // home, or an include that was admitted
	}}
	used := c.Used()
	if home != "" {
		s := Search{}
		s.step(home)
		f.pickConfig(&s, home)
		if path := s.Used(); len(path) > 0 && !slices.Contains(used, path[0]) {
			c.Steps = append(c.Steps, s.Steps...)
			used = append(used, path...)
		}
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
