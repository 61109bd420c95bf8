package crates

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gotoml "github.com/pelletier/go-toml/v2"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/cargo"
	cargoconfig "github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox"
	"github.com/cargo-hermetic/cargo-hermetic/internal/sandbox/spec"
)

// aConfig has a table of every kind.
const aConfig = `
include = ["other.toml"]
paths = ["/evil"]
[alias]
vendor = "run --evil"
[build]
rustc-wrapper = "/evil"
[cargo-new]
vcs = "none"
[credential-alias]
mine = ["/usr/bin/mine", "--x"]
[doc]
browser = "/evil"
[env]
RUSTC = "/evil"
[future-incompat-report]
frequency = "never"
[http]
proxy = "proxy.example.org:8080"
cainfo = "certs/ca.pem"
proxy-cainfo = "/etc/proxy.pem"
[install]
root = "/evil"
[net]
retry = 3
git-fetch-with-cli = true
offline = false
[net.ssh]
known-hosts = ["example.org ssh-ed25519 AAAA"]
[patch.crates-io]
a = { path = "/evil" }
[profile.dev]
debug = false
[registries.mine]
index = "sparse+https://example.org/index/"
credential-provider = "mine"
token = "secret"
[registry]
default = "mine"
global-credential-providers = ["mine"]
credential-provider = "mine"
[resolver]
incompatible-rust-versions = "allow"
[source.crates-io]
replace-with = "mirror"
[source.mirror]
registry = "sparse+https://example.org/mirror/"
[source.local]
local-registry = "local"
[source.dir]
directory = "../vendor"
[source.abs]
directory = "/abs/vendor"
[source.git]
git = "https://example.org/g"
branch = "main"
[target.x86_64-unknown-linux-gnu]
runner = "/evil"
[term]
color = "never"
[unstable]
build-std = true
`

// reduced is what fetchConfig leaves, as values.
func reduced(t *testing.T, whose owner, text string) map[string]any {
	t.Helper()
	data, err := fetchConfig(whose, "config.toml", []byte(text), filepath.FromSlash("/home/me"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	if err := gotoml.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return got
}

// owner says whose configuration is reduced.
type owner int

const (
	ofUser owner = iota
	ofProject
)

// fetchConfig reduces a text as a file of either owner would be.
func fetchConfig(whose owner, file string, data []byte, base string) ([]byte, error) {
	if whose == ofUser {
		return userFetchConfig(file, data, base, false)
	}
	value, err := cargoconfig.Parse(filepath.Join(base, ".cargo", file), data)
	if err != nil {
		return nil, err
	}
	return projectFetchConfig(value, moved.root)
}

type table = map[string]any

// wantReduced is aConfig as a fetch for the user sees it.
func wantReduced() table {
	return table{
		"credential-alias": table{"mine": []any{"/usr/bin/mine", "--x"}},
		"http":             table{"proxy": "proxy.example.org:8080", "cainfo": "/home/me/certs/ca.pem", "proxy-cainfo": "/etc/proxy.pem"},
		"net":              table{"retry": int64(3), "git-fetch-with-cli": true, "offline": false, "ssh": table{"known-hosts": []any{"example.org ssh-ed25519 AAAA"}}},
		"registries":       table{"mine": table{"index": "sparse+https://example.org/index/", "credential-provider": "mine", "token": "secret"}},
		"registry":         table{"default": "mine", "global-credential-providers": []any{"mine"}, "credential-provider": "mine"},
		"source": table{
			"crates-io": table{"replace-with": "mirror"},
			"mirror":    table{"registry": "sparse+https://example.org/mirror/"},
			"local":     table{"local-registry": "/home/me/local"},
			"dir":       table{"directory": "/home/vendor"},
			"abs":       table{"directory": "/abs/vendor"},
			"git":       table{"git": "https://example.org/g", "branch": "main"},
		},
	}
}

func TestFetchConfig(t *testing.T) {
	want := wantReduced()
	if diff := cmp.Diff(want, reduced(t, ofUser, aConfig)); diff != "" {
		t.Errorf("of the user (-want +got):\n%s", diff)
	}
	delete(want, "credential-alias")
	delete(want["net"].(table), "git-fetch-with-cli")
	delete(want["registries"].(table)["mine"].(table), "credential-provider")
	delete(want["registry"].(table), "credential-provider")
	delete(want["registry"].(table), "global-credential-providers")
	if diff := cmp.Diff(want, reduced(t, ofProject, aConfig)); diff != "" {
		t.Errorf("of the project (-want +got):\n%s", diff)
	}
	alone, err := userFetchConfig("config.toml", []byte(aConfig), filepath.FromSlash("/home/me"), true)
	if err != nil {
		t.Fatal(err)
	}
	got := table{}
	if err := gotoml.Unmarshal(alone, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of the user, alone (-want +got):\n%s", diff)
	}
	for _, whose := range []owner{ofUser, ofProject} {
		if got := reduced(t, whose, "\ufeff# nothing\r\n"); len(got) != 0 {
			t.Errorf("%v of nothing", got)
		}
		// Values of another type than cargo's do not stop the fetch: cargo says so.
		got := reduced(t, whose, "source = 1\nhttp = [1]\nregistries = { mine = \"x\" }\n[net]\nretry = \"x\"\n")
		if diff := cmp.Diff(table{"registries": table{"mine": "x"}, "net": table{"retry": "x"}}, got); diff != "" {
			t.Errorf("odd types (-want +got):\n%s", diff)
		}
		if data, err := fetchConfig(whose, "config.toml", []byte("[source"), "/"); diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), "config.toml") {
			t.Errorf("%s, %v", data, err)
		}
	}
}

