//! Who is due when. Times are milliseconds of a clock that never jumps
//! (`Now::boot`), so a changed wall clock neither stops scraping nor causes a
//! storm.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// A new target is read this many times per interval at first, so that a rate
/// over a short window is whole after 20 s instead of a minute.
const QUICK_PARTS: u64 = 3;

/// Quick scrapes of a new target: five intervals of them. Longer than a window
/// of a minute, which is then whole with or without them.
const QUICK_TIMES: u32 = 16;

/// Targets that are read quickly at the same time: 40 reads a second at the
/// usual 15 s. Further ones begin on their place in the interval.
const QUICK_TARGETS: usize = 200;

/// New targets begin within this part of their interval, and stay there: 2 s.
const QUICK_SPREAD: u64 = 8;

/// What a scrape is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is on its place in the interval.
    Usual,
    /// It lies between two of them, for windows of the first minute.
    Between,
    /// It is the last of the quick ones: those between are of no use any more.
    /// Left there, distances would change inside a window, and `rate` believes
    /// that a window whose newest sample is older than usual has ended.
    Settling,
}

/// The plan of scrapes.
#[derive(Debug, Default)]
pub struct Schedule {
    entries: HashMap<String, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    interval_ms: u64,
    /// Its place inside the interval.
    place_ms: u64,
    next_ms: u64,
    in_flight: bool,
    missed: u64,
    /// Quick scrapes still to come.
    quick: u32,
}

impl Entry {
    /// One that is due on its place.
    fn new(key: &str, interval_ms: u64, now_ms: u64) -> Self {
        let place_ms = offset(key, interval_ms);
        let next_ms = next(place_ms, interval_ms, now_ms);
        Self { interval_ms, place_ms, next_ms, in_flight: false, missed: 0, quick: 0 }
    }

    /// One that is due soon and often, and keeps that place.
    fn quick(key: &str, interval_ms: u64, now_ms: u64) -> Self {
        let next_ms = now_ms + offset(key, interval_ms / QUICK_SPREAD);
        let place_ms = next_ms % interval_ms;
        Self { interval_ms, place_ms, next_ms, in_flight: false, missed: 0, quick: QUICK_TIMES }
    }

    /// Takes the scrape that is due off the plan.
    fn begin(&mut self, now_ms: u64) -> Turn {
        self.in_flight = true;
        if self.quick > 1 {
            let done = u64::from(QUICK_TIMES - self.quick);
            self.quick -= 1;
            // From the plan, not from now, so that distances stay equal; never in a burst.
            let step_ms = self.interval_ms / QUICK_PARTS;
            self.next_ms = (self.next_ms + step_ms).max(now_ms + step_ms / 2);
            return if done.is_multiple_of(QUICK_PARTS) { Turn::Usual } else { Turn::Between };
        }
        let after = next(self.place_ms, self.interval_ms, now_ms);
        self.missed += ((after - self.next_ms) / self.interval_ms).saturating_sub(1);
        self.next_ms = after;
        let last = std::mem::take(&mut self.quick) == 1;
        if last { Turn::Settling } else { Turn::Usual }
    }
}

/// A target's place inside its interval.
fn offset(key: &str, interval_ms: u64) -> u64 {
    // Fixed keys: the same target has the same place in every run.
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() % interval_ms
}

/// The first time after `now_ms` that lies on a place.
fn next(place_ms: u64, interval_ms: u64, now_ms: u64) -> u64 {
    let rounds = (now_ms + interval_ms - place_ms) / interval_ms;
    rounds * interval_ms + place_ms
}

impl Schedule {
    /// Adds a target, or changes its interval; intervals below a second count
    /// as one.
    pub fn add(&mut self, key: &str, interval_ms: u64, now_ms: u64) {
        let interval_ms = interval_ms.max(1_000);
        match self.entries.get_mut(key) {
            Some(entry) if entry.interval_ms == interval_ms => {}
            Some(entry) => {
                let (in_flight, missed) = (entry.in_flight, entry.missed);
                *entry = Entry { in_flight, missed, ..Entry::new(key, interval_ms, now_ms) };
            }
            None => {
                let make = if self.quick() < QUICK_TARGETS { Entry::quick } else { Entry::new };
                self.entries.insert(key.to_owned(), make(key, interval_ms, now_ms));
            }
        }
    }

    /// Targets that are being read quickly.
    fn quick(&self) -> usize {
        self.entries.values().filter(|entry| entry.quick > 0).count()
    }

    /// Forgets a target.
    pub fn remove(&mut self, key: &str) {
        self.entries.remove(key);
    }

    /// Targets to scrape now, at most `most`, the longest due first. They count
    /// as in flight until [`Schedule::finished`].
    pub fn due(&mut self, now_ms: u64, most: usize) -> Vec<(String, Turn)> {
        let mut due: Vec<(u64, String)> = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.in_flight && entry.next_ms <= now_ms)
            .map(|(key, entry)| (entry.next_ms, key.clone()))
            .collect();
        due.sort();
        due.truncate(most);
        let begin = |(_, key): (u64, String)| {
            let turn = self.entries.get_mut(&key)?.begin(now_ms);
            Some((key, turn))
        };
        due.into_iter().filter_map(begin).collect()
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

