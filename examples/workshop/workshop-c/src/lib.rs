//! Prices, computed by the C code in `c/`.

extern "C" {
    fn workshop_gross(net: i64) -> i64;
    fn workshop_tax_percent() -> i64;
}

/// What a customer pays for a net price, in cents.
pub fn gross(net: u32) -> i64 {
    // Safe: the function takes a number and touches no memory of ours.
    unsafe { workshop_gross(net.into()) }
}

/// The tax that was built in, in percent.
pub fn tax_percent() -> i64 {
    // Safe: as above.
    unsafe { workshop_tax_percent() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn rounds_half_up() {
        assert_eq!(super::tax_percent(), 19);
        assert_eq!(super::gross(0), 0);
        assert_eq!(super::gross(50), 60); // 9.5 cents of tax
        assert_eq!(super::gross(1000), 1190);
    }
}
