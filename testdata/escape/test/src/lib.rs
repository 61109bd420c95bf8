#[cfg(test)]
mod attempts {
    include!("../attempts.rs");

    #[test]
    fn act() {
        for line in all() {
            println!("{line}");
        }
    }
}
