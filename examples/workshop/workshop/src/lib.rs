//! A workbench and its price.

use std::collections::BTreeMap;

use workshop_macros::Fields;

/// One thing for sale.
#[derive(Fields)]
pub struct Bench {
    pub name: String,
    /// Net price in cents.
    pub net: u32,
    /// How many drawers there are of each size.
    pub drawers: BTreeMap<String, u8>,
}

/// Writes cents as an amount.
///
/// ```
/// assert_eq!(workshop::amount(1190), "11.90");
/// assert_eq!(workshop::amount(5), "0.05");
/// ```
pub fn amount(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::Bench;

    #[test]
    fn the_macro_lists_fields_in_order() {
        assert_eq!(Bench::FIELDS, ["name", "net", "drawers"]);
    }
}
