//! Cron schedules: five fields, and when they next agree with the clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::demo::status::quote;

/// A parsed schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// When the clock agrees with five fields.
    Fields(Fields),
    /// `@every`: so many whole seconds after the last time.
    Every(i64),
}

/// One bit for each allowed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
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
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// What a field may say: the least and the most, and names for the values from the least on.
struct Rule {
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const fn rule(low: u32, high: u32, names: &'static [&'static str]) -> Rule {
    Rule { low, high, names }
}

const RULES: [Rule; 5] =
    [rule(0, 59, &[]), rule(0, 23, &[]), rule(1, 31, &[]), rule(1, 12, MONTHS), rule(0, 6, WEEKDAYS)];

impl Schedule {
    /// Reads `*/5 2-4 * * mon-fri`, `@hourly`, `@every 90s` and the like.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the library the API server uses.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains("TZ") {
            return Err("cannot use TZ or CRON_TZ in schedule, use timeZone field instead".to_owned());
        }
        if let Some(period) = text.strip_prefix("@every ") {
            let read: Option<jiff::Span> = period.parse().ok().filter(|_| period.bytes().all(|b| b != b' '));
            let seconds = read.and_then(|s| s.total(jiff::Unit::Second).ok());
            let bad = || format!("failed to parse duration {text}: time: invalid duration {}", quote(period));
            // Go rounds to seconds and never below one.
            return seconds.map(|s| Self::Every((s as i64).max(1))).ok_or_else(bad);
        }
        let long = NAMED.iter().find(|(name, _)| *name == text).map(|(_, long)| *long);
        if long.is_none() && text.starts_with('@') {
            return Err(format!("unrecognized descriptor: {text}"));
        }
        let fields: Vec<&str> = long.unwrap_or(text).split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(format!("expected exactly 5 fields, found {}: [{text}]", fields.len()));
        };
        let [minute, hour, day, month, weekday] = &RULES;
        let any = |text: &str| matches!(text, "*" | "?");
        Ok(Self::Fields(Fields {
            minutes: field(minutes, minute)?,
            hours: field(hours, hour)?,
            days: field(days, day)?,
            months: field(months, month)?,
            weekdays: field(weekdays, weekday)?,
            either_day: !any(days) && !any(weekdays),
        }))
    }

    /// The first time after `from`, in UTC; `None` if there is none in four years.
    pub fn next(&self, from: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(seconds) => Timestamp::from_second(from.as_second() + seconds).ok(),
            Self::Fields(fields) => fields.next(from),
        }
    }
}

impl Fields {
    fn next(&self, from: Timestamp) -> Option<Timestamp> {
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

fn field(text: &str, rule: &Rule) -> Result<u64, String> {
    text.split(',').try_fold(0, |set, part| Ok(set | range(part, rule)?))
}

/// `*`, `7`, `2-4`, each with `/step`.
fn range(text: &str, rule: &Rule) -> Result<u64, String> {
    let (bounds, step) = match text.split('/').collect::<Vec<_>>().as_slice() {
        [bounds] => (*bounds, None),
        [bounds, step] => (*bounds, Some(number(step, &[], 0)?)),
        _ => return Err(format!("too many slashes: {text}")),
    };
    let (first, last) = match bounds.split('-').collect::<Vec<_>>().as_slice() {
        ["*" | "?"] => (rule.low, rule.high),
        [one] => {
            let one = number(one, rule.names, rule.low)?;
            (one, if step.is_some() { rule.high } else { one })
        }
        [first, last] => (number(first, rule.names, rule.low)?, number(last, rule.names, rule.low)?),
        _ => return Err(format!("too many hyphens: {text}")),
    };
    let step = step.unwrap_or(1);
    if first < rule.low {
        return Err(format!("beginning of range ({first}) below minimum ({}): {text}", rule.low));
    }
    if last > rule.high {
        return Err(format!("end of range ({last}) above maximum ({}): {text}", rule.high));
    }
    if first > last {
        return Err(format!("beginning of range ({first}) beyond end of range ({last}): {text}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok((first..=last).step_by(step as usize).fold(0, |set, n| set | 1 << n))
}

fn number(text: &str, names: &[&str], low: u32) -> Result<u32, String> {
    let known = names.iter().position(|name| name.eq_ignore_ascii_case(text));
    if let Some(at) = known {
        return Ok(low + at as u32);
    }
    let bad =
        |_| format!("failed to parse int from {text}: strconv.Atoi: parsing {}: invalid syntax", quote(text));
    text.parse().map_err(bad)
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
            ("0 0 * * sun", "2026-03-08T00:00:00Z"),
            ("0 0 * Mar ?", "2026-03-02T00:00:00Z"),
            ("@every 1h30m", "2026-03-01T14:04:56Z"),
            ("@hourly", "2026-03-01T13:00:00Z"),
        ] {
            let next = Schedule::parse(schedule).unwrap().next(from).unwrap();
            assert_eq!(next.to_string(), want, "{schedule}");
        }
    }

    #[test]
    fn a_bad_schedule_is_refused_in_the_real_servers_words() {
        for (schedule, why) in [
            ("", "expected exactly 5 fields, found 0: []"),
            ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("-1 * * * *", "failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax"),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("*/5/6 * * * *", "too many slashes: */5/6"),
            ("* * * * 7", "end of range (7) above maximum (6): 7"),
            ("@foo", "unrecognized descriptor: @foo"),
            ("@every x", "failed to parse duration @every x: time: invalid duration \"x\""),
            ("TZ=UTC * * * * *", "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"),
        ] {
            assert_eq!(Schedule::parse(schedule), Err(why.to_owned()), "{schedule}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_schedule_is_read_or_refused(text in "[-*/?,@0-9a-z ]{0,40}") {
            let from: Timestamp = "2026-03-01T12:34:56Z".parse().unwrap();
            if let Ok(schedule) = Schedule::parse(&text) {
                proptest::prop_assert!(schedule.next(from).is_none_or(|t| t > from));
            }
        }
    }
}
