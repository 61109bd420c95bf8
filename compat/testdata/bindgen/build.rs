use std::{env, path::PathBuf};

fn main() {
    cc::Build::new().file("sum.c").compile("sum");
    bindgen::Builder::default()
        .header("sum.h")
        .generate()
        .unwrap()
        .write_to_file(PathBuf::from(env::var_os("OUT_DIR").unwrap()).join("sum.rs"))
        .unwrap();
}
