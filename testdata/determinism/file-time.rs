// source: the time of a new file in Rust
// state: open: the kernel stamps files with its own clock
fn main() {
    std::fs::write("/tmp/new", "x").unwrap();
    println!("{:?}", std::fs::metadata("/tmp/new").unwrap().modified().unwrap());
}
