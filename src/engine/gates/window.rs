//! When a window is open: once, or again every week, in its own time zone.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};

/// Minutes of a day and of a week.
const DAY: i64 = 24 * 60;
const WEEK: i64 = 7 * DAY;

/// A stretch of time, `from` included, `until` not.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Where its clock hangs.
    pub zone: TimeZone,
    /// When it opens.
    pub when: When,
}

/// When a window opens.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Once.
    Once {
        /// From this moment on the wall.
        from: DateTime,
        /// To this one.
        until: DateTime,
    },
    /// Every week.
    Weekly {
        /// Each day it opens on.
        days: Vec<Weekday>,
        /// At what time.
        at: Time,
        /// For how many minutes on the wall: an hour more or less where clocks change.
        minutes: i64,
    },
}

/// Why a window makes no sense.
type Why = String;

impl Window {
    /// `2026-11-27 00:00` to `2026-11-30 06:00`; `fri 16:00` to `mon 08:00`; or
    /// `16:00` to `08:00` on `days`.
    ///
    /// # Errors
    /// What cannot be meant, quoted.
    pub fn parse(from: &str, until: &str, days: &[String], zone: &str) -> Result<Self, Why> {
        let zone = match zone {
            "" => return Err("timeZone is missing: such as Europe/Berlin, or UTC".to_owned()),
            "UTC" => TimeZone::UTC,
            name => TimeZone::get(name)
                .map_err(|_unknown| format!("'{name}' is no time zone known here, such as Europe/Berlin"))?,
        };
        Ok(Self { zone, when: when(from, until, days)? })
    }

    /// The end of the stretch that `at` lies in; none if it lies in none.
    pub fn end(&self, at: Timestamp) -> Option<Timestamp> {
        self.stretches(at).filter(|(from, until)| *from <= at && at < *until).map(|(_, until)| until).max()
    }

    /// When it opens next after `at`; none if never again.
    pub fn next(&self, at: Timestamp) -> Option<Timestamp> {
        self.stretches(at).map(|(from, _)| from).filter(|from| *from > at).min()
    }

    /// The stretches around a moment: a week and a day before and after.
    fn stretches(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let moment = |on_the_wall: DateTime| {
            on_the_wall.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
        };
        let pairs: Vec<(DateTime, DateTime)> = match &self.when {
            When::Once { from, until } => vec![(*from, *until)],
            When::Weekly { days, at: time, minutes } => {
                let today = at.to_zoned(self.zone.clone()).date();
                let on = |days_from: i64| today.checked_add(Span::new().try_days(days_from).ok()?).ok();
                let opens = |date: Date| {
                    let from = date.to_datetime(*time);
                    Some((from, from.checked_add(Span::new().try_minutes(*minutes).ok()?).ok()?))
                };
                (-8..=8)
                    .filter_map(on)
                    .filter(|day| days.contains(&day.weekday()))
                    .filter_map(opens)
                    .collect()
            }
        };
        pairs.into_iter().filter_map(move |(from, until)| Some((moment(from)?, moment(until)?)))
    }
}

fn when(from: &str, until: &str, days: &[String]) -> Result<When, Why> {
    for (name, text) in [("from", from), ("until", until)] {
        if text.is_empty() {
            return Err(format!("{name} is missing, as text in quotes: \"2026-11-27 00:00\" or \"16:00\""));
        }
    }
    if let (Some(from), Some(until)) = (moment(from), moment(until)) {
        if !days.is_empty() {
            return Err("days are for times of a day; from and until have dates".to_owned());
        }
        if until <= from {
            return Err(format!("it would end ({until}) before it begins ({from})"));
        }
        return Ok(When::Once { from, until });
    }
    if let (Some((first, at)), Some((last, end))) = (day_and_time(from), day_and_time(until)) {
        if !days.is_empty() {
            return Err("days are for times of a day; from and until name days themselves".to_owned());
        }
        let of_week = |day: Weekday| i64::from(day.to_monday_zero_offset()) * DAY;
        let minutes = (of_week(last) + end - of_week(first) - at).rem_euclid(WEEK);
        if minutes == 0 {
            return Err(format!("it would end when it begins, '{from}'"));
        }
        return Ok(When::Weekly { days: vec![first], at: time(at)?, minutes });
    }
    if let (Some(at), Some(end)) = (minute(from), minute(until)) {
        let days = days.iter().map(|day| weekday(day).ok_or_else(|| no_day(day)));
        let days: Vec<Weekday> = days.collect::<Result<_, _>>()?;
        if days.is_empty() {
            return Err("days is missing: such as [fri, sat, sun]".to_owned());
        }
        let minutes = if end > at { end - at } else { end - at + DAY };
        return Ok(When::Weekly { days, at: time(at)?, minutes });
    }
    Err(format!(
        "from '{from}' and until '{until}' are not both a date with a time (2026-11-27 00:00), both a day with a \
         time (fri 16:00), or both a time (16:00)"
    ))
}

fn no_day(text: &str) -> Why {
    format!("'{text}' is no day: mon, tue, wed, thu, fri, sat, sun")
}

fn moment(text: &str) -> Option<DateTime> {
    let (date, clock) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let minutes = minute(clock)?;
    let midnight: DateTime = date.parse::<Date>().ok()?.to_datetime(Time::midnight());
    midnight.checked_add(minutes.minutes()).ok()
}

fn day_and_time(text: &str) -> Option<(Weekday, i64)> {
    let (day, time) = text.split_once(' ')?;
    Some((weekday(day)?, minute(time.trim())?))
}

/// `16:00` in minutes, `24:00` too.
fn minute(text: &str) -> Option<i64> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two = |text: &str| (text.len() == 2).then(|| text.parse::<u8>().ok())?.map(i64::from);
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= DAY).then_some(hours * 60 + minutes)
}

fn time(minutes: i64) -> Result<Time, Why> {
    let parts = (i8::try_from(minutes / 60), i8::try_from(minutes % 60));
    let (Ok(hour), Ok(minute)) = parts else { return Err("no such time".to_owned()) };
    Time::new(hour, minute, 0, 0)
        .map_err(|_late| "it cannot begin at 24:00: write 00:00 of the next day".to_owned())
}

fn weekday(text: &str) -> Option<Weekday> {
    const DAYS: [(&str, &str, Weekday); 7] = [
        ("mon", "monday", Weekday::Monday),
        ("tue", "tuesday", Weekday::Tuesday),
        ("wed", "wednesday", Weekday::Wednesday),
        ("thu", "thursday", Weekday::Thursday),
        ("fri", "friday", Weekday::Friday),
        ("sat", "saturday", Weekday::Saturday),
        ("sun", "sunday", Weekday::Sunday),
    ];
    let text = text.to_ascii_lowercase();
    DAYS.iter().find(|(short, long, _)| [*short, *long].contains(&text.as_str())).map(|(.., day)| *day)
}
