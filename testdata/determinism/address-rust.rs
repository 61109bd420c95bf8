// source: addresses in Rust: a box, a function, a local
// state: held
fn main() {
    let (local, boxed) = (1, Box::new(2));
    println!("{:p} {:p} {:p}", &local, boxed, main as fn());
}
