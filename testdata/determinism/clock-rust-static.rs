// source: SystemTime::now in a Rust program that is linked statically
// state: held
// flags: -Ctarget-feature=+crt-static
fn main() {
    println!("{:?}", std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap());
}
