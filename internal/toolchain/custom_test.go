//go:build unix

package toolchain

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCustom(t *testing.T) {
	r := newRustup(t)
	dir := r.dir("mine")
	for _, name := range []string{"bin/rustc", "bin/cargo", "lib/librustc.so", "lib/rustlib/components", "share/doc/x", "etc/x"} {
		r.write(filepath.Join(dir, name), name, 0o755)
	}
	if err := os.Symlink("../bin/rustc", filepath.Join(dir, "lib", "link")); err != nil {
		t.Fatal(err)
	}
	r.link("alias", dir)
	i, err := Custom("tools/mine", r.dir("alias"))
	if err != nil {
		t.Fatal(err)
	}
	if i.Dir != dir || i.Name != "tools/mine" || i.Release != "" {
		t.Errorf("%+v", i)
	}
	var got sink
	if err := i.Capture(t.Context(), &got, nil); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got.entries)
	want := []string{"bin/cargo", "bin/rustc", "lib/librustc.so", "lib/link -> ../bin/rustc", "lib/rustlib/components"}
	if diff := cmp.Diff(want, got.entries); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := os.Symlink("../../../..", filepath.Join(dir, "lib", "out")); err != nil {
		t.Fatal(err)
	}
	if err := i.Capture(t.Context(), &sink{}, nil); err == nil || !strings.Contains(err.Error(), "taking `lib/out` of toolchain `tools/mine`") {
		t.Errorf("a link out: %v", err)
	}
}

func TestCustomRefused(t *testing.T) {
	r := newRustup(t)
	r.write(filepath.Join(r.dir("no cargo"), "bin", "rustc"), "", 0o755)
	r.write(filepath.Join(r.dir("no rustc"), "bin", "cargo"), "", 0o755)
	r.write(filepath.Join(r.dir("directory"), "bin", "rustc", "x"), "", 0o755)
	for name, want := range map[string]string{
		"no cargo": "has no `bin/cargo`", "no rustc": "has no `bin/rustc`", "directory": "has no `bin/rustc`", "absent": "no such file",
	} {
		if i, err := Custom(name, r.dir(name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
}

func TestLacks(t *testing.T) {
	has := []string{"bin/rustc", "bin/cargo", "bin/cargo-clippy", "lib/rustlib/x86_64-unknown-linux-gnu/lib"}
	exists := func(file string) (bool, error) { return slices.Contains(has, file), nil }
	pin := Pin{Components: []string{"rustc", "clippy", "rustfmt", "rust-docs", "made-up"}, Targets: []string{"x86_64-unknown-linux-gnu", "wasm32-wasip1"}}
	components, targets, err := Lacks(pin, exists)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"rustfmt", "made-up"}, {"wasm32-wasip1"}}, [][]string{components, targets}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, _, err := Lacks(pin, func(string) (bool, error) { return false, os.ErrPermission }); err == nil {
		t.Error("what cannot be looked at counts as missing")
	}
}
