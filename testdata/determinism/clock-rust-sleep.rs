// source: SystemTime over thread::sleep, which must be seen, and Instant, which must run
// state: held
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn main() {
    let (wall, start) = (SystemTime::now(), Instant::now());
    std::thread::sleep(Duration::from_millis(100));
    let now = SystemTime::now();
    println!("{:?} {}", wall.duration_since(UNIX_EPOCH).unwrap(), now.duration_since(UNIX_EPOCH).unwrap().as_secs());
    assert!(now.duration_since(wall).unwrap() >= Duration::from_millis(99));
    assert!(start.elapsed() >= Duration::from_millis(100));
}
