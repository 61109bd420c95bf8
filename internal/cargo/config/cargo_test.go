package config

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// program is the toolchain's own cargo.
var program = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("rustup", "which", "cargo").Output()
	return strings.TrimSpace(string(out)), err
})

// cargo runs the toolchain's own cargo in a directory, with CARGO_HOME in `home`
// below it and nothing of the environment. `cargo config` is unstable in 1.95.
func cargo(t *testing.T, top string, variables []string, args ...string) (string, error) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Skipf("there is no cargo to compare with: %v", err)
	}
	command := exec.Command(path, append([]string{"-Zunstable-options"}, args...)...)
	home := filepath.Join(top, "home")
	command.Dir = top
	command.Env = append([]string{"RUSTC_BOOTSTRAP=1", "CARGO_HOME=" + home, "HOME=" + home, "PATH=" + os.Getenv("PATH")}, variables...)
	out, err := command.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		err = fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return string(out), err
}

// of gives a part of the configuration another kind.
func of(kind Kind, v *Value) *Value {
	v.Kind = kind
	for _, below := range v.Table {
		of(kind, below)
	}
	for _, element := range v.List {
		of(kind, element)
	}
	return v
}

// What `--config` says is merged first, later over earlier, and then with force
// over what the files say. One key a case: see the comment in the book's cases.
func TestCommandLine(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		flags []string
	}{
		"a scalar":                {"k.s = \"file\"\n", []string{"k.s = 1"}},
		"the last scalar":         {"k.s = \"file\"\n", []string{"k.s = 1", "k.s = 2"}},
		"a new key":               {"k.s = \"file\"\n", []string{"n.s = true"}},
		"a list goes behind":      {"k.l = [\"file\"]\n", []string{"k.l = [\"flag\"]"}},
		"lists in their order":    {"k.l = [\"file\"]\n", []string{"k.l = [\"first\"]", "k.l = [\"second\"]"}},
		"a program is replaced":   {"doc.browser = [\"file\", \"arg\"]\n", []string{"doc.browser = [\"flag\"]"}},
		"a list against a scalar": {"k.s = \"file\"\n", []string{"k.s = [1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			top := plant(t, map[string]string{".cargo/config.toml": c.file})
			all, err := load(top, ".cargo/config.toml")
			if err != nil {
				t.Fatal(err)
			}
			flags, args := &Value{Definition: Definition{Kind: CommandLine}, Table: map[string]*Value{}}, []string{}
			for _, flag := range c.flags {
				v, err := Parse("--config", []byte(flag))
				if err != nil {
					t.Fatal(err)
				}
				if err := flags.Merge(of(CommandLine, v), true); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--config", flag)
			}
			err = all.Merge(flags, true)
			out, theirs := cargo(t, top, nil, append(args, "config", "get", "--format", "json")...)
			if (err == nil) != (theirs == nil) {
				t.Fatalf("ours %v, cargo's %v", err, theirs)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(plain(t, out), plain(t, jsonOf(t, all))); diff != "" {
				t.Errorf("(-cargo +ours):\n%s", diff)
			}
		})
	}
}

// The names of variables are those under which cargo looks for a key: what it
// finds there beats a file.
func TestVariableOfCargo(t *testing.T) {
	for key, file := range map[string]string{
		"build.jobs":                             "1",
		"build.target-dir":                       "\"file\"",
		"net.git-fetch-with-cli":                 "false",
		"target.x86_64-unknown-linux-gnu.runner": "\"file\"",
		"registries.my-registry.index":           "\"file\"",
		"profile.release-small.inherits":         "\"file\"",
	} {
		t.Run(key, func(t *testing.T) {
			top := plant(t, map[string]string{".cargo/config.toml": key + " = " + file + "\n"})
			value := map[string]string{"1": "7", "false": "true", "\"file\"": "environment"}[file]
			out, err := cargo(t, top, []string{Variable(strings.Split(key, ".")) + "=" + value}, "config", "get", "--format", "json-value", key)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Trim(strings.TrimSpace(out), "\""); got != value {
				t.Errorf("%s: cargo says %s, want %s", key, got, value)
			}
		})
	}
}

// Two types of one key are refused with both places.
func TestClashPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		near, far string
		want      []diag.Position
	}{
		"a scalar and a table": {"\n[k]\nx.y = 1\n", "[k]\n\n[k.x.y]\nz = 1\n", []diag.Position{{File: "near", Line: 3, Column: 3}, {File: "far", Line: 3, Column: 6}}},
		"a list and a scalar":  {"k = [1]\n", "a = 1\n  k = 1\n", []diag.Position{{File: "near", Line: 1, Column: 1}, {File: "far", Line: 2, Column: 3}}},
		"a table and a list":   {"k.a = 1\n", "k = [{ a = 1 }]\n", []diag.Position{{File: "near", Line: 1, Column: 1}, {File: "far", Line: 1, Column: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			near, err := Parse("near", []byte(c.near))
			if err != nil {
				t.Fatal(err)
			}
			far, err := Parse("far", []byte(c.far))
			if err != nil {
				t.Fatal(err)
			}
			clash, ok := near.Merge(far, false).(*diag.Diagnostic)
			if !ok {
				t.Fatal("no clash")
			}
			if diff := cmp.Diff(c.want, clash.At); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			top := plant(t, map[string]string{".cargo/config.toml": c.near, "home/config.toml": c.far})
			if out, err := cargo(t, top, nil, "config", "get"); err == nil {
				t.Errorf("cargo accepts it: %s", out)
			}
		})
	}
}
