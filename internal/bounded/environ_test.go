package bounded

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnviron(t *testing.T) {
	lib := abs("/rust/lib")
	sep := string(filepath.ListSeparator)
	for name, c := range map[string]struct {
		caller    map[string]string
		toolchain string
		want      map[string]string
	}{
		"ordinary":       {map[string]string{"A": "1", "RUSTUP_TOOLCHAIN": "beta", Switch: "/old"}, "", map[string]string{"A": "1", "RUSTUP_TOOLCHAIN": "beta"}},
		"toolchain wins": {map[string]string{"RUSTUP_TOOLCHAIN": "beta"}, "stable", map[string]string{"RUSTUP_TOOLCHAIN": "stable"}},
		"found by the proxy": {map[string]string{
			"CARGO": abs("/rust/bin/cargo"), "LD_LIBRARY_PATH": lib + sep + "/mine", "DYLD_FALLBACK_LIBRARY_PATH": lib,
			"RUSTUP_TOOLCHAIN": "nightly", "RUSTUP_TOOLCHAIN_SOURCE": "toolchain-file", "RUST_RECURSION_COUNT": "1",
		}, "", map[string]string{"LD_LIBRARY_PATH": "/mine"}},
		"chosen, through the proxy": {map[string]string{
			"RUSTUP_TOOLCHAIN": "nightly", "RUSTUP_TOOLCHAIN_SOURCE": "cli", "RUST_RECURSION_COUNT": "1",
		}, "", map[string]string{"RUSTUP_TOOLCHAIN": "nightly"}},
		"a silent proxy that agrees": {map[string]string{
			"RUSTUP_TOOLCHAIN": "nightly", "RUST_RECURSION_COUNT": "1",
		}, "nightly", map[string]string{"RUSTUP_TOOLCHAIN": "nightly"}},
		"other libraries": {map[string]string{"CARGO": abs("/rust/bin/cargo"), "LD_LIBRARY_PATH": "/mine" + sep + lib}, "", map[string]string{"LD_LIBRARY_PATH": "/mine" + sep + lib}},
	} {
		got, err := environ(c.caller, "/bound", c.toolchain)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := maps.Clone(c.want)
		want[Switch] = "/bound"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
