package system

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/diag"
)

// rustHost has Rust's packages, which depend on a C compiler, as Debian's do.
func rustHost(t *testing.T) *fixture {
	f := newHost(t)
	f.install("cpp-12", "Provides: c-preprocessor\n", "/usr/lib/gcc/cc1")
	f.install("cpp", "Depends: cpp-12\n", "/usr/bin/cpp")
	f.install("gcc-12", "Provides: c-compiler\nDepends: cpp-12\n", "/usr/bin/gcc-12")
	f.install("clang-14", "Provides: c-compiler, c++-compiler\n", "/usr/bin/clang-14")
	f.install("rustc-web", "Provides: rustc\nDepends: gcc, libc6-dev\n", "/usr/bin/rustc")
	f.install("cargo-web", "Provides: cargo\nDepends: rustc-web, gcc | clang | c-compiler\n", "/usr/bin/cargo")
	f.install("lld", "", "/usr/bin/lld")
	return f
}

// packageNames leaves the architecture out, of which there is one here.
func packageNames(s *Snapshot) []string {
	var all []string
	for _, p := range s.Packages {
		all = append(all, p.Name)
	}
	return all
}

func TestResolveNoCompiler(t *testing.T) {
	compilers := []string{"gcc", "gcc-12", "clang-14", "cpp", "cpp-12"}
	for name, c := range map[string]struct {
		req  Request
		with []string // what the closure holds, among others
	}{
		"nothing else": {Request{NoCompiler: true}, []string{"libc6-dev"}},
		"Rust":         {Request{NoCompiler: true, Rust: true}, []string{"cargo-web", "libc6-dev", "rustc-web"}},
		"a linker":     {Request{NoCompiler: true, Packages: []string{"lld"}}, []string{"libc6-dev", "lld"}},
	} {
		got := packageNames(rustHost(t).resolve(c.req))
		for _, want := range c.with {
			if !slices.Contains(got, want) {
				t.Errorf("%s: %s is not in %v", name, want, got)
			}
		}
		for _, p := range compilers {
			if slices.Contains(got, p) {
				t.Errorf("%s: %s is in %v", name, p, got)
			}
		}
	}
	// The same with a compiler, so the packages above are really kept out.
	if got := packageNames(rustHost(t).resolve(Request{Rust: true})); !slices.Contains(got, "gcc") || !slices.Contains(got, "rustc-web") {
		t.Errorf("with a compiler: %v", got)
	}
}

func TestResolveCompilerRefused(t *testing.T) {
	for name, c := range map[string]struct {
		host    *fixture
		req     Request
		exit    int
		message string
		help    string
	}{
		"by name":   {rustHost(t), Request{NoCompiler: true, Packages: []string{"gcc-12"}}, diag.ExitPolicy, "for no C compiler and for a package that is one: `gcc-12`", "remove either `c-compiler = \"none\"` or the package"},
		"two":       {rustHost(t), Request{NoCompiler: true, Packages: []string{"clang-14", "cpp"}}, diag.ExitPolicy, "packages that are such: `clang-14`, `cpp`", "remove either `c-compiler = \"none\"` or the package"},
		"no Rust":   {newHost(t), Request{Rust: true}, diag.ExitFailed, "these are not installed: `rustc`, `cargo`", "apt install rustc cargo"},
		"bad names": {rustHost(t), Request{NoCompiler: true, Packages: []string{"g cc"}}, diag.ExitFailed, "\"g cc\" is not the name of a package", "correct `packages` under `[system]` in `hermetic.toml`"},
	} {
		_, err := Resolve(c.host.root, c.req)
		d, ok := errors.AsType[*diag.Diagnostic](err)
		if !ok || d.Exit != c.exit || !strings.Contains(d.Message, c.message) || d.Help != c.help {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

func TestRustPackages(t *testing.T) {
	got, err := RustPackages(rustHost(t).root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cargo-web", "rustc-web"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := RustPackages(newHost(t).root); err != nil || got != nil {
		t.Errorf("without them: %v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"libstd-rust-dev-wasm32", "lld"}, dpkgManager.TargetPackages("wasm32-unknown-unknown")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := dpkgManager.TargetPackages("riscv64gc-unknown-linux-gnu"); got != nil {
		t.Errorf("of a target that is not known: %v", got)
	}
}
