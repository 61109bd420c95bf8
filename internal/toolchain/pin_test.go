package toolchain

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

func TestParsePin(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		want       Pin
	}{
		"release":   {"rust-toolchain.toml", "[toolchain]\nchannel = \"1.95.0\"\n", Pin{Channel: "1.95.0"}},
		"all":       {"rust-toolchain.toml", "[toolchain]\nchannel = \"1.95.0\"\nprofile = \"minimal\"\ncomponents = [\"clippy\"]\ntargets = [\"wasm32-unknown-unknown\"]\n", Pin{Channel: "1.95.0", Components: []string{"clippy"}, Targets: []string{"wasm32-unknown-unknown"}}},
		"nightly":   {"rust-toolchain.toml", "toolchain = { channel = \"nightly-2026-04-16\" }", Pin{Channel: "nightly-2026-04-16"}},
		"beta date": {"rust-toolchain.toml", "toolchain.channel = 'beta-2026-04-16'", Pin{Channel: "beta-2026-04-16"}},
		"beta":      {"rust-toolchain.toml", "toolchain.channel = '1.97.0-beta.3'", Pin{Channel: "1.97.0-beta.3"}},
		"stable":    {"rust-toolchain", "stable-2026-04-16", Pin{Channel: "stable-2026-04-16"}},
		"bare":      {"rust-toolchain", "1.95.0", Pin{Channel: "1.95.0"}},
		"bare line": {"rust-toolchain", "\n  1.95.0 \r\n", Pin{Channel: "1.95.0"}},
		"old name":  {"rust-toolchain", "[toolchain]\nchannel = \"1.95.0\"\n", Pin{Channel: "1.95.0"}},
		"path": {"rust-toolchain.toml", "[toolchain]\npath = \"tools/rust\"\ntargets = [\"wasm32-unknown-unknown\"]\n", Pin{Channel: ByPath, Path: "tools/rust", Targets: []string{"wasm32-unknown-unknown"},
			At: diag.Position{File: "rust-toolchain.toml", Line: 2, Column: 1}}},
		"byte mark": {"rust-toolchain.toml", "\xef\xbb\xbf[toolchain]\r\nchannel = \"1.95.0\"\r\n", Pin{Channel: "1.95.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParsePin(c.file, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			c.want.File = c.file
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParsePinRefuses(t *testing.T) {
	pin := func(channel string) string { return "[toolchain]\nchannel = \"" + channel + "\"\n" }
	for name, c := range map[string]struct {
		file, text string
		exit       int
		message    string
		at         string
	}{
		"stable":            {"rust-toolchain.toml", pin("stable"), diag.ExitPolicy, "`stable` floats", "rust-toolchain.toml:2:1"},
		"beta":              {"rust-toolchain.toml", pin("beta"), diag.ExitPolicy, "`beta` floats", "rust-toolchain.toml:2:1"},
		"nightly":           {"rust-toolchain.toml", pin("nightly"), diag.ExitPolicy, "`nightly` floats", "rust-toolchain.toml:2:1"},
		"minor":             {"rust-toolchain.toml", pin("1.95"), diag.ExitPolicy, "`1.95` floats", "rust-toolchain.toml:2:1"},
		"beta of a release": {"rust-toolchain.toml", pin("1.97.0-beta"), diag.ExitPolicy, "`1.97.0-beta` floats", "rust-toolchain.toml:2:1"},
		"with a host":       {"rust-toolchain.toml", pin("1.95.0-x86_64-unknown-linux-gnu"), diag.ExitPolicy, "floats", "rust-toolchain.toml:2:1"},
		"short date":        {"rust-toolchain.toml", pin("nightly-2026-4-16"), diag.ExitPolicy, "floats", "rust-toolchain.toml:2:1"},
		"two lines":         {"rust-toolchain.toml", pin("1.95.0\\n"), diag.ExitPolicy, "floats", "rust-toolchain.toml:2:1"},
		"a path":            {"rust-toolchain.toml", pin("../1.95.0"), diag.ExitPolicy, "floats", "rust-toolchain.toml:2:1"},
		"behind a comment":  {"rust-toolchain.toml", "# stable is for others\n\n[toolchain] # stable\n  channel = \"stable\"\n", diag.ExitPolicy, "`stable` floats", "rust-toolchain.toml:4:3"},
		"inline":            {"rust-toolchain.toml", "# x\ntoolchain = { components = [\"stable\"],  channel = \"stable\" }\n", diag.ExitPolicy, "`stable` floats", "rust-toolchain.toml:2:41"},
		"bare floating":     {"rust-toolchain", "\n\nnightly\n", diag.ExitPolicy, "`nightly` floats", "rust-toolchain:3"},
		"bare in .toml":     {"rust-toolchain.toml", "1.95.0", diag.ExitFailed, "invalid TOML", "rust-toolchain.toml:1"},
		"two bare lines":    {"rust-toolchain", "1.95.0\n1.96.0\n", diag.ExitFailed, "invalid TOML", "rust-toolchain:1"},
		"path and channel":  {"rust-toolchain.toml", "# path\n[toolchain]\nchannel = \"1.95.0\"\npath = \"/opt/rust\"\n", diag.ExitPolicy, "both a channel and a path", "rust-toolchain.toml:4:1"},
		"empty":             {"rust-toolchain", " \n", diag.ExitPolicy, "no toolchain channel is named", "rust-toolchain"},
		"empty toml":        {"rust-toolchain.toml", "", diag.ExitPolicy, "no toolchain channel is named", "rust-toolchain.toml"},
		"empty channel":     {"rust-toolchain.toml", pin(""), diag.ExitPolicy, "no toolchain channel is named", "rust-toolchain.toml"},
		"no channel":        {"rust-toolchain.toml", "[toolchain]\ncomponents = [\"clippy\"]\n", diag.ExitPolicy, "no toolchain channel is named", "rust-toolchain.toml"},
		"another table":     {"rust-toolchain.toml", "[Toolchain]\nchannel = \"1.95.0\"\n", diag.ExitPolicy, "no toolchain channel is named", "rust-toolchain.toml"},
		"not a string":      {"rust-toolchain.toml", "[toolchain]\nchannel = 1.95\n", diag.ExitFailed, "", "rust-toolchain.toml:2"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParsePin(c.file, []byte(c.text))
			d, ok := errors.AsType[*diag.Diagnostic](err)
			if !ok {
				t.Fatalf("%+v, %v", got, err)
			}
			if d.Exit != c.exit || !strings.Contains(d.Message, c.message) {
				t.Errorf("exit code %d and %q, want %d and %q", d.Exit, d.Message, c.exit, c.message)
			}
			if len(d.At) != 1 || !strings.HasPrefix(d.At[0].String(), c.at) {
				t.Errorf("at %v, want %s", d.At, c.at)
			}
			if c.exit == diag.ExitPolicy && !strings.Contains(d.Help, "1.95.0") {
				t.Errorf("no help: %q", d.Help)
			}
		})
	}
}

// What init writes is what ParsePin takes.
func TestEncode(t *testing.T) {
	pin, err := ParsePin("rust-toolchain.toml", Encode("1.95.0"))
	if err != nil || pin.Channel != "1.95.0" {
		t.Errorf("%+v, %v", pin, err)
	}
}

func FuzzParsePin(f *testing.F) {
	f.Add([]byte("1.95.0\n"), false)
	f.Add([]byte("[toolchain]\nchannel = \"nightly-2026-04-16\"\ncomponents = [\"x\"]\n"), true)
	f.Add([]byte("[toolchain]\npath = \"x\"\n"), true)
	f.Fuzz(func(t *testing.T, data []byte, toml bool) {
		file := "rust-toolchain"
		if toml {
			file += ".toml"
		}
		pin, err := ParsePin(file, data)
		if err == nil && !Exact(pin.Channel) && (pin.Channel != ByPath || pin.Path == "") {
			t.Errorf("%q is not exact", pin.Channel)
		}
		if err != nil && pin.Channel != "" {
			t.Errorf("%+v beside %v", pin, err)
		}
		if d, ok := errors.AsType[*diag.Diagnostic](err); err != nil && (!ok || len(d.At) == 0 || d.At[0].File != file) {
			t.Errorf("no place: %v", err)
		}
	})
}

func TestPinMissing(t *testing.T) {
	const triple = "x86_64-unknown-linux-gnu"
	has := []string{"cargo-" + triple, "clippy-preview-" + triple, "rust-src", "rust-std-" + triple, "rust-std-wasm32-wasip1", "rustc-" + triple}
	for name, c := range map[string]struct {
		pin  Pin
		want string
	}{
		"nothing":       {Pin{}, ""},
		"all there":     {Pin{Components: []string{"clippy", "rust-src", "cargo"}, Targets: []string{"wasm32-wasip1", triple}}, ""},
		"component":     {Pin{Components: []string{"clippy", "miri"}}, "miri"},
		"target":        {Pin{Targets: []string{"wasm32-unknown-unknown"}}, "wasm32-unknown-unknown"},
		"documentation": {Pin{Components: []string{"rust-docs", "rust-analyzer"}}, ""},
	} {
		if got := c.pin.Missing(has, triple); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
