//! Where an objective's window begins.

use super::{Calendar, Window};
use jiff::Span;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use std::time::Duration;

const DAY_S: u64 = 86_400;

/// Periods begin here unless the objective says where: a Monday, and the first
/// of a month, a quarter and a year.
const BEGINNING: DateTime = date(2001, 1, 1).at(0, 0, 0, 0);

/// The beginning of the window that ends at `at`, seconds since the epoch.
/// Calendar windows repeat from the objective's own beginning in its own zone,
/// so that a day of 23 hours is a day; a length that is no whole number of days
/// is taken as rolling.
pub(super) fn begin(window: Window, calendar: Option<&Calendar>, at: i64) -> i64 {
    let rolling = |length: Duration| at - i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    match window {
        Window::Rolling(length) => rolling(length),
        Window::Calendar(length) => repeated(length, calendar, at).unwrap_or_else(|| rolling(length)),
    }
}

/// `n` periods of about `length`.
fn periods(length: Duration, n: i64) -> Option<Span> {
    let days = length.as_secs() / DAY_S;
    let span = match days {
        28..=31 => Span::new().try_months(n),
        89..=92 => Span::new().try_months(n.checked_mul(3)?),
        365..=366 => Span::new().try_years(n),
        0 => return None,
        _ if !length.as_secs().is_multiple_of(DAY_S) => return None,
        _ => Span::new().try_days(n.checked_mul(i64::try_from(days).ok()?)?),
    };
    span.ok()
}

fn repeated(length: Duration, calendar: Option<&Calendar>, at: i64) -> Option<i64> {
    let (start, zone) = match calendar {
        Some(calendar) => (calendar.start.unwrap_or(BEGINNING), TimeZone::get(&calendar.zone).ok()?),
        None => (BEGINNING, TimeZone::UTC),
    };
    let begin = |n: i64| -> Option<i64> {
        let moment = start.checked_add(periods(length, n)?).ok()?;
        Some(moment.to_zoned(zone.clone()).ok()?.timestamp().as_second())
    };
    let seconds = i64::try_from(length.as_secs()).ok()?;
    // Months differ by days: the guess is off by a few in a century, never by many.
    let mut n = (at - begin(0)?).div_euclid(seconds);
    while begin(n)? > at {
        n -= 1;
    }
    while begin(n + 1)? <= at {
        n += 1;
    }
    begin(n)
}

/// Whether a zone of that name is known.
pub(super) fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// A beginning as OpenSLO writes it: `2020-01-21 12:30:00`, with `T` or `Z` or without.
pub(super) fn parse_start(text: &str) -> Option<DateTime> {
    text.trim().trim_end_matches('Z').replacen(' ', "T", 1).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn starts(days: u64, calendar: Option<&Calendar>, at: &str) -> String {
        let at: Timestamp = at.parse().unwrap();
        let window = Window::Calendar(Duration::from_hours(24 * days));
        Timestamp::from_second(begin(window, calendar, at.as_second())).unwrap().to_string()
    }

    #[test]
    fn calendar_windows_begin_where_calendars_do() {
        let at = "2026-11-21T05:00:00Z";
        for (days, expected) in [
            (7, "2026-11-16"),
            (30, "2026-11-01"),
            (90, "2026-10-01"),
            (365, "2026-01-01"),
            (1, "2026-11-21"),
        ] {
            assert_eq!(starts(days, None, at), format!("{expected}T00:00:00Z"), "{days}");
        }
        assert_eq!(begin(Window::Rolling(Duration::from_hours(24)), None, 100_000), 13_600);
        let odd = Window::Calendar(Duration::from_hours(25));
        assert_eq!(begin(odd, None, 100_000), 10_000, "no whole days: rolling");
    }

    #[test]
    fn a_zone_moves_the_beginning_and_its_clock_changes_count() {
        let zone = |name: &str, start: Option<&str>| Calendar {
            zone: name.to_owned(),
            start: start.map(|text| parse_start(text).unwrap()),
        };
        let berlin = zone("Europe/Berlin", None);
        assert_eq!(
            starts(30, Some(&berlin), "2026-10-31T23:30:00Z"),
            "2026-10-31T23:00:00Z",
            "November there"
        );
        assert_eq!(starts(30, Some(&berlin), "2026-10-31T22:30:00Z"), "2026-09-30T22:00:00Z", "summer time");
        // A week with a change of the clock begins on its Monday at midnight all the same.
        assert_eq!(starts(7, Some(&berlin), "2026-03-29T12:00:00Z"), "2026-03-22T23:00:00Z");
        assert_eq!(starts(7, Some(&berlin), "2026-03-30T00:00:00Z"), "2026-03-29T22:00:00Z");
        let york = zone("America/New_York", Some("2020-01-21 12:30:00"));
        assert_eq!(starts(30, Some(&york), "2026-11-21T17:29:59Z"), "2026-10-21T16:30:00Z");
        assert_eq!(starts(30, Some(&york), "2026-11-21T17:30:00Z"), "2026-11-21T17:30:00Z");
        let late = zone("UTC", Some("2020-01-31T00:00:00Z"));
        assert_eq!(starts(30, Some(&late), "2026-03-01T00:00:00Z"), "2026-02-28T00:00:00Z", "no 31st");
    }
}
