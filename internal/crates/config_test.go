package crates

import (
	"path/filepath"
	"strings"
	"testing"

	gotoml "github.com/pelletier/go-toml/v2"

	"github.com/google/go-cmp/cmp"

	cargoconfig "github.com/cargo-hermetic/cargo-hermetic/internal/cargo/config"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
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

// reduced is what configOf leaves, as values.
func reduced(t *testing.T, whose owner, text string) map[string]any {
	t.Helper()
	config, err := configOf(whose, "config.toml", []byte(text), filepath.FromSlash("/home/me"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	if err := gotoml.Unmarshal(config.text, &got); err != nil {
		t.Fatalf("%v in\n%s", err, config.text)
	}
	return got
}

// owner says whose configuration is reduced.
type owner int

const (
	ofUser owner = iota
	ofProject
)

// configOf reduces a text as a file of either owner would be.
func configOf(whose owner, file string, data []byte, base string) (fetchConfig, error) {
	if whose == ofUser {
		return userFetchConfig(file, data, base, false)
	}
	value, err := cargoconfig.Parse(filepath.Join(base, ".cargo", file), data)
	if err != nil {
		return fetchConfig{}, err
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
	delete(want["registries"].(table)["mine"].(table), "token")
	alone, err := userFetchConfig("config.toml", []byte(aConfig), filepath.FromSlash("/home/me"), true)
	if err != nil {
		t.Fatal(err)
	}
	got := table{}
	if err := gotoml.Unmarshal(alone.text, &got); err != nil {
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
		if data, err := configOf(whose, "config.toml", []byte("[source"), "/"); diag.ExitCode(err) != diag.ExitFailed || !strings.Contains(err.Error(), "config.toml") {
			t.Errorf("%s, %v", data.text, err)
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
		data, err := configOf(ofProject, "config.toml", []byte(text), "/r")
		if err != nil {
			t.Error(err)
		}
		if strings.Contains(string(data.text), "evil") || strings.Contains(string(data.text), "git-fetch") {
			t.Errorf("%s\nleaves\n%s", text, data.text)
		}
	}
}
