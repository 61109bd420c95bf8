package attest

import (
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

// sample is a build with something in every field.
func sample() *Build {
	layer := func(name string) digest.Digest { return digest.Of([]byte(name)) }
	return &Build{
		Command:   []string{"build", "--release", "--config", `key = "a\tb"`},
		Dir:       "crates/app",
		Isolation: "namespaces",
		Flags:     []string{"--allow-env", "APP_CHANNEL"},
		Env:       []Variable{{"ZONE", ""}, {"APP_CHANNEL", "prüfung \u2028<&>\x01\n"}},
		Root:      layer("root"),
		Git:       &Git{Remote: "https://example.com/app.git", Commit: strings.Repeat("ab", 20), Path: "rust", Clean: true},
		Toolchain: Toolchain{
			Channel: "1.95.0", Release: "1.95.0", Commit: "59807616e1", Host: "x86_64-unknown-linux-gnu",
			Components: []string{"rustc", "cargo", "rust-std-x86_64-unknown-linux-gnu"}, Layer: layer("toolchain"),
		},
		System: System{
			Source: "debian 12", Architecture: "amd64", Requested: []string{"libc6-dev", "gcc"},
			Packages: []Package{{"libstdc++6", "12.2.0-14+deb12u1"}, {"gcc-12", "12.2.0-14"}, {"libc6:i386", "2:2.36-9~x"}},
			Layer:    layer("system"),
		},
		Vendored: layer("crates"),
		Crates: []Crate{
			{Name: "wobble", Version: "0.1.0+git", Git: "https://example.com/w.git?branch=main", Commit: strings.Repeat("cd", 20)},
			{Name: "anyhow", Version: "1.0.98", Checksum: strings.Repeat("12", 32)},
			{Name: "anyhow", Version: "1.0.98", Registry: "sparse+https://example.com/index/", Checksum: strings.Repeat("34", 32)},
		},
		Policy: layer("policy"),
		Held:   Held{Clock: "fixed", Epoch: 946684800, Random: "fixed", CPU: "x86-64", CPUs: 4},
		World:  World{Format: 2, Digest: layer("world")},
		Tool:   Tool{Version: "0.1.0", Digest: layer("tool")},
		Outputs: []Output{
			{Name: "release/libapp.so", SHA256: strings.Repeat("56", 32)},
			{Name: "release/app", SHA256: strings.Repeat("78", 32), Embedded: true},
		},
	}
}

// least is a build with as little as a build can have.
func least() *Build {
	b := sample()
	b.Command, b.Dir, b.Flags, b.Env, b.Git, b.Vendored, b.Crates = []string{"build"}, "", nil, nil, nil, digest.Digest{}, nil
	b.Toolchain.Components, b.System.Requested, b.System.Packages = nil, nil, nil
	b.Tool.Digest, b.Held = digest.Digest{}, Held{Clock: "real", Random: "real", CPU: "host"}
	b.Outputs = b.Outputs[:1]
	return b
}

// filed is the sample with downloads, which need the second build type.
func filed() *Build {
	b := sample()
	b.Downloads = []Download{
		{"https://example.com/model.bin?v=2&x=%20", strings.Repeat("9a", 32)},
		{"file:third-party/root", strings.Repeat("bc", 32)},
		{"https://example.com/model.bin?v=2&x=%20", strings.Repeat("01", 32)},
	}
	return b
}

// statement is the statement of a build that is fine.
func statement(t testing.TB, b *Build) []byte {
	t.Helper()
	data, err := b.Statement()
	if err != nil {
		t.Fatal(err)
	}
	return data
}
