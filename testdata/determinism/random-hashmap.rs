// source: the order of a HashMap in Rust
// state: held
fn main() {
    let map: std::collections::HashMap<u32, u32> = (0..50).map(|n| (n, n)).collect();
    println!("{:?}", map.keys().collect::<Vec<_>>());
}
