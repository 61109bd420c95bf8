//! A little of what libraries do: collections, generics, formatting, threads.

use std::collections::BTreeMap;
use std::thread;

/// Counts words, most frequent last.
pub fn words(text: &str) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_owned()).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| *count);
    counts
}

/// Adds up on as many threads as there are slices.
pub fn sum(slices: &[&[u64]]) -> u64 {
    thread::scope(|scope| {
        let parts: Vec<_> = slices
            .iter()
            .map(|slice| scope.spawn(|| slice.iter().sum::<u64>()))
            .collect();
        parts.into_iter().map(|part| part.join().expect("adding does not panic")).sum()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts() {
        assert_eq!(super::words("b a b"), [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    }
}
