// source: the order of a HashSet in three threads of Rust; no two may be the same
// state: held
use std::collections::HashSet;

fn main() {
    let threads: Vec<_> = (0..3).map(|_| std::thread::spawn(|| (0..50).collect::<HashSet<u32>>().into_iter().collect::<Vec<_>>())).collect();
    let orders: Vec<Vec<u32>> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    println!("{orders:?}");
    assert_eq!(orders.iter().collect::<HashSet<_>>().len(), 3);
}
