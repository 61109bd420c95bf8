package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/attest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/build"
	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

func TestAddress(t *testing.T) {
	for text, want := range map[string]struct {
		address bool
		name    string // empty where it is refused
	}{
		"app":                              {},
		"./http://example.org/app":         {},
		"target/http://x":                  {},
		"://x":                             {},
		"ü://x/app":                        {},
		"https://example.org/app":          {true, "app"},
		"HTTP://example.org:80/a/b.wasm":   {true, "b.wasm"},
		"https://example.org/app?x=/y":     {true, "app"},
		"https://[::1]/a%20b":              {true, "a b"},
		"https://example.org/a%2Fb":        {true, "b"},
		"https://example.org/..%2f":        {true, ""},
		"https://example.org/%2e%2e":       {true, ""},
		"https://example.org/a%5Cb":        {true, ""},
		"https://example.org/a%00b":        {true, ""},
		"https://example.org/a%0Ab":        {true, ""},
		"https://example.org/%ff":          {true, ""},
		"https://example.org/":             {true, ""},
		"https://example.org":              {true, ""},
		"https://example.org/app/":         {true, ""},
		"https://example.org/app#x":        {true, ""},
		"https://me:secret@example.org/a":  {true, ""},
		"https:///app":                     {true, ""},
		"https://exa mple.org/app":         {true, ""},
		"ftp://example.org/app":            {true, ""},
		"file:///etc/passwd":               {true, ""},
		"git+ssh://example.org/app":        {true, ""},
		"https://e.org/" + long:            {true, ""},
		"https://e.org/" + long[:len("x")]: {true, "x"},
	} {
		if got := isAddress(text); got != want.address {
			t.Errorf("%s: taken for an address: %v", text, got)
		}
		if !want.address {
			continue
		}
		got, err := addressed(text)
		if got != want.name || (err == nil) != (want.name != "") || err != nil && diag.ExitCode(err) != diag.ExitUsage {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

var long = strings.Repeat("x", 256)

// attested is a statement about two outputs.
func attested(t *testing.T, outputs ...attest.Output) *attest.Build {
	t.Helper()
	d := digest.Of([]byte("x"))
	return &attest.Build{
		Command: []string{"build"}, Isolation: "namespaces", Root: d, Policy: d,
		Toolchain: attest.Toolchain{Channel: "1.95.0", Release: "1.95.0", Commit: "5980761", Host: "x86_64-unknown-linux-gnu", Layer: d},
		System:    attest.System{Source: "debian 12", Architecture: "amd64", Layer: d},
		Held:      attest.Held{Clock: "fixed", Random: "fixed", CPU: "x86-64", CPUs: 1},
		World:     attest.World{Format: 1, Digest: d}, Tool: attest.Tool{Version: "1"}, Outputs: outputs,
	}
}

// TestAgainstDigests compares a build with what an attestation names, also with what
// was embedded, and with what only one side has.
func TestAgainstDigests(t *testing.T) {
	elf, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip("a program of ours is needed: ", err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"debug/app": elf, "debug/tool": []byte("tool"), "debug/extra": []byte("extra")} {
		if err := os.MkdirAll(filepath.Join(dir, "debug"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	b := attested(t)
	recipe, err := b.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	with, err := attest.Embed(elf, recipe)
	if err != nil {
		t.Fatal(err)
	}
	app, tool, zero := digest.Of(with).Hex(), digest.Of([]byte("tool")).Hex(), strings.Repeat("0", 64)
	b.Outputs = []attest.Output{{Name: "debug/app", SHA256: app, Embedded: true}, {Name: "debug/gone", SHA256: zero}, {Name: "debug/tool", SHA256: zero}}
	var r Report
	a := &Against{From: "x", Attestation: true, named: b}
	if err := a.compare(&r, &built{dir: dir, counted: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Checked{{"debug/app", app, app}, {"debug/gone", zero, ""}, {"debug/tool", zero, tool}}, a.Outputs); diff != "" {
		t.Error(diff)
	}
	want := []Output{{Name: "debug/app", Digest: app, Equal: true}, {Name: "debug/gone"}, {Name: "debug/tool", Digest: tool}}
	if diff := cmp.Diff(want, r.Outputs); diff != "" {
		t.Error(diff)
	}
	if r.Match() {
		t.Error("it matches")
	}
	text := a.text()
	for _, part := range []string{"which nobody signed\n", "there  " + zero + "\n        here   " + tool + "\n", "here   nothing\n"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}

	b.Outputs = []attest.Output{{Name: "release/app", SHA256: app}}
	if err := a.compare(&Report{}, &built{dir: dir, counted: true}); diag.ExitCode(err) != diag.ExitFailed {
		t.Errorf("nothing in common: %v", err)
	}
}

// TestReadNamed: what begins as an attestation does is one or is refused, and nothing
// else is taken for one unless a key is named.
func TestReadNamed(t *testing.T) {
	good, err := attested(t, attest.Output{Name: "debug/app", SHA256: strings.Repeat("0", 64)}).Statement()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text        string
		keys        []string
		attestation bool
		exit        int
	}{
		"statement":            {string(good) + "\n", nil, true, 0},
		"space before":         {"\n " + string(good), nil, true, diag.ExitAttestation}, // not what is written
		"cut":                  {string(good[:len(good)/2]), nil, true, diag.ExitAttestation},
		"nobody signed":        {`{"payload":"","payloadType":"` + attest.PayloadType + `","signatures":[]}`, nil, true, diag.ExitAttestation},
		"a table":              {"[package]", nil, false, 0},
		"program":              {"\x7fELF", nil, false, 0},
		"nothing":              {"", nil, false, 0},
		"program with a key":   {"\x7fELF", []string{key}, true, diag.ExitAttestation},
		"statement with a key": {string(good), []string{key}, true, diag.ExitAttestation},
		"nothing with a key":   {"", []string{key}, true, diag.ExitAttestation},
		"no such key":          {string(good), []string{key + "s"}, true, diag.ExitUsage},
		"no key":               {string(good), []string{filepath.Join(dir, "file")}, true, diag.ExitUsage},
	} {
		file := filepath.Join(dir, "file")
		if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		v := &verification{host: &build.Host{Cwd: dir}, request: Request{Against: file, Keys: c.keys}}
		_, err := v.existing(t.Context())
		if diag.ExitCode(err) != c.exit || v.against.Attestation != c.attestation {
			t.Errorf("%s: an attestation: %v, exit %d: %v", name, v.against.Attestation, diag.ExitCode(err), err)
		}
		if read := v.against.named != nil; read != (c.attestation && c.exit == 0) {
			t.Errorf("%s: read: %v", name, read)
		}
	}
}
