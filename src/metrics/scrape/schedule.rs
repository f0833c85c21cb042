//! Who is due when. Times are milliseconds of a clock that never jumps
//! (`Now::boot`), so a changed wall clock neither stops scraping nor causes a
//! storm.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// The plan of scrapes.
#[derive(Debug, Default)]
pub struct Schedule {
    entries: HashMap<String, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    interval_ms: u64,
    next_ms: u64,
    in_flight: bool,
    missed: u64,
}

/// A target's place inside its interval.
fn offset(key: &str, interval_ms: u64) -> u64 {
    // Fixed keys: the same target has the same place in every run.
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() % interval_ms
}

/// The first time after `now_ms` that lies on the target's place.
fn next(key: &str, interval_ms: u64, now_ms: u64) -> u64 {
    let place = offset(key, interval_ms);
    let rounds = (now_ms + interval_ms - place) / interval_ms;
    rounds * interval_ms + place
}

impl Schedule {
    /// Adds a target, or changes its interval; intervals below a second count
    /// as one.
    pub fn add(&mut self, key: &str, interval_ms: u64, now_ms: u64) {
        let interval_ms = interval_ms.max(1_000);
        match self.entries.get_mut(key) {
            Some(entry) if entry.interval_ms == interval_ms => {}
            Some(entry) => {
                entry.interval_ms = interval_ms;
                entry.next_ms = next(key, interval_ms, now_ms);
            }
            None => {
                let next_ms = next(key, interval_ms, now_ms);
                let entry = Entry { interval_ms, next_ms, in_flight: false, missed: 0 };
                self.entries.insert(key.to_owned(), entry);
            }
        }
    }

    /// Forgets a target.
    pub fn remove(&mut self, key: &str) {
        self.entries.remove(key);
    }

    /// Targets to scrape now, at most `most`, the longest due first. They count
    /// as in flight until [`Schedule::finished`].
    pub fn due(&mut self, now_ms: u64, most: usize) -> Vec<String> {
        let mut due: Vec<(u64, String)> = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.in_flight && entry.next_ms <= now_ms)
            .map(|(key, entry)| (entry.next_ms, key.clone()))
            .collect();
        due.sort();
        due.truncate(most);
        for (_, key) in &due {
            if let Some(entry) = self.entries.get_mut(key) {
                let after = next(key, entry.interval_ms, now_ms);
                entry.missed += ((after - entry.next_ms) / entry.interval_ms).saturating_sub(1);
                entry.next_ms = after;
                entry.in_flight = true;
            }
        }
        due.into_iter().map(|(_, key)| key).collect()
    }

    /// A scrape has ended, well or not.
    pub fn finished(&mut self, key: &str) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.in_flight = false;
        }
    }

    /// When somebody is due next.
    pub fn next_wake(&self) -> Option<u64> {
        self.entries.values().filter(|entry| !entry.in_flight).map(|entry| entry.next_ms).min()
    }

    /// Rounds that were skipped because a scrape, or this computer, was slow.
    pub fn missed(&self) -> u64 {
        self.entries.values().map(|entry| entry.missed).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_spread_over_the_interval() {
        let mut schedule = Schedule::default();
        for pod in 0..2_000 {
            schedule.add(&format!("pod-{pod}"), 15_000, 100_000);
        }
        let mut per_second = Vec::new();
        for second in 1..=15 {
            let due = schedule.due(100_000 + second * 1_000, usize::MAX);
            for key in &due {
                schedule.finished(key);
            }
            per_second.push(due.len());
        }
        assert_eq!(per_second.iter().sum::<usize>(), 2_000);
        assert!(per_second.iter().all(|n| (90..180).contains(n)), "{per_second:?}");
    }

    #[test]
    fn nobody_is_scraped_twice_at_once_and_missed_rounds_count() {
        let mut schedule = Schedule::default();
        schedule.add("a", 10_000, 0);
        let first = schedule.next_wake().unwrap();
        assert!(first > 0 && first <= 10_000);
        assert!(schedule.due(first - 1, 9).is_empty());
        assert_eq!(schedule.due(first, 9), ["a"]);
        assert_eq!(schedule.next_wake(), None);
        assert!(schedule.due(first + 35_000, 9).is_empty());
        schedule.finished("a");
        assert_eq!(schedule.due(first + 35_000, 9), ["a"]);
        assert_eq!(schedule.missed(), 2);
        schedule.finished("a");
        assert_eq!(schedule.next_wake(), Some(first + 40_000));
    }

    #[test]
    fn the_most_is_kept_and_the_longest_due_go_first() {
        let mut schedule = Schedule::default();
        for key in ["a", "b", "c", "d"] {
            schedule.add(key, 5_000, 0);
        }
        assert_eq!(schedule.due(5_000, 3).len(), 3);
        assert_eq!(schedule.due(5_000, 3).len(), 1);
        schedule.remove("a");
        schedule.finished("a");
    }
}
