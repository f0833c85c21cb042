//! When to draw: keys at once, news at most 30 times a second, nothing never.

use crate::domain::Now;
use std::time::Duration;

/// Between two frames that show only news. Not 33 ms: that is 31 frames in some seconds.
const FRAME: Duration = Duration::from_millis(34);

/// Whether a frame is wanted, and since when the last one is on the screen.
#[derive(Debug, Default)]
pub(super) struct Pace {
    dirty: bool,
    hurried: bool,
    last: Duration,
}

impl Pace {
    /// The screen is out of date.
    pub(super) fn changed(&mut self) {
        self.dirty = true;
    }

    /// A person did something: the next change is drawn at once.
    pub(super) fn hurry(&mut self) {
        self.hurried = true;
    }

    /// Whether to draw now.
    pub(super) fn is_due(&self, now: Now) -> bool {
        self.until_frame(now) == Some(Duration::ZERO)
    }

    /// How long until the next frame; none if nothing changed.
    pub(super) fn until_frame(&self, now: Now) -> Option<Duration> {
        if !self.dirty {
            return None;
        }
        if self.hurried {
            return Some(Duration::ZERO);
        }
        Some((self.last + FRAME).saturating_sub(now.boot))
    }

    /// A frame was drawn.
    pub(super) fn drawn(&mut self, now: Now) {
        *self = Self { dirty: false, hurried: false, last: now.boot };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: u64) -> Now {
        Now::at(100).plus(Duration::from_millis(millis))
    }

    #[test]
    fn nothing_changed_means_no_frame_ever() {
        let mut pace = Pace::default();
        pace.hurry();
        assert_eq!(pace.until_frame(at(1_000_000)), None, "a key that changes nothing draws nothing");
    }

    #[test]
    fn keys_are_drawn_at_once_and_news_wait_their_turn() {
        let mut pace = Pace::default();
        pace.drawn(at(0));
        pace.changed();
        assert_eq!(pace.until_frame(at(10)), Some(Duration::from_millis(24)));
        pace.hurry();
        assert!(pace.is_due(at(10)));
        pace.drawn(at(10));
        assert_eq!(pace.until_frame(at(11)), None);
    }

    proptest! {
        #[test]
        fn a_storm_of_news_draws_at_most_thirty_frames_a_second(gaps in prop::collection::vec(0u64..5, 400)) {
            let (mut pace, mut now, mut frames) = (Pace::default(), 0, 0u64);
            for gap in gaps {
                now += gap;
                pace.changed();
                if pace.is_due(at(now)) {
                    frames += 1;
                    pace.drawn(at(now));
                }
            }
            prop_assert!(frames <= now / 34 + 1);
        }
    }
}
