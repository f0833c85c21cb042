//! The lines of a log: bounded, in the order of time, and those of them that
//! match. What is drawn is found without looking at all of them again.

use super::matcher::Matcher;
use crate::msg::LogLine;
use std::collections::VecDeque;

/// Lines kept; the oldest are dropped first.
pub(super) const MOST_LINES: usize = 100_000;
/// Bytes of text kept: 100,000 lines of 320 bytes.
const MOST_BYTES: usize = 32 << 20;

/// Lines with numbers that stay: a line keeps its number when older ones go.
#[derive(Debug, Default)]
pub(super) struct Lines {
    kept: VecDeque<LogLine>,
    /// The number of the oldest line kept.
    first: u64,
    bytes: usize,
    /// Numbers of the lines that match, oldest first.
    shown: VecDeque<u64>,
    matcher: Matcher,
}

impl Lines {
    /// Forgets everything but the filter.
    pub(super) fn clear(&mut self) {
        *self = Self { matcher: std::mem::take(&mut self.matcher), ..Self::default() };
    }

    /// Takes lines in; how many shown ones had to go for them. Lines of several
    /// containers come in turns: what is older than the last line is put where
    /// it belongs.
    pub(super) fn take(&mut self, news: Vec<LogLine>) -> usize {
        let last = self.kept.back().and_then(|line| line.at);
        let ordered = news
            .iter()
            .filter_map(|line| line.at)
            .try_fold(last, |before, at| (before.is_none_or(|before| before <= at)).then_some(Some(at)));
        for line in news {
            self.bytes += line.text.len();
            let number = self.first + self.kept.len() as u64;
            if self.matcher.holds(&line.text) {
                self.shown.push_back(number);
            }
            self.kept.push_back(line);
        }
        if ordered.is_none() {
            // Nearly sorted: a merge of runs. Stable, so that a container's own order stays.
            self.kept.make_contiguous().sort_by_key(|line| line.at);
            self.sift();
        }
        self.trim()
    }

    fn trim(&mut self) -> usize {
        let before = self.shown.len();
        while self.kept.len() > MOST_LINES || self.bytes > MOST_BYTES {
            let Some(line) = self.kept.pop_front() else { break };
            self.bytes -= line.text.len();
            self.first += 1;
        }
        while self.shown.front().is_some_and(|number| *number < self.first) {
            self.shown.pop_front();
        }
        before - self.shown.len()
    }

    /// Shows only what matches.
    pub(super) fn filter(&mut self, matcher: Matcher) {
        self.matcher = matcher;
        self.sift();
    }

    fn sift(&mut self) {
        let numbered = self.kept.iter().zip(self.first..);
        self.shown =
            numbered.filter(|(line, _)| self.matcher.holds(&line.text)).map(|(_, number)| number).collect();
    }

    /// What is looked for.
    pub(super) fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// Lines shown.
    pub(super) fn shown(&self) -> usize {
        self.shown.len()
    }

    /// Lines kept.
    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Lines that had to go.
    pub(super) fn dropped(&self) -> u64 {
        self.first
    }

    /// The line shown at a place.
    pub(super) fn at(&self, index: usize) -> Option<&LogLine> {
        let number = self.shown.get(index)?;
        self.kept.get(usize::try_from(number - self.first).ok()?)
    }

    /// The lines shown from a place on.
    pub(super) fn from(&self, index: usize) -> impl DoubleEndedIterator<Item = &LogLine> + ExactSizeIterator {
        (index..self.shown.len()).map(|index| {
            // Every number shown is kept: `trim` sees to it.
            self.at(index).unwrap_or(&EMPTY)
        })
    }
}

static EMPTY: LogLine = LogLine { at: None, source: 0, text: String::new() };

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn line(second: i64, source: u16, text: &str) -> LogLine {
        LogLine { at: Timestamp::from_second(second).ok(), source, text: text.to_owned() }
    }

    fn texts(lines: &Lines) -> Vec<&str> {
        lines.from(0).map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn lines_of_several_containers_stand_in_the_order_of_time() {
        let mut lines = Lines::default();
        lines.take(vec![line(1, 0, "a1"), line(4, 0, "a4")]);
        lines.take(vec![line(2, 1, "b2"), line(4, 1, "b4"), line(5, 1, "b5")]);
        assert_eq!(texts(&lines), ["a1", "b2", "a4", "b4", "b5"]);
    }

    #[test]
    fn a_hundred_thousand_lines_and_no_more() {
        let mut lines = Lines::default();
        lines.filter(Matcher::parse("7$"));
        let mut gone = 0;
        for n in 0..120_000_i64 {
            gone += lines.take(vec![line(n, 0, &n.to_string())]);
        }
        assert_eq!((lines.kept(), lines.dropped(), gone), (MOST_LINES, 20_000, 2_000));
        assert_eq!(lines.at(0).unwrap().text, "20007");
        assert_eq!(lines.shown(), 10_000);
        lines.take(vec![line(200_000, 0, &"x".repeat(MOST_BYTES))]);
        assert_eq!(lines.kept(), 1, "bytes are bounded too");
    }

    proptest! {
        /// Whatever comes in whatever order, what is shown is what a sort and a
        /// filter of everything would show.
        #[test]
        fn shown_is_sorted_and_filtered(batches in prop::collection::vec(prop::collection::vec((0i64..50, 0u16..3, "[a-c]{1,3}"), 0..6), 0..12), pattern in "[a-c]") {
            let mut lines = Lines::default();
            lines.filter(Matcher::parse(&pattern));
            let mut all = Vec::new();
            for batch in batches {
                let batch: Vec<_> = batch.iter().map(|(at, source, text)| line(*at, *source, text)).collect();
                all.extend(batch.clone());
                lines.take(batch);
            }
            all.sort_by_key(|line| line.at);
            let want: Vec<_> = all.iter().filter(|l| l.text.contains(&pattern)).map(|l| (l.at, l.text.clone())).collect();
            let mut got: Vec<_> = lines.from(0).map(|l| (l.at, l.text.clone())).collect();
            prop_assert!(got.is_sorted_by_key(|(at, _)| *at));
            let mut want = want;
            want.sort();
            got.sort();
            prop_assert_eq!(got, want);
        }
    }
}
