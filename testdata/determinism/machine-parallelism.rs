// source: available_parallelism in Rust
// state: held
// needs: two processors
fn main() {
    println!("{}", std::thread::available_parallelism().unwrap());
}
