package cargo

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

func TestParseConfig(t *testing.T) {
	got, err := ParseConfig("config.toml", []byte(`
[build]
rustflags = ["-C", "debuginfo=0"]
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "vendor"
[source.all]
registry = "r"
local-registry = "l"
git = "g"
branch = "b"
tag = "t"
rev = "v"
unknown = 1
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{Sources: map[string]Source{
		"crates-io": {ReplaceWith: "vendored"},
		"vendored":  {Directory: "vendor"},
		"all":       {Registry: "r", LocalRegistry: "l", Git: "g", Branch: "b", Tag: "t", Rev: "v"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"[source", "source = 1\n", "[source.x]\ndirectory = 1\n"} {
		if c, err := ParseConfig("config.toml", []byte(bad)); diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), "config.toml:") {
			t.Errorf("%q: %v, %v", bad, c, err)
		}
	}
}

const crates = "[source.crates-io]\nreplace-with = \"v\"\n"

func TestVendored(t *testing.T) {
	const vendor = "[source.v]\ndirectory = \"vendor\"\n"
	git := func(more string) string { return "[source.g]\ngit = \"https://example.org/g\"\n" + more + "\n" }
	for name, c := range map[string]struct {
		config  string
		sources []string
		want    []string // nil: something has to be fetched
	}{
		"nothing external":      {"", nil, []string{}},
		"nothing configured":    {"", []string{index}, nil},
		"one replacement":       {crates + vendor, []string{index}, []string{"vendor"}},
		"sparse index":          {crates + vendor, []string{sparseIndex}, []string{"vendor"}},
		"chain":                 {crates + "[source.v]\nreplace-with = \"w\"\n[source.w]\ndirectory = \"d\"\n", []string{index}, []string{"d"}},
		"long chain":            {crates + "[source.v]\nreplace-with = \"a\"\n[source.a]\nreplace-with = \"b\"\n[source.b]\nreplace-with = \"c\"\n[source.c]\ndirectory = \"d\"\n", []string{index}, []string{"d"}},
		"cycle":                 {crates + "[source.v]\nreplace-with = \"crates-io\"\n", []string{index}, nil},
		"itself":                {"[source.crates-io]\nreplace-with = \"crates-io\"\n", []string{index}, nil},
		"to nobody":             {crates, []string{index}, nil},
		"to a mirror":           {crates + "[source.v]\nregistry = \"https://example.org/mirror\"\n", []string{index}, nil},
		"to a local registry":   {crates + "[source.v]\nlocal-registry = \"r\"\n", []string{index}, nil},
		"another registry":      {crates + vendor, []string{"registry+https://example.org/index"}, nil},
		"named registry":        {"[source.r]\nregistry = \"https://example.org/index\"\nreplace-with = \"v\"\n" + vendor, []string{"registry+https://example.org/index"}, []string{"vendor"}},
		"sparse registry":       {"[source.r]\nregistry = \"sparse+https://example.org/index/\"\nreplace-with = \"v\"\n" + vendor, []string{"sparse+https://example.org/index/"}, []string{"vendor"}},
		"two sources":           {crates + vendor + git("replace-with = \"w\"") + "[source.w]\ndirectory = \"git\"\n", []string{index, "git+https://example.org/g#" + commit}, []string{"git", "vendor"}},
		"one of two sources":    {crates + vendor, []string{index, "git+https://example.org/g#" + commit}, nil},
		"branch":                {git("branch = \"main\"\nreplace-with = \"v\"") + vendor, []string{"git+https://example.org/g?branch=main#" + commit}, []string{"vendor"}},
		"another branch":        {git("branch = \"main\"\nreplace-with = \"v\"") + vendor, []string{"git+https://example.org/g?branch=next#" + commit}, nil},
		"branch is not default": {git("branch = \"main\"\nreplace-with = \"v\"") + vendor, []string{"git+https://example.org/g#" + commit}, nil},
		"default is not branch": {git("replace-with = \"v\"") + vendor, []string{"git+https://example.org/g?branch=main#" + commit}, nil},
		"tag":                   {git("tag = \"v1\"\nreplace-with = \"v\"") + vendor, []string{"git+https://example.org/g?tag=v1#" + commit}, []string{"vendor"}},
		"tag is not branch":     {git("tag = \"v1\"\nreplace-with = \"v\"") + vendor, []string{"git+https://example.org/g?branch=v1#" + commit}, nil},
		"rev":                   {git("rev = \"0123\"\nreplace-with = \"v\"") + vendor, []string{"git+https://example.org/g?rev=0123#" + commit}, []string{"vendor"}},
		// Version 4 of Cargo.lock encodes the query, version 3 does not.
		"encoded branch": {git("branch = \"feat/x+y z\"\nreplace-with = \"v\"") + vendor, []string{"git+https://example.org/g?branch=feat%2Fx%2By+z#" + commit}, []string{"vendor"}},
		"plain branch":   {git("branch = \"feat/x+y\"\nreplace-with = \"v\"") + vendor, []string{"git+https://example.org/g?branch=feat/x+y#" + commit}, []string{"vendor"}},
		"broken query":   {git("branch = \"%zz\"\nreplace-with = \"v\"") + vendor, []string{"git+https://example.org/g?branch=%z#" + commit}, nil},
		"directory":      {git("replace-with = \"v\"") + "[source.v]\ndirectory = \"/abs/../vendor\"\n", []string{"git+https://example.org/g#" + commit}, []string{"/abs/../vendor"}},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := ParseConfig("config.toml", []byte(c.config))
			if err != nil {
				t.Fatal(err)
			}
			l := &Lockfile{}
			for _, s := range c.sources {
				l.External = append(l.External, LockedPackage{Source: s})
			}
			for range 10 { // the tables are a map
				dirs, ok := config.Vendored(l)
				if ok != (c.want != nil) {
					t.Fatalf("%v, %t, want %v", dirs, ok, c.want)
				}
				if diff := cmp.Diff(c.want, dirs); ok && len(c.want) > 0 && diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(crates+"[source.v]\ndirectory = \"vendor\"\n"), index)
	f.Add([]byte(crates+"[source.v]\nreplace-with = \"crates-io\"\n"), index)
	f.Add([]byte("[source.g]\ngit = \"x\"\nbranch = \"y\"\nreplace-with = \"g\"\n"), "git+x?branch=y#z")
	f.Fuzz(func(t *testing.T, data []byte, source string) {
		c, err := ParseConfig("config.toml", data)
		if err != nil {
			return
		}
		l := &Lockfile{External: []LockedPackage{{Source: source}}}
		dirs, ok := c.Vendored(l)
		if again, same := c.Vendored(l); same != ok || !cmp.Equal(dirs, again) {
			t.Errorf("%v, then %v", dirs, again)
		}
		if !ok {
			return
		}
		for _, s := range c.Sources {
			if s.Directory == dirs[0] {
				return
			}
		}
		t.Errorf("%v is the directory of no source", dirs)
	})
}
