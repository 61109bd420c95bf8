// source: the number of the process in Rust
// state: held
// control: host: a world counts its own, also without the hold
fn main() {
    println!("{}", std::process::id());
}
