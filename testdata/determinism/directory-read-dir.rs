// source: read_dir in Rust
// state: held
// needs: directories in memory
fn main() {
    for entry in std::fs::read_dir("/in/few").unwrap() {
        println!("{:?}", entry.unwrap().file_name());
    }
}
