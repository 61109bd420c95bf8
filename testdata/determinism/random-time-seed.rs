// source: a seed of time, address, process and thread, as crates without getrandom make it
// state: held
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

fn main() {
    let mut h = DefaultHasher::new();
    std::time::SystemTime::now().hash(&mut h);
    (&h as *const _ as usize).hash(&mut h);
    std::process::id().hash(&mut h);
    std::thread::current().id().hash(&mut h);
    println!("{:016x}", h.finish());
}
