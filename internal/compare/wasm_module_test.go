package compare_test

import (
	"strings"
	"testing"

	"github.com/cargo-hermetic/cargo-hermetic/internal/compare"
)

// module is a wasm module that needs no library: rustc has its linker for wasm,
// but not every host has the target's `core`.
const module = `
#![feature(no_core, lang_items, auto_traits)]
#![no_core]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "copy"] pub trait Copy {}
#[lang = "freeze"] pub unsafe auto trait Freeze {}
#[lang = "sync"] pub trait Sync {}
#[lang = "drop_in_place"] #[inline] unsafe fn drop_in_place<T: PointeeSized>(_: *mut T) {}
impl Sync for &[u8; 23] {}
impl Copy for i32 {}
#[no_mangle] pub static PLACE: &[u8; 23] = b"/tmp/one/place/of/build";
extern "C" { fn outside() -> i32; }
#[no_mangle] pub extern "C" fn first() -> i32 { unsafe { outside() } }
#[no_mangle] pub extern "C" fn second() -> i32 { 17 }
`

func wasm(t *testing.T) (a, b string) {
	t.Helper()
	need(t, "rustc")
	a, b = pair(t)
	second := strings.NewReplacer("/one/place", "/two/place", "{ 17 }", "{ 18 }").Replace(module)
	for dir, source := range map[string]string{a: module, b: second} {
		write(t, dir, map[string]string{"w.rs": source})
		// An unstable feature is what lets a crate do without core.
		run(t, dir, []string{"RUSTC_BOOTSTRAP=1"}, "rustc", "--target", "wasm32-unknown-unknown", "--crate-type", "cdylib", "-C", "panic=abort", "-g", "-C", "link-arg=--allow-undefined", "--cap-lints", "allow", "w.rs")
	}
	return a, b
}

func TestWasm(t *testing.T) {
	a, b := wasm(t)
	expect(t, differ(t, a, b, "w.wasm", compare.Options{}),
		finding{[]string{"file w.wasm", "wasm section data", "bytes"}, compare.Path, false, "/tmp/one/place", "/tmp/two/place"},
		finding{[]string{"wasm section code", "wasm function second", "bytes"}, "", false, "", ""},
		finding{[]string{"DWARF debug information", "DW_AT_comp_dir"}, compare.Path, false, "/one", "/another/place"},
		finding{[]string{"wasm section custom `.debug_str`", "string"}, compare.Path, false, "/one", "/another/place"})
}
