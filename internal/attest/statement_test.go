package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: whoever has signed one of these cannot compare any more: %s", name, diff)
	}
}

// TestGolden holds the bytes still for ever. A difference is a new build type,
// not a new golden file.
func TestGolden(t *testing.T) {
	golden(t, "statement.json", statement(t, sample()))
	golden(t, "least.json", statement(t, least()))
	golden(t, "downloads.json", statement(t, filed()))
	recipe, err := sample().Recipe()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "recipe.txt", []byte(recipe.String()+"\n"))
}

func equalBuilds(want, got *Build) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b digest.Digest) bool { return a == b }))
}

func TestStatementRoundTrip(t *testing.T) {
	for name, b := range map[string]*Build{"sample": sample(), "least": least(), "downloads": filed()} {
		got, err := ParseStatement(statement(t, b))
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := equalBuilds(b.normal(), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestStatementOrder shows that the order in which a build was collected does
// not count, and that the caller's lists stay as they are.
func TestStatementOrder(t *testing.T) {
	want := statement(t, sample())
	shuffled := sample()
	for range 20 {
		rand.Shuffle(len(shuffled.Env), func(i, j int) { shuffled.Env[i], shuffled.Env[j] = shuffled.Env[j], shuffled.Env[i] })
		rand.Shuffle(len(shuffled.Crates), func(i, j int) { shuffled.Crates[i], shuffled.Crates[j] = shuffled.Crates[j], shuffled.Crates[i] })
		p := shuffled.System.Packages
		rand.Shuffle(len(p), func(i, j int) { p[i], p[j] = p[j], p[i] })
		o := shuffled.Outputs
		rand.Shuffle(len(o), func(i, j int) { o[i], o[j] = o[j], o[i] })
		before := strings.Join([]string{shuffled.Crates[0].Version, p[0].Name, o[0].Name}, " ")
		if diff := cmp.Diff(string(want), string(statement(t, shuffled))); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(before, strings.Join([]string{shuffled.Crates[0].Version, p[0].Name, o[0].Name}, " ")); diff != "" {
			t.Fatal("the caller's lists were sorted:", diff)
		}
	}
}

// TestEveryFieldCounts changes each field of a build and asks for another
// statement and, unless it is an output, another recipe.
func TestEveryFieldCounts(t *testing.T) {
	other := digest.Of([]byte("other"))
	plain, err := sample().Recipe()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Build){
		"command": func(b *Build) { b.Command = []string{"build"} }, "dir": func(b *Build) { b.Dir = "" },
		"isolation": func(b *Build) { b.Isolation = "landlock" }, "flags": func(b *Build) { b.Flags = nil },
		"env name": func(b *Build) { b.Env[0].Name = "Z" }, "env value": func(b *Build) { b.Env[0].Value = "x" },
		"root": func(b *Build) { b.Root = other }, "no git": func(b *Build) { b.Git = nil },
		"remote": func(b *Build) { b.Git.Remote = "" }, "commit": func(b *Build) { b.Git.Commit = strings.Repeat("0", 64) },
		"path": func(b *Build) { b.Git.Path = "" }, "clean": func(b *Build) { b.Git.Clean = false },
		"channel": func(b *Build) { b.Toolchain.Channel = "1.95.1" }, "release": func(b *Build) { b.Toolchain.Release = "1.95.1" },
		"rust commit": func(b *Build) { b.Toolchain.Commit = "0" }, "host": func(b *Build) { b.Toolchain.Host = "h" },
		"components": func(b *Build) { b.Toolchain.Components = nil }, "toolchain": func(b *Build) { b.Toolchain.Layer = other },
		"image": func(b *Build) { b.System.Image = "x@sha256:1" }, "source": func(b *Build) { b.System.Source = "debian 13" },
		"architecture": func(b *Build) { b.System.Architecture = "arm64" }, "requested": func(b *Build) { b.System.Requested = nil },
		"packages": func(b *Build) { b.System.Packages = nil }, "package": func(b *Build) { b.System.Packages[0].Version = "1" },
		"system": func(b *Build) { b.System.Layer = other }, "vendored": func(b *Build) { b.Vendored = other },
		"crate": func(b *Build) { b.Crates[1].Checksum = strings.Repeat("0", 64) }, "registry": func(b *Build) { b.Crates[2].Registry = "r" },
		"crate git": func(b *Build) { b.Crates[0].Git = "g" }, "crate commit": func(b *Build) { b.Crates[0].Commit = strings.Repeat("0", 40) },
		"download":       func(b *Build) { b.Downloads = []Download{{"https://example.com/a", strings.Repeat("0", 64)}} },
		"local download": func(b *Build) { b.Downloads = []Download{{"file:a", strings.Repeat("0", 64)}} },
		"policy":         func(b *Build) { b.Policy = other }, "clock": func(b *Build) { b.Held.Clock = "real" },
		"epoch": func(b *Build) { b.Held.Epoch++ }, "random": func(b *Build) { b.Held.Random = "real" },
		"cpu": func(b *Build) { b.Held.CPU = "host" }, "cpus": func(b *Build) { b.Held.CPUs = 0 },
		"world": func(b *Build) { b.World.Digest = other }, "format": func(b *Build) { b.World.Format = 3 },
		"version": func(b *Build) { b.Tool.Version = "2" }, "tool": func(b *Build) { b.Tool.Digest = other },
		"output": func(b *Build) { b.Outputs[0].SHA256 = strings.Repeat("0", 64) }, "outputs": func(b *Build) { b.Outputs = b.Outputs[1:] },
		"output embedded": func(b *Build) { b.Outputs[0].Embedded = true },
	} {
		b := sample()
		change(b)
		if bytes.Equal(statement(t, b), statement(t, sample())) {
			t.Errorf("%s: the same statement", name)
		}
		recipe, err := b.Recipe()
		if err != nil {
			t.Fatal(name, err)
		}
		if want := strings.HasPrefix(name, "output"); want != (recipe == plain) {
			t.Errorf("%s: the recipe is the same: %v", name, recipe == plain)
		}
	}
}

// TestImpossible lists builds that cannot have been, which are refused both when
// they are written and, where they can be written at all, when they are read.
func TestImpossible(t *testing.T) {
	for name, change := range map[string]func(*Build){
		"no command": func(b *Build) { b.Command = nil }, "argument": func(b *Build) { b.Command[0] = "a\x00" },
		"argument bytes": func(b *Build) { b.Command[0] = "\xff" }, "dir": func(b *Build) { b.Dir = "../x" },
		"isolation": func(b *Build) { b.Isolation = "" }, "flag": func(b *Build) { b.Flags[0] = "\xff" },
		"variable name": func(b *Build) { b.Env[0].Name = "A=B" }, "variable twice": func(b *Build) { b.Env[1].Name = b.Env[0].Name },
		"variable value": func(b *Build) { b.Env[0].Value = "\xc3" }, "root": func(b *Build) { b.Root = digest.Digest{} },
		"commit": func(b *Build) { b.Git.Commit = "HEAD" }, "short commit": func(b *Build) { b.Git.Commit = "abcdef1" },
		"remote": func(b *Build) { b.Git.Remote = "a\nb" }, "git path": func(b *Build) { b.Git.Path = "/x" },
		"channel": func(b *Build) { b.Toolchain.Channel = "a\x1b[2J" }, "toolchain": func(b *Build) { b.Toolchain.Layer = digest.Digest{} },
		"components": func(b *Build) { b.Toolchain.Components = []string{"a", "a"} }, "system": func(b *Build) { b.System.Layer = digest.Digest{} },
		"package": func(b *Build) { b.System.Packages[0].Version = "" }, "package twice": func(b *Build) { b.System.Packages[0] = b.System.Packages[1] },
		"crate twice": func(b *Build) { b.Crates = append(b.Crates, b.Crates[1]) }, "crate without checksum": func(b *Build) { b.Crates[1].Checksum = "" },
		"crate upper case": func(b *Build) { b.Crates[1].Checksum = strings.Repeat("AB", 32) }, "crate both": func(b *Build) { b.Crates[0].Checksum = strings.Repeat("0", 64) },
		"crate name": func(b *Build) { b.Crates[0].Name = "" }, "policy": func(b *Build) { b.Policy = digest.Digest{} },
		"world": func(b *Build) { b.World.Digest = digest.Digest{} }, "world format": func(b *Build) { b.World.Format = 0 },
		"cpus": func(b *Build) { b.Held.CPUs = -1 }, "epoch": func(b *Build) { b.Held.Epoch = 1 << 60 },
		"tool": func(b *Build) { b.Tool.Version = "" }, "no outputs": func(b *Build) { b.Outputs = nil },
		"output name": func(b *Build) { b.Outputs[0].Name = "../../x" }, "absolute output": func(b *Build) { b.Outputs[0].Name = "/x" },
		"output twice": func(b *Build) { b.Outputs[1].Name = b.Outputs[0].Name }, "output hash": func(b *Build) { b.Outputs[0].SHA256 = "12" },
		"output escapes":        func(b *Build) { b.Outputs[0].Name = "a\x1b[31m" },
		"remote like a package": func(b *Build) { b.Git.Remote = "pkg:cargo/x" },
		"download scheme":       func(b *Build) { b.Downloads[0].URL = "ftp://example.com/a" }, "download escapes": func(b *Build) { b.Downloads[0].URL += "\x1b" },
		"download like a package": func(b *Build) { b.Downloads[0].URL = "pkg:cargo/x" }, "download nowhere": func(b *Build) { b.Downloads[1].URL = "file:" },
		"download twice": func(b *Build) { b.Downloads[0] = b.Downloads[1] }, "download hash": func(b *Build) { b.Downloads[0].SHA256 = "" },
	} {
		b := filed()
		change(b)
		if data, err := b.Statement(); err == nil {
			t.Errorf("%s: written as %s", name, data)
		}
		if strings.Contains(name, "bytes") || name == "flag" || name == "variable value" || name == "crate both" {
			continue // not UTF-8, or two answers where there is room for one: no bytes say it
		}
		_, err := ParseStatement(b.normal().encode())
		if !errors.Is(err, ErrForm) || diag.ExitCode(err) != diag.ExitAttestation {
			t.Errorf("%s: read with %v", name, err)
		}
	}
}

// TestStatementIsJSON lets another encoder say what the bytes mean.
func TestStatementIsJSON(t *testing.T) {
	var v map[string]any
	if err := json.Unmarshal(statement(t, sample()), &v); err != nil {
		t.Fatal(err)
	}
	env := at2(v, "predicate", "buildDefinition", "externalParameters", "environment").([]any)
	want := []any{
		map[string]any{"name": "APP_CHANNEL", "value": "prüfung \u2028<&>\x01\n"},
		map[string]any{"name": "ZONE", "value": ""},
	}
	if diff := cmp.Diff(want, env); diff != "" {
		t.Error(diff)
	}
}

func at2(v any, path ...string) any {
	for _, key := range path {
		v = v.(map[string]any)[key]
	}
	return v
}
