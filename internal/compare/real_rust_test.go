package compare_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

const library = `
pub fn place() -> &'static str { concat!(file!(), "|", env!("STAMP")) }
pub fn index(v: &[u32], i: usize) -> u32 { v[i] }
#[inline(never)] pub fn show(v: &[u32]) -> String { format!("{v:?}") }
`

// rustc compiles a library in each of two directories, named by their paths.
func rustc(t *testing.T, argsA, argsB []string) (a, b string) {
	t.Helper()
	need(t, "rustc")
	a, b = pair(t)
	for dir, args := range map[string][]string{a: argsA, b: argsB} {
		write(t, dir, map[string]string{"lib.rs": library})
		argv := append([]string{"rustc", "--crate-type", "rlib", "--crate-name", "demo", "--emit", "link,metadata,dep-info", "-g"}, args...)
		run(t, dir, []string{"STAMP=1790000000"}, append(argv, filepath.Join(dir, "lib.rs"))...)
	}
	return a, b
}

func TestRustPath(t *testing.T) {
	a, b := rustc(t, nil, nil)
	o := compare.Options{A: compare.Known{Paths: []string{a}}, B: compare.Known{Paths: []string{b}}}
	d := differ(t, a, b, "libdemo.rlib", o)
	object := "archive member demo.demo."
	expect(t, d,
		finding{[]string{"archive member lib.rmeta", "rustc metadata .rmeta", "bytes"}, compare.Path, true, "one/lib.rs", "another/place/lib.rs"},
		finding{[]string{object, "DWARF debug information", "DW_AT_comp_dir"}, compare.Path, true, "/one", "/another/place"},
		finding{[]string{object, "DW_AT_name"}, compare.Path, true, "/one/lib.rs", "/another/place/lib.rs"},
		finding{[]string{object, "ELF section .rodata", "bytes"}, compare.Path, true, "one/lib.rs|179", "place/lib.rs|179"},
		finding{[]string{object, "ELF section .debug_str", "string"}, compare.Path, true, "/one", "/another/place"},
	)
	// The fingerprints in the metadata follow from the path: nothing is random.
	if diff := cmp.Diff([]compare.Class{compare.Path, compare.Derived}, d.Classes()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	expect(t, differ(t, a, b, "libdemo.rmeta", o), finding{[]string{"file libdemo.rmeta", "bytes"}, compare.Path, true, "one", "another/place"})
	expect(t, differ(t, a, b, "demo.d", o), finding{[]string{"file demo.d", "line"}, compare.Path, true, "/one/", "/another/place/"})
	if way := d.Telling(1)[0]; way[len(way)-1].Causes[0].Class != compare.Path {
		t.Errorf("the telling finding is no path:\n%s", way[len(way)-1].Text())
	}
}

// TestRustPathUnknown has the same without telling the paths.
func TestRustPathUnknown(t *testing.T) {
	a, b := rustc(t, nil, nil)
	expect(t, differ(t, a, b, "libdemo.rlib", compare.Options{}),
		finding{[]string{"lib.rmeta", "bytes"}, compare.Path, false, "one/lib.rs", "another/place/lib.rs"},
		finding{[]string{"DW_AT_comp_dir"}, compare.Path, false, "/one", "/another/place"})
}

// TestRustRemapped is the control: with both paths remapped nothing differs.
func TestRustRemapped(t *testing.T) {
	need(t, "rustc")
	a, b := pair(t)
	for _, dir := range []string{a, b} {
		write(t, dir, map[string]string{"lib.rs": library})
		run(t, dir, []string{"STAMP=1"}, "rustc", "--crate-type", "rlib", "--crate-name", "demo", "-g", "--remap-path-prefix", dir+"=/src", filepath.Join(dir, "lib.rs"))
	}
	d, err := compare.Files("libdemo.rlib", open(t, filepath.Join(a, "libdemo.rlib")), open(t, filepath.Join(b, "libdemo.rlib")), compare.Options{})
	if err != nil || d != nil {
		t.Errorf("%v, %s", err, d.Text())
	}
}

// TestRustMetadata changes `-C metadata`, and with it every hash in a name.
func TestRustMetadata(t *testing.T) {
	need(t, "rustc")
	a, b := pair(t)
	for dir, hash := range map[string]string{a: "1", b: "2"} {
		write(t, dir, map[string]string{"lib.rs": library})
		run(t, dir, []string{"STAMP=1"}, "rustc", "--crate-type", "rlib", "--crate-name", "demo", "-C", "metadata="+hash, "--remap-path-prefix", dir+"=/src", filepath.Join(dir, "lib.rs"))
	}
	d := differ(t, a, b, "libdemo.rlib", compare.Options{})
	expect(t, d,
		finding{[]string{"renamed demo.demo."}, compare.Derived, false, "", ""},
		finding{[]string{"archive member demo.demo.", "renamed .text._ZN"}, compare.Derived, false, "", ""},
		finding{[]string{"ELF section .symtab", "renamed _ZN"}, compare.Derived, false, "", ""},
	)
	for path := range d.Leaves() {
		if leaf := path[len(path)-1]; leaf.Kind == compare.KindOnly {
			t.Errorf("a changed hash is taken for another thing: %s", leaf.Text())
		}
	}
}

// TestRustCodegenUnits compares one object with several, of which the first has
// none.
func TestRustCodegenUnits(t *testing.T) {
	need(t, "rustc")
	a, b := pair(t)
	for dir, units := range map[string]string{a: "1", b: "8"} {
		write(t, dir, map[string]string{"lib.rs": "pub mod a { #[inline(never)] pub fn f() -> u32 { 1 } }\npub mod b { #[inline(never)] pub fn g() -> u32 { super::a::f() } }\n"})
		run(t, dir, nil, "rustc", "--crate-type", "rlib", "--crate-name", "demo", "-C", "codegen-units="+units, "lib.rs")
	}
	d := differ(t, a, b, "libdemo.rlib", compare.Options{})
	var one, other int
	for path := range d.Leaves() {
		if leaf := path[len(path)-1]; leaf.Kind == compare.KindOnly && len(path) == 2 {
			if leaf.A != nil {
				one++
			} else {
				other++
			}
		}
	}
	if one != 0 || other != 1 {
		t.Errorf("%d objects on the first side only, %d on the second; want 0 and 1\n%s", one, other, d.Text())
	}
}

// TestProject builds a project whose build script writes the time, and whose
// macro's shared object has a path.
func TestProject(t *testing.T) {
	need(t, "cargo", "rustc")
	a, b := pair(t)
	for dir, stamp := range map[string]string{a: "1790000000", b: "1890000000"} {
		write(t, dir, map[string]string{
			"Cargo.toml":         "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\nmac = { path = \"mac\" }\n",
			"build.rs":           "fn main() { let out = std::env::var(\"OUT_DIR\").unwrap(); std::fs::write(out + \"/gen.rs\", format!(\"pub const WHEN: u64 = {};\\n\", std::env::var(\"STAMP\").unwrap())).unwrap(); println!(\"cargo:rustc-env=WHEN={}\", std::env::var(\"STAMP\").unwrap()); }",
			"src/main.rs":        "include!(concat!(env!(\"OUT_DIR\"), \"/gen.rs\"));\nfn main() { println!(\"{} {}\", WHEN, mac::nothing!()); }\n",
			"mac/Cargo.toml":     "[package]\nname = \"mac\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[lib]\nproc-macro = true\n",
			"mac/src/lib.rs":     "extern crate proc_macro;\n#[proc_macro] pub fn nothing(_: proc_macro::TokenStream) -> proc_macro::TokenStream { \"1\".parse().unwrap() }\n",
			".cargo/config.toml": "",
		})
		run(t, dir, []string{"STAMP=" + stamp, "CARGO_TARGET_DIR=" + filepath.Join(dir, "target"), "CARGO_INCREMENTAL=0", "RUSTFLAGS="}, "cargo", "build", "--offline", "--quiet")
	}
	o := compare.Options{
		A: compare.Known{Paths: []string{a}, Times: [2]int64{1790000000, 1790000001}},
		B: compare.Known{Paths: []string{b}, Times: [2]int64{1890000000, 1890000001}},
	}
	var all []*compare.Difference
	// The hashes in names follow from the place, so each side has its own.
	for _, pattern := range []string{"app", "app.d", "build/app-*/out/gen.rs", "build/app-*/output", "deps/libmac-*.so"} {
		left, right := only(t, filepath.Join(a, "target", "debug", pattern)), only(t, filepath.Join(b, "target", "debug", pattern))
		d, err := compare.Files(pattern, open(t, left), open(t, right), o)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	whole := &compare.Difference{Inside: all}
	expect(t, whole,
		finding{[]string{"file build/app-", "gen.rs", "line"}, compare.Time, true, "1790000000", "1890000000"},
		finding{[]string{"file build/app-", "/output", "line"}, compare.Time, true, "WHEN=1790000000", "WHEN=1890000000"},
		finding{[]string{"file app", "DWARF", "DW_AT_comp_dir"}, compare.Path, true, "", ""},
		finding{[]string{"file app", "ELF section .rodata", "bytes"}, compare.Time, true, "", ""},
		finding{[]string{"file app", "ELF section .debug_str", "string"}, compare.Path, true, "/one", ""},
		finding{[]string{"file app.d", "line"}, compare.Path, true, "one", "another"},
		finding{[]string{"file deps/libmac-", "ELF section .rustc", "rustc metadata", "bytes"}, compare.Path, true, "/one", "/another/place"},
	)
}

// only is the one file that a pattern names.
func only(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("`%s` names %v, %v", pattern, found, err)
	}
	return found[0]
}
