package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSystemChoices(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want System
	}{
		"none":     {"", System{}},
		"usual":    {"[system]\nlinker = 'system'\nc-compiler = 'system'\ntoolchain = 'pinned'", System{Linker: "system", CCompiler: "system", Toolchain: "pinned"}},
		"linker":   {"[system]\nlinker = 'rust-lld'", System{Linker: "rust-lld"}},
		"compiler": {"system.c-compiler = 'none'", System{CCompiler: "none"}},
		"all": {"[system]\npackages = ['lld-14']\nlinker = 'rust-lld'\nc-compiler = 'none'\ntoolchain = 'packages'",
			System{Packages: []string{"lld-14"}, Linker: "rust-lld", CCompiler: "none", Toolchain: "packages"}},
	} {
		got, err := Parse("hermetic.toml", []byte(c.text), "0.1.0")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, got.System); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSystemChoicesRefused(t *testing.T) {
	const image = "image = './system.tar'\n"
	for name, c := range map[string]struct{ text, want string }{
		"linker":   {"[system]\nlinker = 'lld'", "111 \"lld\" is no value of `system.linker`\n--> hermetic.toml:2:1\nhelp: the values are: system, rust-lld"},
		"compiler": {"[system]\nc-compiler = ''", "111 \"\" is no value of `system.c-compiler`\n--> hermetic.toml:2:1\nhelp: the values are: system, none"},
		"debian":   {"[system]\ntoolchain = 'debian'", "111 \"debian\" is no value of `system.toolchain`\n--> hermetic.toml:2:1\nhelp: the values are: pinned, packages"},
		"type": {"[system]\nc-compiler = false", "111 `hermetic.toml` has 2 errors\n--> hermetic.toml:2:1\n--> hermetic.toml:2:14\n" +
			"note: 2:1: \"\" is no value of `system.c-compiler` (the values are: system, none)\n" +
			"note: 2:14: `system.c-compiler` must be a string, but is a boolean"},
		"image without its compiler": {"[system]\n" + image + "c-compiler = 'none'",
			"111 `system.c-compiler` and `system.image` exclude one another: an image is taken whole, and has the compilers that it has\n--> hermetic.toml:3:1\nhelp: remove one of them, or leave the packages to the host"},
		"image and packaged Rust": {"[system]\n" + image + "toolchain = 'packages'",
			"111 `system.toolchain = \"packages\"` and `system.image` exclude one another: the packages would be those of this host\n--> hermetic.toml:3:1\nhelp: remove one of them; an image goes with a toolchain of rust-toolchain.toml"},
	} {
		_, err := Parse("hermetic.toml", []byte(c.text), "0.1.0")
		if diff := cmp.Diff(c.want, report(err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A default that is written out leaves every lock good, and another value none.
func TestSystemChoicesDigest(t *testing.T) {
	plain := (&Policy{}).SystemDigest()
	if got := (&Policy{System: System{Linker: "system", CCompiler: "system", Toolchain: "pinned"}}).SystemDigest(); got != plain {
		t.Errorf("the defaults change the digest")
	}
	seen := map[string]System{plain.String(): {}}
	for _, s := range []System{{Linker: "rust-lld"}, {CCompiler: "none"}, {Toolchain: "packages"}, {Linker: "rust-lld", CCompiler: "none"}, {Packages: []string{"none"}}} {
		d := (&Policy{System: s}).SystemDigest().String()
		if other, ok := seen[d]; ok {
			t.Errorf("%+v and %+v have one digest", s, other)
		}
		seen[d] = s
	}
}
