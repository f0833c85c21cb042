//! Label sets: immutable, sorted, hashed once, cheap to clone.
//!
//! A set is one `Arc` around one string that holds every name and value back
//! to back, with the ends beside it: a series of eight labels costs about
//! 120 bytes of text and 112 bytes of frame, and a clone costs one counter.
//! An empty value means "label not there", as everywhere in Prometheus.

use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The label that holds the metric name.
pub const NAME: &str = "__name__";
/// The label that holds the upper edge of a classic histogram bucket.
pub const BUCKET: &str = "le";

/// A sorted set of label names and values.
#[derive(Clone)]
pub struct Labels(Arc<Inner>);

struct Inner {
    hash: u64,
    text: Box<str>,
    /// Ends of name, value, name, value … in `text`.
    ends: Box<[u32]>,
}

impl Labels {
    /// The set with no labels.
    pub fn empty() -> Self {
        Self::from_sorted(std::iter::empty())
    }

    /// Builds a set from pairs in any order. A name given twice keeps its last
    /// value; an empty value removes the name.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut list: Vec<(&str, &str)> = pairs.into_iter().collect();
        list.sort_by(|a, b| a.0.cmp(b.0));
        let mut unique: Vec<(&str, &str)> = Vec::with_capacity(list.len());
        for (name, value) in list {
            match unique.last_mut() {
                Some(newest) if newest.0 == name => newest.1 = value,
                Some(_) | None => unique.push((name, value)),
            }
        }
        unique.retain(|(_, value)| !value.is_empty());
        Self::from_sorted(unique.into_iter())
    }

    /// Builds a set from pairs already sorted by name, unique and not empty.
    pub(crate) fn from_sorted<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut text = String::with_capacity(96);
        let mut ends = Vec::with_capacity(16);
        for (name, value) in pairs {
            text.push_str(name);
            ends.push(text.len() as u32);
            text.push_str(value);
            ends.push(text.len() as u32);
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        ends.hash(&mut hasher);
        Self(Arc::new(Inner { hash: hasher.finish(), text: text.into(), ends: ends.into() }))
    }

    /// Iterates over `(name, value)` in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut from = 0;
        self.0.ends.chunks_exact(2).map(move |ends| {
            let (middle, end) = (ends[0] as usize, ends[1] as usize);
            let pair = (
                self.0.text.get(from..middle).unwrap_or_default(),
                self.0.text.get(middle..end).unwrap_or_default(),
            );
            from = end;
            pair
        })
    }

    /// The value of `name`, or the empty string.
    pub fn get(&self, name: &str) -> &str {
        self.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value)
    }

    /// The metric name, or the empty string.
    pub fn name(&self) -> &str {
        self.get(NAME)
    }

    /// How many labels there are, the metric name included.
    pub fn len(&self) -> usize {
        self.0.ends.len() / 2
    }

    /// Whether there is no label at all.
    pub fn is_empty(&self) -> bool {
        self.0.ends.is_empty()
    }

    /// The bytes this set keeps in memory, its allocations included.
    pub fn bytes(&self) -> usize {
        // Arc counters 16, hash 8, two fat pointers 32, and 8 for each of the
        // three allocator headers.
        80 + self.0.text.len() + self.0.ends.len() * 4
    }

    /// The same set without the metric name.
    #[must_use]
    pub fn without_name(&self) -> Self {
        self.filtered(|name| name != NAME)
    }

    /// Only the labels for which `keep` says yes.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        if self.iter().all(|(name, _)| keep(name)) {
            return self.clone();
        }
        Self::from_sorted(self.iter().filter(|(name, _)| keep(name)))
    }

    /// A hash of the labels for which `keep` says yes.
    pub(crate) fn hash_of(&self, keep: impl Fn(&str) -> bool) -> u64 {
        let mut hasher = DefaultHasher::new();
        for pair in self.iter().filter(|(name, _)| keep(name)) {
            pair.hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Whether [`Labels::filtered`] would give `other`, without making it.
    pub(crate) fn filtered_equals(&self, keep: impl Fn(&str) -> bool, other: &Self) -> bool {
        self.iter().filter(|(name, _)| keep(name)).eq(other.iter())
    }

    /// The same set with one label set, or removed when `value` is empty.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        Self::from_pairs(self.iter().chain(std::iter::once((name, value))))
    }
}

