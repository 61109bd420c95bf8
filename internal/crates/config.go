package crates

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	gotoml "github.com/pelletier/go-toml/v2"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	cargoconfig "github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// fetching are the tables of a user's configuration that serve a fetch. All
// others (flags, wrappers, aliases, patches, environment) stay outside even
// here, because they could change what is fetched or run something.
var fetching = []string{"source", "registries", "registry", "net", "http", "credential-alias"}

// userFetchConfig reduces a configuration of the user to what serves a fetch,
// with paths made absolute against base (the directory above `.cargo`), as cargo
// itself would resolve them. If alone is set, nothing is left that starts a
// program or proves who the user is.
func userFetchConfig(file string, data []byte, base string, alone bool) (fetchConfig, error) {
	value, err := cargoconfig.Parse(file, data)
	if err != nil {
		return fetchConfig{}, diag.Wrap(err, "reading the user's cargo configuration")
	}
	if alone {
		startNothing(value)
		proveNothing(value)
	}
	return reduce(value, func(*cargoconfig.Value) string { return base })
}

// projectFetchConfig reduces a configuration of the root to what serves a fetch
// and starts nothing.
func projectFetchConfig(value *cargoconfig.Value, root string) (fetchConfig, error) {
	startNothing(value)
	return reduce(value, func(v *cargoconfig.Value) string { return v.Base(root) })
}

// startNothing removes the keys that make cargo start a program.
func startNothing(value *cargoconfig.Value) {
	for _, name := range []string{"registry", "net"} {
		for _, key := range []string{"credential-provider", "global-credential-providers", "git-fetch-with-cli"} {
			drop(value.Get(name), key)
		}
	}
	drop(value, "credential-alias")
	if registries := value.Get("registries"); registries != nil {
		for _, r := range registries.Table {
			drop(r, "credential-provider")
		}
	}
}

// proveNothing removes the keys that say who the user is.
func proveNothing(value *cargoconfig.Value) {
	for _, key := range []string{"token", "secret-key"} {
		drop(value.Get("registry"), key)
		if registries := value.Get("registries"); registries != nil {
			for _, r := range registries.Table {
				drop(r, key)
			}
		}
	}
}

// drop removes a key of a table.
func drop(table *cargoconfig.Value, key string) {
	if table != nil {
		delete(table.Table, key)
	}
}

// localRegistry is the key of a directory with archives.
const localRegistry = "source.*.local-registry"

// pathKeys are the keys of the tables above that name a file or a directory.
var pathKeys = []string{"source.*.directory", localRegistry, "http.cainfo", "http.proxy-cainfo"}

// fetchConfig is what of a configuration serves a fetch.
type fetchConfig struct {
	text  []byte
	local []string // its local registries, as cargo will see them
}

// reduce leaves the tables that serve a fetch, with absolute paths.
func reduce(value *cargoconfig.Value, base func(*cargoconfig.Value) string) (fetchConfig, error) {
	var c fetchConfig
	value.Walk(func(at []string, v *cargoconfig.Value) {
		names := slices.ContainsFunc(pathKeys, func(pattern string) bool { return cargoconfig.Matches(pattern, at) })
		p := v.Text()
		if !names || p == "" {
			return
		}
		if !filepath.IsAbs(p) {
			p = filepath.Join(base(v), p)
			v.Scalar = p
		}
		if cargoconfig.Matches(localRegistry, at) {
			c.local = append(c.local, p)
		}
	})
	kept := map[string]any{}
	for _, name := range fetching {
		if table := value.Get(name); table != nil && table.Table != nil {
			kept[name] = table.Plain()
		}
	}
	var err error
	c.text, err = gotoml.Marshal(kept)
	return c, err
}

// vendoredSource is the name that cargo vendor gives to the directory source
// in the configuration that it prints; ours differs so that a project may use
// that name for itself.
const (
	vendoredSource = "vendored-sources"
	ourSource      = "hermetic"
)

// sourceConfig turns the configuration that `cargo vendor` printed into the one
// that the world uses: the same replacements, our name, the world's directory.
func sourceConfig(printed []byte, dir string) (string, error) {
	var doc cargo.Config
	if err := toml.DecodeLoose("output of cargo vendor", printed, &doc); err != nil {
		return "", err
	}
	if _, ok := doc.Sources[vendoredSource]; !ok {
		return "", diag.New(diag.ExitFailed, "cargo vendor printed no source named `%s`", vendoredSource)
	}
	delete(doc.Sources, vendoredSource)
	return replacements(doc.Sources, dir), nil
}

// Named gives the sources of such a configuration the names that the project's own
// has for the same places: cargo refuses two names for one place. Ours is on the
// command line, so its replacement counts.
func Named(config string, project *cargo.Config) (string, error) {
	ours, err := cargo.ParseConfig("replacements of the crates layer", []byte(config))
	if err != nil {
		return "", err
	}
	named, dir := map[string]cargo.Source{}, ours.Sources[ourSource].Directory
	delete(ours.Sources, ourSource)
	for name, s := range ours.Sources {
		s.ReplaceWith = ""
		for _, theirs := range slices.Sorted(maps.Keys(project.Sources)) {
			t := project.Sources[theirs]
			t.ReplaceWith = ""
			if s != (cargo.Source{}) && s == t {
				name = theirs
				break
			}
		}
		named[name] = s
	}
	return replacements(named, dir), nil
}

// replacements has a directory take the place of sources.
func replacements(sources map[string]cargo.Source, dir string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		s := sources[name]
		fmt.Fprintf(&b, "[source.%q]\n", name)
		for _, kv := range []struct{ key, value string }{
			{"registry", s.Registry}, {"git", s.Git}, {"branch", s.Branch}, {"tag", s.Tag}, {"rev", s.Rev},
		} {
			if kv.value != "" {
				fmt.Fprintf(&b, "%s = %q\n", kv.key, kv.value)
			}
		}
		fmt.Fprintf(&b, "replace-with = %q\n", ourSource)
	}
	fmt.Fprintf(&b, "[source.%s]\ndirectory = %q\n", ourSource, dir)
	return b.String()
}
