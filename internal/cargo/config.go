package cargo

import (
	"maps"
	neturl "net/url"
	"slices"
	"strings"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// Source is one entry of the `[source]` table.
type Source struct {
	ReplaceWith   string `toml:"replace-with"`
	Directory     string `toml:"directory"`
	LocalRegistry string `toml:"local-registry"`
	Registry      string `toml:"registry"`
	Git           string `toml:"git"`
	Branch        string `toml:"branch"`
	Tag           string `toml:"tag"`
	Rev           string `toml:"rev"`
}

// Config is the part of a configuration file that says where packages come
// from. Relative paths are as written: cargo resolves them against the
// directory that holds `.cargo`.
type Config struct {
	Sources map[string]Source `toml:"source"`
}

// ParseConfig reads a configuration file.
func ParseConfig(file string, data []byte) (*Config, error) {
	var c Config
	if err := toml.DecodeLoose(file, data, &c); err != nil {
		return nil, err
	}
	return &c, nil
}

// SourcesOf reads the sources of a merged configuration. What is no text is
// cargo's to refuse.
func SourcesOf(merged *config.Value) *Config {
	c := &Config{Sources: map[string]Source{}}
	sources := merged.Get("source")
	if sources == nil {
		return c
	}
	for name, table := range sources.Table {
		text := func(key string) string { return table.Get(key).Text() }
		c.Sources[name] = Source{
			ReplaceWith: text("replace-with"), Directory: text("directory"), LocalRegistry: text("local-registry"),
			Registry: text("registry"), Git: text("git"), Branch: text("branch"), Tag: text("tag"), Rev: text("rev"),
		}
	}
	return c
}

// cratesIO is the name of the default registry in `[source]`, and its two
// source ids in Cargo.lock.
const (
	cratesIO    = "crates-io"
	gitIndex    = "registry+https://github.com/rust-lang/crates.io-index"
	sparseIndex = "sparse+https://index.crates.io/"
)

// Vendored reports whether every external package of the lock file is replaced
// by a directory source of c, so that nothing has to be fetched, and returns
// those directories as written.
func (c *Config) Vendored(l *Lockfile) (dirs []string, ok bool) {
	for _, source := range l.Sources() {
		dir, ok := c.directoryFor(source)
		if !ok {
			return nil, false
		}
		dirs = append(dirs, dir)
	}
	return dirs, true
}

// directoryFor follows the replacements of a source id to a directory.
func (c *Config) directoryFor(source string) (string, bool) {
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		s := c.Sources[name]
		if !s.describes(name, source) {
			continue
		}
		// A cycle is cargo's to refuse; the bound only ends the loop.
		for range len(c.Sources) + 1 {
			if s.Directory != "" {
				return s.Directory, true
			}
			s = c.Sources[s.ReplaceWith]
		}
	}
	return "", false
}

// describes reports whether an entry of `[source]` is about a source id.
func (s Source) describes(name, source string) bool {
	switch source {
	case gitIndex, sparseIndex:
		return name == cratesIO
	case "registry+" + s.Registry, s.Registry:
		return s.Registry != ""
	}
	if s.Git == "" {
		return false
	}
	id := "git+" + s.Git
	switch {
	case s.Branch != "":
		id += "?branch=" + s.Branch
	case s.Tag != "":
		id += "?tag=" + s.Tag
	case s.Rev != "":
		id += "?rev=" + s.Rev
	}
	if id == source {
		return true
	}
	// Version 4 of Cargo.lock writes the query as a form does (`feat%2Fx`).
	url, query, ok := strings.Cut(source, "?")
	query, err := neturl.QueryUnescape(query)
	return ok && err == nil && id == url+"?"+query
}
