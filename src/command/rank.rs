//! Fuzzy ranking for palette and help.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Where in the input the `texts` are that match `query`, best first; equal ones
/// in their own order. An empty query matches everything.
pub fn rank<'a>(query: &str, texts: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let (mut matcher, pattern) = search_for(query);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, usize)> = Vec::new();
    for (index, text) in texts.enumerate() {
        if let Some(score) = pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher) {
            found.push((score, index));
        }
    }
    found.sort_by_key(|(score, index)| (std::cmp::Reverse(*score), *index));
    found.into_iter().map(|(_, index)| index).collect()
}

/// The positions of the characters of `text` by which it matches `query`,
/// ascending. Finding them costs more than the rank: it is for what is shown.
pub fn matched(query: &str, text: &str) -> Vec<u32> {
    let (mut matcher, pattern) = search_for(query);
    let (mut hits, mut buffer) = (Vec::new(), Vec::new());
    let _score = pattern.indices(Utf32Str::new(text, &mut buffer), &mut matcher, &mut hits);
    hits.sort_unstable();
    hits.dedup();
    hits
}

fn search_for(query: &str) -> (Matcher, Pattern) {
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    (Matcher::new(Config::DEFAULT), pattern)
}
