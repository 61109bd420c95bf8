//! Writes a table of squares, as build scripts do that generate code.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let mut table = String::from("pub const SQUARES: [u64; 256] = [\n");
    for n in 0..256u64 {
        writeln!(table, "    {},", n * n).expect("a string takes everything");
    }
    table.push_str("];\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("squares.rs"), table).expect("OUT_DIR is writable");
    println!("cargo::rerun-if-changed=build.rs");
}
