//go:build !windows

package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cargo-hermetic/cargo-hermetic/internal/digest"
	"github.com/cargo-hermetic/cargo-hermetic/internal/store"
	"github.com/cargo-hermetic/cargo-hermetic/internal/world"
)

// TestReuseBase: what configures cargo is in the base, and nothing that a user
// changes from command to command.
func TestReuseBase(t *testing.T) {
	plan := func(dir string, args ...string) world.World {
		return world.Plan(world.Inputs{Isolation: "namespaces", Dir: dir, Cargo: append([]string{"build"}, args...)})
	}
	entry := func(path, content string) store.TreeEntry {
		return store.TreeEntry{Node: digest.Node{Path: path, Kind: digest.File, Content: digest.Of([]byte(content))}}
	}
	plain := reuseBase(plan("."), store.Tree{}, nil)
	runner := `--config=target.x86_64-unknown-linux-gnu.runner="` + world.Runner + `"`
	for name, got := range map[string]digest.Digest{
		"release":       reuseBase(plan(".", "--release"), store.Tree{}, nil),
		"directory":     reuseBase(plan("sub"), store.Tree{}, nil),
		"features":      reuseBase(plan(".", "--features=a", "-p", "x"), store.Tree{}, nil),
		"run":           reuseBase(plan(".", runner), store.Tree{}, nil),
		"sources":       reuseBase(plan("."), store.Tree{Entries: []store.TreeEntry{entry("src/main.rs", "x"), entry("config.toml", "x"), entry(".cargo/other.toml", "x")}}, nil),
		"another's dir": reuseBase(plan("."), store.Tree{Entries: []store.TreeEntry{entry("x.cargo/config.toml", "x")}}, nil),
	} {
		if got != plain {
			t.Errorf("%s changes the base", name)
		}
	}
	config := func(path, content string) store.Tree {
		return store.Tree{Entries: []store.TreeEntry{entry(path, content)}}
	}
	seen := map[digest.Digest]string{plain: "nothing"}
	for name, got := range map[string]digest.Digest{
		"a setting":            reuseBase(plan(".", "--config=build.rustflags=['-g']"), store.Tree{}, nil),
		"another setting":      reuseBase(plan(".", "--config=build.rustflags=['-O']"), store.Tree{}, nil),
		"unstable":             reuseBase(plan(".", "-Zbuild-std"), store.Tree{}, nil),
		"jobs":                 reuseBase(plan(".", "--jobs=2"), store.Tree{}, nil),
		"configuration":        reuseBase(plan("."), config(".cargo/config.toml", "a"), nil),
		"other configuration":  reuseBase(plan("."), config(".cargo/config.toml", "b"), nil),
		"the other name":       reuseBase(plan("."), config(".cargo/config", "a"), nil),
		"deeper configuration": reuseBase(plan("."), config("sub/.cargo/config.toml", "a"), nil),
		"from deeper":          reuseBase(plan("sub"), config("sub/.cargo/config.toml", "a"), nil),
		"another world":        reuseBase(world.Plan(world.Inputs{Isolation: "namespaces", System: digest.Of(nil), SystemTop: []world.Top{{Name: "usr"}}, Cargo: []string{"build"}}), store.Tree{}, nil),
	} {
		if other, taken := seen[got]; taken {
			t.Errorf("%s has the base of %s", name, other)
		}
		seen[got] = name
	}
	if reuseBase(plan("sub"), config(".cargo/config.toml", "a"), nil) != reuseBase(plan("."), config(".cargo/config.toml", "a"), nil) {
		t.Error("the configuration of the root counts by where cargo starts")
	}
}

// TestForgetUnitsAsCargo: real cargo compiles a forgotten package from nothing.
// Its build script keeps what it made once, as many do, and cargo never empties
// OUT_DIR; a fresh checkout would have made it of the new data.
func TestForgetUnitsAsCargo(t *testing.T) {
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		t.Skip("there is no cargo to build with")
	}
	root := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(root, name), []byte(content), 0o644))
	}
	build := func() string {
		t.Helper()
		cmd := exec.Command(cargo, "build", "--offline", "--quiet", "--target-dir=target")
		cmd.Dir = root
		for _, kv := range os.Environ() {
			if !strings.HasPrefix(kv, "RUSTC") && !strings.HasPrefix(kv, "RUSTFLAGS") && !strings.HasPrefix(kv, "CARGO_BUILD_") && !strings.HasPrefix(kv, "CARGO_PROFILE_") {
				cmd.Env = append(cmd.Env, kv)
			}
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := exec.Command(filepath.Join(root, "target", "debug", "p")).Output()
		must(t, err)
		return strings.TrimSpace(string(out))
	}
	write("Cargo.toml", "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nd = { path = \"d\" }\n[workspace]\n")
	write("d/Cargo.toml", "[package]\nname = \"d\"\nversion = \"0.1.0\"\nedition = \"2021\"\n")
	write("d/src/lib.rs", "")
	write("src/main.rs", `fn main() { println!("{}", include_str!(concat!(env!("OUT_DIR"), "/made"))) }`)
	write("build.rs", `fn main() {
    println!("cargo:rerun-if-changed=data");
    let made = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("made");
    if !made.exists() { std::fs::copy("data", made).unwrap(); }
}`)
	write("data", "one")
	if got := build(); got != "one" {
		t.Fatalf("the first build says %q", got)
	}
	unit := func(pattern string) time.Time {
		t.Helper()
		found, err := filepath.Glob(filepath.Join(root, "target", "debug", ".fingerprint", pattern, "*.json"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no unit %s: %v", pattern, err)
		}
		info, err := os.Stat(found[0])
		must(t, err)
		return info.ModTime()
	}
	dependency := unit("d-*")
	write("data", "two")
	if done, err := forgetUnits(filepath.Join(root, "target"), []string{"p"}); !done || err != nil {
		t.Fatalf("%t, %v", done, err)
	}
	if got := build(); got != "two" {
		t.Errorf("after a change the build says %q, a clean one says %q", got, "two")
	}
	if unit("d-*") != dependency {
		t.Error("the dependency was compiled again")
	}
}

func TestForgetUnitsWithoutAny(t *testing.T) {
	target := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(target, "debug", "build", "p-0123456789abcdef"), 0o755))
	if done, err := forgetUnits(target, []string{"p"}); done || err != nil {
		t.Errorf("a layout that is not known: %t, %v", done, err)
	}
}
