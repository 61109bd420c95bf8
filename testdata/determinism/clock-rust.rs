// source: SystemTime::now in Rust
// state: held
fn main() {
    println!("{:?}", std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap());
}
