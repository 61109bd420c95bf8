//go:build unix

package toolchain

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

const host = "-x86_64-unknown-linux-gnu"

func TestInspectReal(t *testing.T) {
	dir := real(t)
	r := newRustup(t)
	r.link("mine", dir)
	got, err := Inspect(t.Context(), "mine", r.dir("mine"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(dir, "bin", "rustc"), "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "mine" || got.Dir != dir || len(got.Commit) != 40 ||
		!strings.HasPrefix(string(out), "rustc "+got.Release+" ("+got.Commit[:9]) {
		t.Errorf("%+v is not %s", got, out)
	}
	if !slices.IsSorted(got.Components) || !got.has("rustc") || !got.has("cargo") || !got.has("rust-std-"+got.Host) || got.has("no-such") {
		t.Errorf("components %v", got.Components)
	}
	if len(got.Date) != len("2026-04-16") {
		t.Errorf("date %q", got.Date)
	}
	if !Exact(got.Channel()) || !got.is(got.Channel()) {
		t.Errorf("%q does not name it", got.Channel())
	}
}

// rustc learns nothing of the caller.
func TestInspectEnvironment(t *testing.T) {
	t.Setenv("LEAK", "leaked")
	r := newRustup(t)
	r.write(filepath.Join(r.dir("x"), "bin", "rustc"), "#!/bin/sh\necho release: 1.0.${LEAK-0}\necho host: `pwd`\n", 0o755)
	got, err := Inspect(t.Context(), "x", r.dir("x"))
	if err != nil || got.Release != "1.0.0" || got.Host != "/" {
		t.Errorf("%+v, %v", got, err)
	}
	if got != nil && (got.Components != nil || got.Date != "") {
		t.Errorf("%+v was not installed by rustup", got)
	}
}

func TestInspectBroken(t *testing.T) {
	r := newRustup(t)
	r.write(filepath.Join(r.dir("silent"), "bin", "rustc"), "#!/bin/sh\nexit 0\n", 0o755)
	r.write(filepath.Join(r.dir("fails"), "bin", "rustc"), "#!/bin/sh\necho release: 1.0.0\necho host: h\nexit 1\n", 0o755)
	r.write(filepath.Join(r.dir("garbage"), "bin", "rustc"), "\x7fELF and nothing more", 0o755)
	r.write(filepath.Join(r.dir("not executable"), "bin", "rustc"), "#!/bin/sh\necho release: 1.0.0\n", 0o644)
	r.write(filepath.Join(r.dir("empty"), "x"), "", 0o644)
	r.link("dangling", "nowhere")
	for _, name := range []string{"silent", "fails", "garbage", "not executable", "empty", "dangling", "absent"} {
		if got, err := Inspect(t.Context(), name, r.dir(name)); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestFind(t *testing.T) {
	dir := real(t)
	r := newRustup(t)
	r.link("aaa", dir) // a name that tells nothing
	inspected, err := Inspect(t.Context(), "aaa", r.dir("aaa"))
	if err != nil {
		t.Fatal(err)
	}
	channel := inspected.Channel()
	r.link(channel+host, dir) // the same one again
	r.talks("1.60.0"+host, "1.60.0", "2022-04-07")
	r.write(filepath.Join(r.dir("broken"), "bin", "rustc"), "\x7fELF and nothing more", 0o755)
	r.link("dangling", "nowhere")
	r.write(r.dir("update-hashes"), "a file", 0o644)
	pin := Pin{File: "rust-toolchain.toml", Channel: channel}
	found, err := Find(t.Context(), r.home, pin)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Name != channel+host || found[0].Dir != dir {
		t.Errorf("%+v", found)
	}
	pin = Pin{File: "rust-toolchain.toml", Channel: "1.2.3", Components: []string{"clippy", "rust-src"}, Targets: []string{"wasm32-wasip1"}}
	_, err = Find(t.Context(), r.home, pin)
	d, ok := errors.AsType[*diag.Diagnostic](err)
	if !ok {
		t.Fatalf("%v", err)
	}
	want := &diag.Diagnostic{
		Exit:    diag.ExitFailed,
		Message: "Rust 1.2.3 is not installed",
		Notes: []string{
			"it is pinned in `rust-toolchain.toml`",
			"rustup has: 1.60.0, " + inspected.Release + ", broken (does not run here), dangling (does not run here), update-hashes (does not run here)",
		},
		Help: "rustup toolchain install 1.2.3 --profile minimal --component clippy --component rust-src --target wasm32-wasip1",
	}
	if !strings.HasPrefix(channel, "1.") { // the order of the list follows the names
		t.Skip("the first toolchain is no release")
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFindDated(t *testing.T) {
	r := newRustup(t)
	r.talks("nightly"+host, "1.97.0-nightly", "2026-05-20")
	r.talks("nightly-2026-04-16"+host, "1.97.0-nightly", "2026-04-16")
	r.talks("mine", "1.97.0-nightly", "2026-04-16")                // whose it is nobody knows
	r.talks("beta-2026-04-16"+host, "1.96.0-beta.2", "2026-04-16") // of the same day
	r.talks("1.96.0"+host, "1.96.0", "2026-04-16")
	for channel, want := range map[string][]string{
		"nightly-2026-04-16": {"nightly-2026-04-16" + host},
		"nightly-2026-05-20": {"nightly" + host}, // the name floats, the date does not
		"nightly-2026-05-21": nil,
		"beta-2026-04-16":    {"beta-2026-04-16" + host},
		"1.96.0-beta.2":      {"beta-2026-04-16" + host},
		"1.96.0":             {"1.96.0" + host},
		"1.96.1":             nil,
	} {
		found, err := Find(t.Context(), r.home, Pin{Channel: channel})
		var got []string
		for _, f := range found {
			got = append(got, f.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (want != nil) {
			t.Errorf("%s: %v (-want +got):\n%s", channel, err, diff)
		}
	}
}

func TestFindNothing(t *testing.T) {
	for _, home := range []string{t.TempDir(), filepath.Join(t.TempDir(), "absent")} {
		_, err := Find(t.Context(), home, Pin{Channel: "1.95.0"})
		d, ok := errors.AsType[*diag.Diagnostic](err)
		if !ok || d.Exit != diag.ExitFailed || d.Help != "rustup toolchain install 1.95.0 --profile minimal" {
			t.Fatalf("%v", err)
		}
		if diff := cmp.Diff([]string{"rustup has no toolchain at all; cargo-hermetic takes toolchains from rustup"}, d.Notes); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// An interrupted search does not say that nothing is installed.
func TestFindInterrupted(t *testing.T) {
	r := newRustup(t)
	r.talks("1.95.0"+host, "1.95.0", "2026-04-16")
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if found, err := Find(ctx, r.home, Pin{Channel: "1.95.0"}); !errors.Is(err, stop) {
		t.Errorf("%v, %v", found, err)
	}
}

func TestActive(t *testing.T) {
	r := newRustup(t)
	r.talks("1.95.0"+host, "1.95.0", "2026-04-16")
	r.talks("nightly"+host, "1.97.0-nightly", "2026-05-20")
	r.talks("nightly-2026-04-16"+host, "1.96.0-nightly", "2026-04-16")
	r.talks("mine", "1.50.0", "")
	r.write(filepath.Join(r.dir("broken"), "bin", "rustc"), "no", 0o755)
	r.write(filepath.Join(r.home, "settings.toml"), `version = "12"
default_toolchain = "1.95.0`+host+`"
[overrides]
"/work" = "nightly"
"/work/deep" = "mine"
"/gone" = "1.94.0"
"/broken" = "broken"
`, 0o644)
	for name, c := range map[string]struct{ variable, dir, want, message string }{
		"default":             {"", "/elsewhere", "1.95.0" + host, ""},
		"override":            {"", "/work", "nightly" + host, ""},
		"override above":      {"", "/work/a/b", "nightly" + host, ""},
		"nearest override":    {"", "/work/deep/a", "mine", ""},
		"no override":         {"", "/workshop", "1.95.0" + host, ""},
		"variable":            {"nightly", "/work/deep", "nightly" + host, ""},
		"whole name":          {"nightly" + host, "/", "nightly" + host, ""},
		"dated":               {"nightly-2026-04-16", "/", "nightly-2026-04-16" + host, ""},
		"linked":              {"mine", "/", "mine", ""},
		"absolute":            {r.dir("mine"), "/", "mine", ""},
		"not installed":       {"", "/gone", "", "the active Rust toolchain `1.94.0` is not installed"},
		"part of a name":      {"1.95", "/", "", "the active Rust toolchain `1.95` is not installed"},
		"absolute and absent": {"/nowhere/rust", "/", "", "no such file"},
		"broken":              {"", "/broken", "", "asking the toolchain `broken` for its version"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Active(t.Context(), r.home, c.variable, c.dir)
			switch {
			case c.message != "" && (err == nil || !strings.Contains(err.Error(), c.message)):
				t.Errorf("%+v, %v, want %q", got, err, c.message)
			case c.message == "" && err != nil:
				t.Error(err)
			case c.message == "" && got.Name != c.want:
				t.Errorf("%s, want %s", got.Name, c.want)
			}
		})
	}
}

func TestActiveNothing(t *testing.T) {
	r := newRustup(t)
	for _, settings := range []string{"", "version = \"12\"\n"} {
		if settings != "" {
			r.write(filepath.Join(r.home, "settings.toml"), settings, 0o644)
		}
		_, err := Active(t.Context(), r.home, "", "/work")
		if d, ok := errors.AsType[*diag.Diagnostic](err); !ok || d.Message != "no Rust toolchain is active" || d.Help != "rustup default stable" {
			t.Errorf("%v", err)
		}
	}
	r.write(filepath.Join(r.home, "settings.toml"), "default_toolchain = [", 0o644)
	if _, err := Active(t.Context(), r.home, "", "/work"); err == nil || !strings.Contains(err.Error(), "settings.toml:1") {
		t.Errorf("broken settings: %v", err)
	}
}