/// The name among the other labels, as Prometheus shows sets in error texts.
pub(crate) struct Plain<'a>(pub(crate) &'a Labels);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_set(f, self.0.iter())
    }
}

impl Default for Labels {
    fn default() -> Self {
        Self::empty()
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.hash == other.0.hash && self.0.text == other.0.text && self.0.ends == other.0.ends)
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As Prometheus writes it: `name{a="b", c="d"}`, or `{}` when empty.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        let bare = is_metric_name(name);
        if bare {
            f.write_str(name)?;
        }
        let mut rest = self.iter().filter(|(n, _)| !(bare && *n == NAME)).peekable();
        if rest.peek().is_none() && bare {
            return Ok(());
        }
        write_set(f, rest)
    }
}

fn write_set<'a>(f: &mut fmt::Formatter<'_>, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> fmt::Result {
    f.write_str("{")?;
    for (i, (name, value)) in pairs.enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        if is_label_name(name) {
            f.write_str(name)?;
        } else {
            write_quoted(f, name)?;
        }
        f.write_str("=")?;
        write_quoted(f, value)?;
    }
    f.write_str("}")
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            c => fmt::Write::write_char(f, c)?,
        }
    }
    f.write_str("\"")
}

/// Whether `text` can be written as a metric name without quotes.
pub fn is_metric_name(text: &str) -> bool {
    is_name(text, |c| c.is_ascii_alphabetic() || c == '_' || c == ':')
}

/// Whether `text` can be written as a label name without quotes.
pub fn is_label_name(text: &str) -> bool {
    is_name(text, |c| c.is_ascii_alphabetic() || c == '_')
}

fn is_name(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(&allowed) && chars.all(|c| allowed(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_dedups_and_drops_empty_values() {
        let set = Labels::from_pairs([("b", "2"), ("a", "1"), ("b", "3"), ("c", "")]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [("a", "1"), ("b", "3")]);
        assert_eq!(set.get("b"), "3");
        assert_eq!(set.get("c"), "");
        assert_eq!(set.len(), 2);
    }

    #[test]
    fn sets_that_run_together_differ() {
        let one = Labels::from_pairs([("ab", "c")]);
        let two = Labels::from_pairs([("a", "bc")]);
        assert_ne!(one, two);
    }

    #[test]
    fn prints_like_prometheus() {
        let set = Labels::from_pairs([(NAME, "up"), ("job", "a\"b\\c\nd")]);
        assert_eq!(set.to_string(), r#"up{job="a\"b\\c\nd"}"#);
        assert_eq!(set.without_name().to_string(), r#"{job="a\"b\\c\nd"}"#);
        assert_eq!(Labels::from_pairs([(NAME, "up")]).to_string(), "up");
        assert_eq!(Labels::empty().to_string(), "{}");
        let utf8 = Labels::from_pairs([(NAME, "http.requests"), ("k8s.pod", "a")]);
        assert_eq!(utf8.to_string(), r#"{__name__="http.requests", "k8s.pod"="a"}"#);
    }

    #[test]
    fn setting_and_removing() {
        let set = Labels::from_pairs([("a", "1"), ("c", "3")]);
        assert_eq!(set.with("b", "2").iter().count(), 3);
        assert_eq!(set.with("a", ""), Labels::from_pairs([("c", "3")]));
        assert_eq!(set.filtered(|n| n == "a"), Labels::from_pairs([("a", "1")]));
    }
}
