//! Fuzzy ranking for palette and help.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// A match: where it was in the input, and which of its characters matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Position in the input.
    pub index: usize,
    /// Positions of matched characters, ascending.
    pub hits: Vec<u32>,
}

/// The `texts` that match `query`, best first; equal ones in their own order.
/// An empty query matches everything.
pub fn rank<'a>(query: &str, texts: impl Iterator<Item = &'a str>) -> Vec<Ranked> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, Ranked)> = Vec::new();
    for (index, text) in texts.enumerate() {
        let mut hits = Vec::new();
        let haystack = Utf32Str::new(text, &mut buffer);
        if let Some(score) = pattern.indices(haystack, &mut matcher, &mut hits) {
            hits.sort_unstable();
            hits.dedup();
            found.push((score, Ranked { index, hits }));
        }
    }
    found.sort_by_key(|(score, ranked)| (std::cmp::Reverse(*score), ranked.index));
    found.into_iter().map(|(_, ranked)| ranked).collect()
}
