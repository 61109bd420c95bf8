// source: Instant::now in Rust
// state: open: clocks that only measure run, for time-outs and benchmarks
fn main() {
    println!("{:?}", std::time::Instant::now());
}
