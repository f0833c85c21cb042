//! The timer queue: keys to look at again at a simulated time.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::key::Key;

/// At most one timer for each key: the earliest asked for.
#[derive(Debug, Default)]
pub struct Timers {
    queue: BTreeSet<(Timestamp, Key)>,
    due: HashMap<Key, Timestamp>,
}

impl Timers {
    /// Asks for `key` at `at`; an earlier wish wins, as whoever is woken asks again.
    pub fn set(&mut self, key: Key, at: Timestamp) {
        match self.due.get(&key) {
            Some(old) if *old <= at => return,
            Some(old) => {
                self.queue.remove(&(*old, key.clone()));
            }
            None => {}
        }
        self.due.insert(key.clone(), at);
        self.queue.insert((at, key));
    }

    /// Takes out everything due by `now`, earliest first.
    pub fn pop_due(&mut self, now: Timestamp) -> Vec<Key> {
        let mut ready = Vec::new();
        while let Some((at, _)) = self.queue.first() {
            if *at > now {
                break;
            }
            if let Some((_, key)) = self.queue.pop_first() {
                self.due.remove(&key);
                ready.push(key);
            }
        }
        ready
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// Forgets a key.
    pub fn cancel(&mut self, key: &Key) {
        if let Some(at) = self.due.remove(key) {
            self.queue.remove(&(at, key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_wish_for_a_key_wins_and_order_is_by_time() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let key = |n: &str| Key::new("pods", "a", n);
        let mut t = Timers::default();
        t.set(key("x"), at(30));
        t.set(key("x"), at(10));
        t.set(key("x"), at(20));
        t.set(key("y"), at(5));
        t.set(key("z"), at(7));
        t.cancel(&key("z"));
        assert_eq!(t.next(), Some(at(5)));
        assert_eq!(t.pop_due(at(9)), [key("y")]);
        assert_eq!(t.pop_due(at(60)), [key("x")]);
        assert_eq!(t.next(), None);
    }
}
