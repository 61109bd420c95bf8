// source: the wall clock beside park_timeout, recv_timeout and wait_timeout of 50 ms in Rust, which must take as long
// state: held
use std::sync::{mpsc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn main() {
    println!("{:?}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
    let span = Duration::from_millis(50);
    let a = Instant::now();
    std::thread::park_timeout(span);
    let b = Instant::now();
    let (_keep, receiver) = mpsc::channel::<()>();
    receiver.recv_timeout(span).unwrap_err();
    let c = Instant::now();
    let mutex = Mutex::new(());
    let guard = mutex.lock().unwrap();
    assert!(Condvar::new().wait_timeout(guard, span).unwrap().1.timed_out());
    let d = Instant::now();
    for took in [b - a, c - b, d - c] {
        assert!(took >= span && took < Duration::from_secs(20), "{took:?}");
    }
}
