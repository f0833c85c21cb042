//! The present, as an input.

use jiff::Timestamp;
use std::time::Duration;

/// The moment a decision is made at. Pure code never asks a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now {
    /// Wall-clock time, for ages and records.
    pub wall: Timestamp,
    /// Time since boot, suspend included: for deadlines and freshness, because
    /// wall clocks jump and a monotonic clock stands still while a laptop sleeps.
    pub boot: Duration,
}

impl Now {
    /// A moment `seconds` after the epoch on both clocks; for tests and demos.
    pub fn at(seconds: i64) -> Self {
        let wall = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { wall, boot: Duration::from_secs(seconds.unsigned_abs()) }
    }

    /// This moment, `by` later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        let wall = self.wall.checked_add(by).unwrap_or(Timestamp::MAX);
        Self { wall, boot: self.boot.saturating_add(by) }
    }

    /// How long ago `earlier` was; zero if it lies in the future (clock skew).
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::try_from(self.wall.duration_since(earlier)).unwrap_or(Duration::ZERO)
    }

    /// Boot time passed since `earlier`; zero if it lies in the future.
    pub fn elapsed(self, earlier: Now) -> Duration {
        self.boot.saturating_sub(earlier.boot)
    }
}

/// A time as people type it: `90s`, `10m`, `1h30m`.
///
/// # Errors
/// It is none, or negative.
pub fn typed_duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}"))?;
    Duration::try_from(span).map_err(|_negative| "must not be negative".to_owned())
}

/// A duration in at most two units, as kubectl users expect: `45s`, `7m`,
/// `3h20m`, `2d6h`, `41d`.
pub fn short_duration(duration: Duration) -> String {
    let s = duration.as_secs();
    let (d, h, m) = (s / 86_400, s / 3600 % 24, s / 60 % 60);
    match s {
        0..60 => format!("{s}s"),
        60..600 if !s.is_multiple_of(60) => format!("{m}m{}s", s % 60),
        60..3600 => format!("{m}m"),
        3600..36_000 if m != 0 => format!("{h}h{m}m"),
        3600..86_400 => format!("{h}h"),
        86_400..864_000 if h != 0 => format!("{d}d{h}h"),
        _ => format!("{d}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_typed_as_people_type_them() {
        assert_eq!(typed_duration("10m"), Ok(Duration::from_mins(10)));
        assert_eq!(typed_duration("1h30m"), Ok(Duration::from_mins(90)));
        assert!(typed_duration("soon").is_err() && typed_duration("-1s").is_err());
    }

    #[test]
    fn durations_read_like_kubectl() {
        let cases = [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (61, "1m1s"),
            (601, "10m"),
            (3600, "1h"),
            (3660, "1h1m"),
            (36_060, "10h"),
            (86_400, "1d"),
            (90_000, "1d1h"),
            (864_001, "10d"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(short_duration(Duration::from_secs(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn a_future_timestamp_has_age_zero() {
        let now = Now::at(100);
        assert_eq!(now.since(Now::at(101).wall), Duration::ZERO);
        assert_eq!(now.since(Now::at(40).wall), Duration::from_mins(1));
    }
}
