// source: RandomState, which crates like fastrand and ahash take their seed from
// state: held
use std::hash::{BuildHasher, Hasher};

fn main() {
    println!("{:016x}", std::collections::hash_map::RandomState::new().build_hasher().finish());
}
