// source: how far one thread has counted when another has ended, in Rust
// state: open: the kernel chooses who runs
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

fn main() {
    static DONE: AtomicBool = AtomicBool::new(false);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let counter = std::thread::spawn(|| {
        while !DONE.load(SeqCst) {
            COUNT.fetch_add(1, SeqCst);
        }
    });
    while COUNT.load(SeqCst) == 0 {
        std::thread::yield_now();
    }
    let mut sum = 0u64;
    for n in 0..3_000_000u64 {
        sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(n));
    }
    DONE.store(true, SeqCst);
    counter.join().unwrap();
    println!("{sum} {}", COUNT.load(SeqCst));
}
