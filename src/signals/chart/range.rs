//! How far back a chart reaches.

use std::time::Duration;

/// How long the console keeps samples it read itself: enough to look at a
/// night's incident the next hour, in little memory.
pub const KEPT: Duration = Duration::from_hours(6);

/// A range with its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartRange {
    /// As people say it: `6h`.
    pub word: &'static str,
    /// How far back it reaches.
    pub length: Duration,
    /// From one point to the next; belongs to the range and not to the width of
    /// a screen, so that a wider one asks the same.
    pub step: Duration,
}

const fn range(word: &'static str, minutes: u64, step_s: u64) -> ChartRange {
    ChartRange { word, length: Duration::from_secs(minutes * 60), step: Duration::from_secs(step_s) }
}

/// The ranges, the closest first. None has more than 360 points: enough for two
/// dots in each column of a wide screen, and little for a server.
pub const RANGES: [ChartRange; 6] = [
    range("15m", 15, 15),
    range("1h", 60, 15),
    range("6h", 6 * 60, 60),
    range("24h", 24 * 60, 300),
    range("7d", 7 * 24 * 60, 1_800),
    range("30d", 30 * 24 * 60, 7_200),
];

impl ChartRange {
    /// Its step in milliseconds.
    pub fn step_ms(self) -> i64 {
        i64::try_from(self.step.as_millis()).unwrap_or(i64::MAX)
    }

    /// Its length in milliseconds.
    pub fn length_ms(self) -> i64 {
        i64::try_from(self.length.as_millis()).unwrap_or(i64::MAX)
    }

    /// The newest step at `now_ms`: steps are multiples of themselves, so that
    /// what was drawn stays what it was as time goes on.
    pub fn newest(self, now_ms: i64) -> i64 {
        now_ms.div_euclid(self.step_ms()) * self.step_ms()
    }
}
