package crates

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	gotoml "github.com/pelletier/go-toml/v2"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/toml"
)

// fetching are the tables of a user's configuration that serve a fetch. All
// others (flags, wrappers, aliases, patches, environment) stay outside even
// here, because they could change what is fetched or run something.
var fetching = []string{"source", "registries", "registry", "net", "http", "credential-alias"}

// owner says whose configuration is reduced.
type owner int

const (
	ofUser    owner = iota // the user's own: may name the programs that know the credentials
	ofProject              // the root's: may say where packages are, and start nothing
)

// forbidPrograms removes every key through which a configuration starts a
// program, so that no code of a project runs during a fetch.
func forbidPrograms(kept map[string]any) {
	delete(kept, "credential-alias")
	for _, name := range []string{"registry", "net"} {
		if table, ok := kept[name].(map[string]any); ok {
			delete(table, "credential-provider")
			delete(table, "global-credential-providers")
			delete(table, "git-fetch-with-cli")
		}
	}
	if registries, ok := kept["registries"].(map[string]any); ok {
		for _, r := range registries {
			if table, ok := r.(map[string]any); ok {
				delete(table, "credential-provider")
			}
		}
	}
}

// fetchConfig reduces a cargo configuration to what serves a fetch, with paths
// made absolute against base (the directory above `.cargo`), as cargo itself
// would resolve them.
func fetchConfig(whose owner, file string, data []byte, base string) ([]byte, error) {
	var all map[string]any
	if err := gotoml.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &all); err != nil {
		return nil, diag.New(diag.ExitFailed, "failed to parse a cargo configuration").In(file, 0, 0).Because(err)
	}
	kept := map[string]any{}
	for _, name := range fetching {
		if table, ok := all[name].(map[string]any); ok {
			kept[name] = table
		}
	}
	if whose == ofProject {
		forbidPrograms(kept)
	}
	absolute := func(table map[string]any, key string) {
		if p, ok := table[key].(string); ok && !filepath.IsAbs(p) {
			table[key] = filepath.Join(base, p)
		}
	}
	if sources, ok := kept["source"].(map[string]any); ok {
		for _, s := range sources {
			if s, ok := s.(map[string]any); ok {
				absolute(s, "directory")
				absolute(s, "local-registry")
			}
		}
	}
	if http, ok := kept["http"].(map[string]any); ok {
		absolute(http, "cainfo")
		absolute(http, "proxy-cainfo")
	}
	return gotoml.Marshal(kept)
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
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(doc.Sources)) {
		s := doc.Sources[name]
		if name == vendoredSource {
			fmt.Fprintf(&b, "[source.%s]\ndirectory = %q\n", ourSource, dir)
			continue
		}
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
	return b.String(), nil
}
