package crates

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

func TestSourceConfig(t *testing.T) {
	printed := `
[source.crates-io]
replace-with = "vendored-sources"

[source."git+https://example.org/g?branch=a%2Fb"]
git = "https://example.org/g"
branch = "a/b"
replace-with = "vendored-sources"

[source."git+https://example.org/t?tag=v1"]
git = "https://example.org/t"
tag = "v1"
replace-with = "vendored-sources"

[source."git+https://example.org/v?rev=0123"]
git = "https://example.org/v"
rev = "0123"
replace-with = "vendored-sources"

[source."registry+https://example.org/index"]
registry = "https://example.org/index"
replace-with = "vendored-sources"

[source.vendored-sources]
directory = "/hermetic/vendor"
`
	got, err := sourceConfig([]byte(printed), "/hermetic/crates")
	if err != nil {
		t.Fatal(err)
	}
	want := `[source."crates-io"]
replace-with = "hermetic"
[source."git+https://example.org/g?branch=a%2Fb"]
git = "https://example.org/g"
branch = "a/b"
replace-with = "hermetic"
[source."git+https://example.org/t?tag=v1"]
git = "https://example.org/t"
tag = "v1"
replace-with = "hermetic"
[source."git+https://example.org/v?rev=0123"]
git = "https://example.org/v"
rev = "0123"
replace-with = "hermetic"
[source."registry+https://example.org/index"]
registry = "https://example.org/index"
replace-with = "hermetic"
[source.hermetic]
directory = "/hermetic/crates"
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// cargo reads the same replacements out of it, at our place.
	config, err := cargo.ParseConfig("config.toml", []byte(got))
	if err != nil {
		t.Fatal(err)
	}
	lock := &cargo.Lockfile{External: []cargo.LockedPackage{{Source: "registry+https://example.org/index"}, {Source: "git+https://example.org/g?branch=a%2Fb#01"}, {Source: "git+https://example.org/t?tag=v1#01"}}}
	dirs, ok := config.Vendored(lock)
	if diff := cmp.Diff([]string{"/hermetic/crates", "/hermetic/crates", "/hermetic/crates"}, dirs); !ok || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "[source.crates-io]\nreplace-with = \"x\"\n", "To use vendored sources, add this"} {
		if got, err := sourceConfig([]byte(bad), "/x"); diag.ExitCode(err) != diag.ExitFailed {
			t.Errorf("%q: %q, %v", bad, got, err)
		}
	}
}

// TestNamed: a place that the project has a name for keeps that name, and only that.
func TestNamed(t *testing.T) {
	const near, far, git = "sparse+https://near.example.org/", "https://far.example.org/index", "https://example.org/g"
	printed := replacements(map[string]cargo.Source{
		"crates-io": {}, near: {Registry: near}, far: {Registry: far}, "g": {Git: git, Branch: "a"},
	}, "/hermetic/crates")
	got, err := Named(printed, &cargo.Config{Sources: map[string]cargo.Source{
		"near":   {Registry: near, ReplaceWith: "mirror"},
		"mirror": {Registry: "sparse+https://mirror.example.org/"},
		"other":  {Git: git, Branch: "b"},
		"empty":  {},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := replacements(map[string]cargo.Source{
		"crates-io": {}, "near": {Registry: near}, far: {Registry: far}, "g": {Git: git, Branch: "a"},
	}, "/hermetic/crates")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
