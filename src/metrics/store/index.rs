//! Which series have which labels: for every label name its values in order,
//! and for every value the slots of the series that have it.
//!
//! A selector is answered by cutting such lists: those of `=` first, then those
//! of regular expressions, whose literal beginning picks a stretch of values.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use crate::promql::{Labels, Matcher, Op, Pattern};

/// Slots by label name and value; every list rises.
#[derive(Debug, Default)]
pub(super) struct Index {
    names: HashMap<Box<str>, Values>,
    bytes: usize,
}

type Values = BTreeMap<Box<str>, Vec<u32>>;

/// What a label value costs beside its text: its place in the tree and the head
/// of its list.
const VALUE_BYTES: usize = 64;

impl Index {
    /// Lists a slot under every label.
    pub(super) fn add(&mut self, labels: &Labels, slot: u32) {
        for (name, value) in labels.iter() {
            if !self.names.contains_key(name) {
                self.names.insert(name.into(), Values::new());
                self.bytes += name.len() + VALUE_BYTES;
            }
            let Some(values) = self.names.get_mut(name) else { continue };
            let Some(list) = values.get_mut(value) else {
                values.insert(value.into(), vec![slot]);
                self.bytes += value.len() + VALUE_BYTES;
                continue;
            };
            // Slots mostly rise, so this is mostly a push at the end.
            if let Err(place) = list.binary_search(&slot) {
                list.insert(place, slot);
            }
        }
    }

    /// Bytes of names and values; the places in lists are counted with the
    /// series.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The slots whose series can satisfy the matchers; none if that may be any.
    pub(super) fn candidates(&self, matchers: &[Matcher]) -> Option<Vec<u32>> {
        // A label that is not there matches the empty text: no list has those.
        let listed: Vec<&Matcher> = matchers.iter().filter(|matcher| !matcher.accepts("")).collect();
        let mut lists: Vec<Cow<'_, [u32]>> = Vec::with_capacity(listed.len());
        for matcher in &listed {
            if let Op::Equal = matcher.op {
                let values = self.names.get(matcher.name.as_str());
                let list = values.and_then(|values| values.get(matcher.value.as_str()));
                lists.push(Cow::Borrowed(list.map_or(&[][..], Vec::as_slice)));
            }
        }
        let shortest = lists.iter().map(|list| list.len()).min();
        for matcher in &listed {
            if let Op::Regex(pattern) = &matcher.op
                && let Some(list) = self.matching(&matcher.name, pattern, shortest)
            {
                lists.push(Cow::Owned(list));
            }
        }
        cut(lists)
    }

    /// The slots with a matching value; none if looking at each of the `shortest`
    /// series is less work than looking at the values.
    fn matching(&self, name: &str, pattern: &Pattern, shortest: Option<usize>) -> Option<Vec<u32>> {
        let Some(values) = self.names.get(name) else { return Some(Vec::new()) };
        let mut slots = Vec::new();
        if let Some(literals) = pattern.literals() {
            literals.iter().filter_map(|text| values.get(text.as_str())).for_each(|list| slots.extend(list));
        } else {
            let prefix = pattern.prefix();
            if prefix.is_empty() && shortest.is_some_and(|most| values.len() > most) {
                return None;
            }
            let stretch = values.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
            for (value, list) in stretch.take_while(|(value, _)| value.starts_with(prefix)) {
                if pattern.is_match(value) {
                    slots.extend(list);
                }
            }
        }
        slots.sort_unstable();
        slots.dedup();
        Some(slots)
    }
}

/// What is in every list; none if there are none.
fn cut(mut lists: Vec<Cow<'_, [u32]>>) -> Option<Vec<u32>> {
    lists.sort_by_key(|list| list.len());
    let mut lists = lists.into_iter();
    let mut slots = lists.next()?.into_owned();
    for list in lists {
        let mut rest = list.as_ref();
        slots.retain(|slot| {
            // Both rise: what lies before this slot lies before the next one, which is near.
            let mut near = 1;
            while rest.get(near - 1).is_some_and(|other| other < slot) {
                near *= 2;
            }
            let stretch = rest.get(..near).unwrap_or(rest);
            rest = rest.get(stretch.partition_point(|other| other < slot)..).unwrap_or_default();
            rest.first() == Some(slot)
        });
    }
    Some(slots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// As one would cut them with a set.
        #[test]
        fn lists_are_cut_to_what_all_have(lists in proptest::collection::vec(
            proptest::collection::btree_set(0_u32..200, 0..150), 1..4,
        )) {
            let want: Vec<u32> =
                lists[0].iter().copied().filter(|slot| lists.iter().all(|list| list.contains(slot))).collect();
            let given = lists.iter().map(|list| Cow::Owned(list.iter().copied().collect())).collect();
            prop_assert_eq!(cut(given), Some(want));
        }

        /// Every series that matches is among the candidates.
        #[test]
        fn no_match_is_missed(
            sets in proptest::collection::vec(proptest::collection::vec(("[ab]", "[xyz]{0,3}"), 0..3), 1..30),
            asked in proptest::collection::vec(("[abc]", 0_usize..4, proptest::sample::select(vec![
                "x", "xy", "", "x.", ".y", "x|y", "x.*", "xy?", "(x|y)z*", ".+", "[xy]+", "x|",
            ])), 0..3),
        ) {
            let mut index = Index::default();
            let series: Vec<Labels> = sets
                .iter()
                .map(|pairs| Labels::from_pairs(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))))
                .collect();
            for (labels, slot) in series.iter().zip(0..) {
                index.add(labels, slot);
            }
            let matchers: Vec<Matcher> = asked
                .iter()
                .map(|(name, kind, value)| {
                    let pattern = || Pattern::new(value).unwrap();
                    let op = match kind {
                        0 => Op::Equal,
                        1 => Op::NotEqual,
                        2 => Op::Regex(pattern()),
                        _ => Op::NotRegex(pattern()),
                    };
                    Matcher { name: name.clone(), value: (*value).to_owned(), op }
                })
                .collect();
            let found = index.candidates(&matchers);
            for (labels, slot) in series.iter().zip(0..) {
                let matches = crate::promql::all_match(&matchers, labels);
                let listed = found.as_ref().is_none_or(|slots| slots.contains(&slot));
                prop_assert!(listed || !matches, "{labels} {matchers:?}");
            }
        }
    }
}
