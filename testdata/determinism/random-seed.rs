// source: a seed like that of the rand crate: getrandom of libc
// state: held
extern "C" {
    fn getrandom(to: *mut u8, length: usize, flags: u32) -> isize;
}

fn main() {
    let mut seed = [0u8; 32];
    assert_eq!(unsafe { getrandom(seed.as_mut_ptr(), seed.len(), 0) }, 32);
    println!("{seed:02x?}");
}
