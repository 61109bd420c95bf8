fn main() {
    cc_lite::Build::new()
        .include("c")
        .file("c/gross.c")
        .file("c/rate.c")
        .compile("workshop_price");
    println!("cargo:rerun-if-changed=c/price.h");
    println!("cargo:rerun-if-changed=c/tax.h");
}
