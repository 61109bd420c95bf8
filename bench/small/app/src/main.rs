//! Prints a few lines from each of the other packages.

use macros::Describe;

include!(concat!(env!("OUT_DIR"), "/squares.rs"));

#[derive(Describe)]
struct Bench {
    #[allow(dead_code)]
    height: u32,
}

fn main() {
    println!("{}: {}", Bench::NAME, SQUARES[12]);
    for (word, count) in parts::words("one two two three three three") {
        println!("{word} {count}");
    }
}
