// source: the number of the process in Rust
// state: open: numbers of processes follow those of the threads of the world's first process
// control: host: a world counts its own, also without the hold
fn main() {
    println!("{}", std::process::id());
}
