//! What the person is told, one line at a time.

use crate::domain::Now;
use crate::msg::{Level, Notice};
use std::collections::VecDeque;
use std::time::Duration;

/// Notices waiting to be read; the oldest is dropped first.
const MOST: usize = 20;

/// The line at the foot of the screen.
#[derive(Debug, Default)]
pub(super) struct Notices {
    waiting: VecDeque<(Notice, Now)>,
}

fn life(level: Level) -> Duration {
    match level {
        Level::Info | Level::Success => Duration::from_secs(8),
        Level::Warning => Duration::from_secs(15),
        Level::Error => Duration::from_secs(30),
    }
}

impl Notices {
    /// Tells something. It is shown at once; a repetition only lives longer.
    pub(super) fn push(&mut self, notice: Notice, now: Now) {
        self.waiting.retain(|(known, _)| *known != notice);
        self.waiting.push_back((notice, now.plus(Duration::ZERO)));
        while self.waiting.len() > MOST {
            self.waiting.pop_front();
        }
    }

    /// Takes those back that begin so: they no longer hold.
    pub(super) fn forget(&mut self, beginning: &str) {
        self.waiting.retain(|(notice, _)| !notice.text.starts_with(beginning));
    }

    /// The one to show: the loudest that is still alive, newest first.
    pub(super) fn current(&self, now: Now) -> Option<&Notice> {
        let alive = self.waiting.iter().filter(|(notice, since)| now.elapsed(*since) < life(notice.level));
        alive.max_by_key(|(notice, since)| (notice.level == Level::Error, *since)).map(|(notice, _)| notice)
    }

    /// What was told since then and is worth knowing later, the oldest first.
    pub(super) fn told_since(&self, since: Now) -> Vec<String> {
        let told =
            self.waiting.iter().filter(|(notice, at)| at.boot >= since.boot && notice.level != Level::Info);
        told.map(|(notice, _)| notice.text.clone()).collect()
    }

    /// When the one shown disappears.
    pub(super) fn next_wake(&self, now: Now) -> Option<Now> {
        let ends = self.waiting.iter().map(|(notice, since)| since.plus(life(notice.level)));
        ends.filter(|end| end.boot > now.boot).min()
    }

    /// A key was pressed: what has been read may go.
    pub(super) fn read(&mut self, now: Now) {
        self.waiting.retain(|(notice, since)| {
            let age = now.elapsed(*since);
            age < life(notice.level) && (notice.level != Level::Error || age < Duration::from_secs(2))
        });
    }
}