    /// Who is due at that time; their scrapes end at once.
    fn due(schedule: &mut Schedule, now_ms: u64) -> Vec<(String, Turn)> {
        let due = schedule.due(now_ms, usize::MAX);
        for (key, _) in &due {
            schedule.finished(key);
        }
        due
    }

    /// The scrapes of `key`, looking every 100 ms.
    fn turns(schedule: &mut Schedule, key: &str, from_ms: u64, until_ms: u64) -> Vec<(u64, Turn)> {
        let mut turns = Vec::new();
        for now_ms in (from_ms..until_ms).step_by(100) {
            let due = due(schedule, now_ms);
            turns.extend(due.iter().filter(|(name, _)| name == key).map(|(_, turn)| (now_ms, *turn)));
        }
        turns
    }

    /// A target whose quick scrapes are over, at the time after.
    fn settled(keys: &[&str], interval_ms: u64) -> (Schedule, u64) {
        let mut schedule = Schedule::default();
        for key in keys {
            schedule.add(key, interval_ms, 0);
        }
        let after = interval_ms * 6;
        turns(&mut schedule, "", 0, after);
        (schedule, after)
    }

    #[test]
    fn a_new_target_is_read_at_once_and_every_third_of_its_interval() {
        let mut schedule = Schedule::default();
        schedule.add("a", 15_000, 100_000);
        let turns = turns(&mut schedule, "a", 100_000, 250_000);
        let first = turns[0].0;
        assert!((100_000..=102_000).contains(&first), "{first}");
        for (n, (at, turn)) in turns.iter().enumerate().take(16) {
            assert!(at.abs_diff(first + n as u64 * 5_000) <= 100, "{turns:?}");
            let kept = n % 3 == 0;
            assert_eq!(*turn != Turn::Between, kept, "{turns:?}");
            assert_eq!(*turn == Turn::Settling, n == 15, "{turns:?}");
        }
        let kept: Vec<u64> = turns.iter().filter(|(_, t)| *t != Turn::Between).map(|(at, _)| *at).collect();
        assert!(kept.windows(2).all(|pair| (pair[1] - pair[0]).abs_diff(15_000) <= 100), "{kept:?}");
        assert_eq!((kept.len(), schedule.missed()), (10, 0));
    }

    #[test]
    fn of_many_new_targets_the_first_are_read_quickly_and_the_rest_are_spread() {
        let mut schedule = Schedule::default();
        for pod in 0..2_000 {
            schedule.add(&format!("pod-{pod}"), 15_000, 100_000);
        }
        let (mut quick, mut per_second) = (Vec::new(), Vec::new());
        for second in 1..=15 {
            let (early, usual): (Vec<_>, Vec<_>) =
                due(&mut schedule, 100_000 + second * 1_000).into_iter().partition(|(key, _)| {
                    key.trim_start_matches("pod-").parse::<u32>().is_ok_and(|number| number < 200)
                });
            quick.push(early.len());
            per_second.push(usual.len());
        }
        assert_eq!(quick.iter().sum::<usize>(), 600, "{quick:?}");
        assert_eq!(per_second.iter().sum::<usize>(), 1_800);
        assert!(per_second.iter().all(|n| (80..160).contains(n)), "{per_second:?}");
        turns(&mut schedule, "", 115_000, 190_000);
        schedule.add("late", 15_000, 190_000);
        let late = turns(&mut schedule, "late", 190_000, 192_000);
        assert_eq!(late.len(), 1, "there is room for quick ones again");
    }

    #[test]
    fn nobody_is_scraped_twice_at_once_and_missed_rounds_count() {
        let (mut schedule, now) = settled(&["a"], 10_000);
        let first = schedule.next_wake().unwrap();
        assert!(first >= now && first <= now + 10_000);
        assert!(schedule.due(first - 1, 9).is_empty());
        assert_eq!(schedule.due(first, 9), [("a".to_owned(), Turn::Usual)]);
        assert_eq!(schedule.next_wake(), None);
        assert!(schedule.due(first + 35_000, 9).is_empty());
        schedule.finished("a");
        assert_eq!(schedule.due(first + 35_000, 9).len(), 1);
        assert_eq!(schedule.missed(), 2);
        schedule.finished("a");
        assert_eq!(schedule.next_wake(), Some(first + 40_000));
    }

    #[test]
    fn the_most_is_kept_and_the_longest_due_go_first() {
        let (mut schedule, now) = settled(&["a", "b", "c", "d"], 5_000);
        assert_eq!(schedule.due(now + 5_000, 3).len(), 3);
        assert_eq!(schedule.due(now + 5_000, 3).len(), 1);
        schedule.remove("a");
        schedule.finished("a");
    }
}
