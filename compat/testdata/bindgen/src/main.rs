#![allow(non_upper_case_globals, non_camel_case_types, non_snake_case, dead_code)]

include!(concat!(env!("OUT_DIR"), "/sum.rs"));

fn main() {
    assert_eq!(unsafe { sum(2, 3) }, 5);
    println!("ok");
}
