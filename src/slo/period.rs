//! Where an objective's window begins.

use super::Window;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use std::time::Duration;

const DAY_S: u64 = 86_400;

/// The beginning of the window that ends at `at`, seconds since the epoch. A
/// calendar window begins with its week, month, quarter or year in UTC, by its
/// length; one of any other length is taken as rolling.
pub(super) fn begin(window: Window, at: i64) -> i64 {
    let rolling = |length: Duration| at - i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    match window {
        Window::Rolling(length) => rolling(length),
        Window::Calendar(length) => calendar(length, at).unwrap_or_else(|| rolling(length)),
    }
}

fn calendar(length: Duration, at: i64) -> Option<i64> {
    let now: Zoned = Timestamp::from_second(at).ok()?.to_zoned(TimeZone::UTC);
    let day = now.start_of_day().ok()?;
    let date = day.date();
    let start = match length.as_secs() / DAY_S {
        7 => date.checked_sub(jiff::Span::new().days(date.weekday().to_monday_zero_offset())).ok()?,
        28..=31 => date.first_of_month(),
        89..=92 => date.with().month((date.month() - 1) / 3 * 3 + 1).day(1).build().ok()?,
        365..=366 => date.first_of_year(),
        _ => return None,
    };
    Some(start.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_windows_begin_where_calendars_do() {
        let at: Timestamp = "2026-11-21T05:00:00Z".parse().unwrap();
        let days = |n: u64| Duration::from_hours(24 * n);
        let cases =
            [(7, "2026-11-16"), (30, "2026-11-01"), (90, "2026-10-01"), (365, "2026-01-01"), (2, "rolling")];
        for (n, expected) in cases {
            let begin = begin(Window::Calendar(days(n)), at.as_second());
            let text = Timestamp::from_second(begin).unwrap().to_string();
            let rolling = begin == at.as_second() - 2 * 86_400;
            assert!(text.starts_with(expected) || (expected == "rolling" && rolling), "{n}: {text}");
        }
        assert_eq!(begin(Window::Rolling(days(1)), 100_000), 13_600);
    }
}
