//! Cron schedules: five fields, and when they next agree with the clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A parsed schedule: one bit for each allowed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Either of day and weekday suffices when both are restricted.
    either_day: bool,
}

/// Shorthands.
const NAMED: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Schedule {
    /// Reads `*/5 2-4 * * 1,3` and the like; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = NAMED.iter().find(|(name, _)| *name == text.trim()).map_or(text, |(_, long)| long);
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        let week = field(weekdays, 0, 7)?;
        Some(Self {
            minutes: field(minutes, 0, 59)?,
            hours: field(hours, 0, 23)?,
            days: field(days, 1, 31)?,
            months: field(months, 1, 12)?,
            // Sunday is 0 and 7.
            weekdays: (week | (week >> 7)) & 0x7f,
            either_day: *days != "*" && *weekdays != "*",
        })
    }

    /// The first minute after `from` it names, in UTC; `None` if there is none in four years.
    pub fn next(&self, from: Timestamp) -> Option<Timestamp> {
        let mut minute = from.as_second().div_euclid(60) + 1;
        let end = minute + 4 * 366 * 1440;
        while minute < end {
            let at = Timestamp::from_second(minute * 60).ok()?;
            let civil = at.to_zoned(TimeZone::UTC);
            let has = |set: u64, n: i8| set >> u32::from(n.unsigned_abs()) & 1 == 1;
            let day = has(self.days, civil.day());
            let weekday = has(self.weekdays, civil.weekday().to_sunday_zero_offset());
            let day_fits = if self.either_day { day || weekday } else { day && weekday };
            if !has(self.months, civil.month()) || !day_fits {
                minute = (minute.div_euclid(1440) + 1) * 1440;
            } else if !has(self.hours, civil.hour()) {
                minute = (minute.div_euclid(60) + 1) * 60;
            } else if has(self.minutes, civil.minute()) {
                return Some(at);
            } else {
                minute += 1;
            }
        }
        None
    }
}

fn field(text: &str, low: u32, high: u32) -> Option<u64> {
    text.split(',').try_fold(0, |set, part| {
        let (range, step) = part.split_once('/').map_or((part, Some(1)), |(r, s)| (r, s.parse().ok()));
        let step: u32 = step.filter(|s| *s > 0)?;
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((a, b)) => (a.parse().ok()?, b.parse().ok()?),
            None => {
                let n: u32 = range.parse().ok()?;
                (n, if part.contains('/') { high } else { n })
            }
        };
        if first < low || last > high || first > last {
            return None;
        }
        Some((first..=last).step_by(step as usize).fold(set, |s, n| s | 1 << n))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_is_the_one_cron_would_take() {
        let from: Timestamp = "2026-03-01T12:34:56Z".parse().unwrap(); // a Sunday
        for (schedule, want) in [
            ("* * * * *", "2026-03-01T12:35:00Z"),
            ("*/15 * * * *", "2026-03-01T12:45:00Z"),
            ("0 3 * * *", "2026-03-02T03:00:00Z"),
            ("30 9 * * 1-5", "2026-03-02T09:30:00Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
            ("0 0 13 * 5", "2026-03-06T00:00:00Z"),
            ("5,10 12 1 3 *", "2027-03-01T12:05:00Z"),
            ("0 0 * * 7", "2026-03-08T00:00:00Z"),
            ("@hourly", "2026-03-01T13:00:00Z"),
        ] {
            let next = Schedule::parse(schedule).unwrap().next(from).unwrap();
            assert_eq!(next.to_string(), want, "{schedule}");
        }
        for bad in ["", "* * * *", "60 * * * *", "* * 0 * *", "*/0 * * * *", "5-1 * * * *", "x * * * *"] {
            assert_eq!(Schedule::parse(bad), None, "{bad}");
        }
    }
}
