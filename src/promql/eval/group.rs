//! Label sets put into groups by some of their labels.

use std::collections::HashMap;

use crate::promql::labels::Labels;

/// Gives equal numbers to sets that are equal in the labels that are kept. The
/// kept set itself is built once per group, not once per row: it costs five
/// allocations.
#[derive(Debug, Default)]
pub(crate) struct Grouper {
    /// Groups by the hash of what is kept; sets that share one share a list.
    places: HashMap<u64, Vec<usize>>,
    /// What is kept, by group.
    labels: Vec<Labels>,
}

impl Grouper {
    /// The group of a set: numbers rise in the order in which groups come up.
    pub(crate) fn of(&mut self, labels: &Labels, keep: impl Fn(&str) -> bool) -> usize {
        let places = self.places.entry(labels.hash_of(&keep)).or_default();
        let known = places.iter().find(|place| labels.filtered_equals(&keep, &self.labels[**place]));
        if let Some(place) = known {
            return *place;
        }
        places.push(self.labels.len());
        self.labels.push(labels.filtered(&keep));
        self.labels.len() - 1
    }

    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    /// What is kept, by group.
    pub(crate) fn into_labels(self) -> Vec<Labels> {
        self.labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Like a map of the kept sets themselves.
        #[test]
        fn sets_meet_where_what_is_kept_is_equal(
            sets in proptest::collection::vec(proptest::collection::vec(("[a-d]", "[xy]{0,2}"), 0..4), 1..40),
            kept in proptest::collection::vec("[a-d]", 0..3),
        ) {
            let keep = |name: &str| kept.iter().any(|k| k == name);
            let (mut grouper, mut model) = (Grouper::default(), Vec::<Labels>::new());
            for pairs in &sets {
                let set = Labels::from_pairs(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));
                let want = set.filtered(keep);
                let at = model.iter().position(|have| *have == want).unwrap_or_else(|| {
                    model.push(want);
                    model.len() - 1
                });
                prop_assert_eq!(grouper.of(&set, keep), at);
            }
            prop_assert_eq!(grouper.into_labels(), model);
        }
    }
}