// No program of a project runs, however the keys are written.
func TestFetchConfigOfHostileProject(t *testing.T) {
	for _, text := range []string{
		"registry.credential-provider = [\"/evil\"]",
		"registry = { global-credential-providers = [\"/evil\"] }",
		"[registries]\n\"a.b\" = { credential-provider = \"/evil\" }",
		"[registries.x]\n\"credential-provider\" = \"/evil\"",
		"[\"credential-alias\"]\ncargo = \"/evil\"",
		"'credential-alias'.x = '/evil'",
		"[build]\nrustc = \"/evil\"",
		"[target.'cfg(all())']\nrunner = \"/evil\"\nlinker = \"/evil\"",
		"include = \"/evil\"",
		"[env]\nGIT_SSH_COMMAND = \"/evil\"",
		"[patch.crates-io]\nx = { path = \"/evil\" }",
		"[alias]\nvendor = \"/evil\"",
		"[net]\ngit-fetch-with-cli = true # /evil",
	} {
		data, err := fetchConfig(ofProject, "config.toml", []byte(text), "/r")
		if err != nil {
			t.Error(err)
		}
		if strings.Contains(string(data), "evil") || strings.Contains(string(data), "git-fetch") {
			t.Errorf("%s\nleaves\n%s", text, data)
		}
	}
}

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

