//! When something on the screen changes by itself. No tick: an idle console
//! wakes once a minute, for the clock and the ages.

use super::App;
use crate::domain::Now;
use std::time::Duration;

/// The start of the next minute on the wall clock.
fn next_minute(now: Now) -> Now {
    let into = now.wall.as_second().rem_euclid(60).unsigned_abs();
    let part = Duration::from_nanos(now.wall.subsec_nanosecond().unsigned_abs().into());
    now.plus(Duration::from_secs(60 - into).saturating_sub(part))
}

/// The first of these moments; what is past is due at once.
fn soonest(candidates: impl Iterator<Item = Option<Now>>, now: Now) -> Option<Now> {
    let soon = now.plus(Duration::from_millis(1));
    candidates.flatten().map(|at| if at.boot <= now.boot { soon } else { at }).min_by_key(|at| at.boot)
}

impl App {
    /// When something is next to be done without an event: the picture changes,
    /// or a heartbeat is to be looked at, which is no reason to draw. The shell
    /// sends [`Event::Wake`](crate::msg::Event::Wake) then.
    pub fn next_wake(&self, now: Now) -> Option<Now> {
        let candidates = [self.next_change(now), self.session.seen.heartbeat_due()];
        soonest(candidates.into_iter(), now)
    }

    /// When the picture next changes without an event.
    pub(super) fn next_change(&self, now: Now) -> Option<Now> {
        let ctx = self.session.ctx(now);
        let candidates = [
            Some(next_minute(now)),
            self.notices.next_wake(now),
            self.router.screen().next_wake(&ctx),
            self.session.seen.rows_due(),
            self.prompt.as_ref().and_then(|prompt| prompt.next_wake(now)),
            self.write_wake(now),
        ];
        soonest(candidates.into_iter(), now)
    }

    /// The write countdown shows minutes, and seconds in its last minute.
    fn write_wake(&self, now: Now) -> Option<Now> {
        let place = self.session.place.as_ref()?;
        let left = self.session.mode.remaining(&place.context, now).filter(|left| *left < Duration::MAX)?;
        let grain = if left > Duration::from_mins(1) { 60 } else { 1 };
        let into_grain = Duration::new(left.as_secs() % grain, left.subsec_nanos());
        Some(now.plus(into_grain.max(Duration::from_millis(1))))
    }
}
