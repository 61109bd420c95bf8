// source: a table in the order of its entries' addresses, in Rust
// state: held
use std::collections::BTreeMap;

fn main() {
    let boxes: Vec<Box<u32>> = (0..40).map(Box::new).collect();
    let large: Vec<Vec<u8>> = (0..4).map(|_| vec![0u8; 1 << 20]).collect();
    let mut map = BTreeMap::new();
    for b in &boxes {
        map.insert((&**b as *const u32 as usize).wrapping_mul(0x9E37_79B9_7F4A_7C15), **b);
    }
    println!("{:?} {:?}", map.values().collect::<Vec<_>>(), large.iter().map(|v| v.as_ptr()).collect::<Vec<_>>());
}