// home is a CARGO_HOME with the given files.
func home(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cargo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// list returns the files of a directory, which only the caller may read.
func list(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %o", e.Name(), info.Mode().Perm())
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

func TestUserConfig(t *testing.T) {
	const one, two = "[net]\nretry = 1\n", "[net]\nretry = 2\n"
	for name, c := range map[string]struct{ files, want map[string]string }{
		"nothing":         {map[string]string{}, map[string]string{}},
		"configuration":   {map[string]string{"config.toml": one + "[build]\njobs = 1\n"}, map[string]string{"config.toml": one}},
		"the old name":    {map[string]string{"config": one}, map[string]string{"config.toml": one}},
		"both names":      {map[string]string{"config": one, "config.toml": two}, map[string]string{"config.toml": one}}, // as cargo
		"credentials":     {map[string]string{"credentials.toml": "[registry]\ntoken = \"s\"\n"}, map[string]string{"credentials.toml": "[registry]\ntoken = \"s\"\n"}},
		"old credentials": {map[string]string{"credentials": "x"}, map[string]string{"credentials.toml": "x"}},
		"nothing else":    {map[string]string{"env": "export X=1", "bin/cargo": "x", "registry/index/x": "x"}, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			private := t.TempDir()
			r := &Request{CargoHome: home(t, c.files)}
			if err := r.userConfig(private); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, list(t, private)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	r := &Request{CargoHome: home(t, map[string]string{"config.toml/x": ""})}
	if err := r.userConfig(t.TempDir()); err == nil {
		t.Error("a configuration that cannot be read is passed over")
	}
	alone := t.TempDir()
	r = &Request{CargoHome: home(t, map[string]string{"config.toml": one, "credentials.toml": "x"}), alone: true}
	if err := r.userConfig(alone); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"config.toml": one}, list(t, alone)); diff != "" {
		t.Errorf("alone (-want +got):\n%s", diff)
	}
	r = &Request{CargoHome: home(t, map[string]string{"credentials.toml/x": ""})}
	if err := r.userConfig(t.TempDir()); err == nil {
		t.Error("credentials that cannot be read are passed over")
	}
}

// The configurations of a root are covered, all of them, and what is left of
// them comes in cargo's order: the nearest wins, so it is last.
func TestProjectConfig(t *testing.T) {
	root := home(t, map[string]string{
		".cargo/config.toml":     "include = [\"more/in.toml\", \"../../out.toml\"]\n[source.dir]\ndirectory = \"vendor\"\n[alias]\nx = \"y\"\n",
		".cargo/more/in.toml":    "[source.dir]\ndirectory = \"beaten\"\n[source.local]\nlocal-registry = \"registry\"\n[net]\ngit-fetch-with-cli = true\n",
		"../out.toml":            "[net]\nretry = 9\n",
		"a/.cargo/config":        "[net]\nretry = 1\n",
		"a/.cargo/config.toml":   "[net]\nretry = 2\n",
		"a/b/.cargo/config.toml": "[net]\nretry = 3\n",
		"a/b/c/.cargo/config":    "[net]\nretry = 4\n", // below the workspace
		"z/.cargo/config":        "[net]\nretry = 5\n",
	})
	private := t.TempDir()
	r := &Request{Root: root, Workspace: "a/b", places: moved}
	var s sandbox.Spec
	if err := r.projectConfig(&s, private); err != nil {
		t.Fatal(err)
	}
	var covered []string
	for _, m := range s.Mounts {
		if m.Kind != spec.Cover {
			t.Errorf("%+v covers nothing", m)
		}
		covered = append(covered, m.Target)
	}
	want := []string{moved.root + "/a/b/.cargo/config.toml", moved.root + "/a/.cargo/config", moved.root + "/a/.cargo/config.toml", moved.root + "/.cargo/config.toml"}
	if diff := cmp.Diff(want, covered); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	files := list(t, private)
	var seen []string
	for i := 0; i+1 < len(r.project); i += 2 {
		if r.project[i] != "--config" {
			t.Fatalf("arguments %q", r.project)
		}
		seen = append(seen, files[filepath.Base(r.project[i+1])])
	}
	wantSeen := []string{
		fmt.Sprintf("[net]\n[source]\n[source.dir]\ndirectory = '%s/vendor'\n\n[source.local]\nlocal-registry = '%s/.cargo/registry'\n", moved.root, moved.root), "[net]\nretry = 1\n", "[net]\nretry = 3\n",
	}
	if diff := cmp.Diff(wantSeen, seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
	if len(files) != 3 {
		t.Errorf("%d files for %d arguments", len(files), len(r.project))
	}
}

// A configuration that is a link out of the root, or that cannot be read, stops
// the fetch.
func TestProjectConfigRefuses(t *testing.T) {
	root := home(t, map[string]string{".cargo/x": "", "../outside.toml": "[net]\nretry = 1\n"})
	if err := os.Symlink("../../outside.toml", filepath.Join(root, ".cargo", "config.toml")); err != nil {
		t.Fatal(err)
	}
	if err := (&Request{Root: root, Workspace: ".", places: moved}).projectConfig(&sandbox.Spec{}, t.TempDir()); err == nil {
		t.Error("a link out of the root was followed")
	}
	for _, files := range []map[string]string{{".cargo/config.toml/x": ""}, {".cargo/config.toml": "[net"}} {
		if err := (&Request{Root: home(t, files), Workspace: ".", places: moved}).projectConfig(&sandbox.Spec{}, t.TempDir()); err == nil {
			t.Errorf("%v was passed over", files)
		}
	}
}
