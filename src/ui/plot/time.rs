//! The axis of time: which column a moment is in, and where labels stand.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Columns a label needs, with a blank on both sides.
const LABEL: i64 = 9;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Distances of labels people count in.
const ROUND: [i64; 15] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
];

/// Moments and columns. A column is a whole number of milliseconds, and columns
/// begin at multiples of that: as time goes on everything moves together, by
/// whole columns, and no line changes its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeAxis {
    /// Milliseconds of half a column.
    half: i64,
    /// The number of the first column, counted from the epoch.
    first: i64,
    columns: u16,
}

impl TimeAxis {
    /// `columns` for the `span_ms` until `end_ms`, which is in the last one.
    pub(super) fn new(end_ms: i64, span_ms: i64, columns: u16) -> Self {
        let columns_i = i64::from(columns.max(1));
        let half = (span_ms.max(1) + 2 * columns_i - 1).div_euclid(2 * columns_i).max(1);
        let first = end_ms.div_euclid(2 * half) - columns_i + 1;
        Self { half, first, columns }
    }

    /// The dot of a moment, counted from the left at `across` to a column.
    pub(super) fn dot(&self, at_ms: i64, across: usize) -> Option<usize> {
        let (wide, each) = if across == 2 { (self.half, 2) } else { (2 * self.half, 1) };
        let dot = at_ms.div_euclid(wide).checked_sub(self.first.checked_mul(each)?)?;
        usize::try_from(dot).ok().filter(|dot| *dot < usize::from(self.columns) * across)
    }

    /// The column of a moment.
    pub(super) fn column(&self, at_ms: i64) -> Option<u16> {
        self.dot(at_ms, 1).and_then(|column| u16::try_from(column).ok())
    }

    /// The first and the last moment of a column.
    pub(super) fn moments(&self, column: u16) -> (i64, i64) {
        let from = (self.first + i64::from(column)) * 2 * self.half;
        (from, from + 2 * self.half - 1)
    }

    /// How long a column is, in milliseconds.
    pub(super) fn column_ms(&self) -> i64 {
        2 * self.half
    }

    /// The labels: column and text, at round times of the zone.
    pub(super) fn labels(&self, zone: &TimeZone) -> Vec<(u16, String)> {
        let least = self.column_ms().saturating_mul(LABEL);
        let apart = ROUND.iter().copied().find(|apart| *apart >= least).unwrap_or(28 * DAY);
        let end = self.moments(self.columns.saturating_sub(1)).1;
        let mut labels = Vec::new();
        let mut at = next(self.moments(0).0, apart, zone);
        // Each one is later than the one before; the number is a belt.
        for _ in 0..self.columns {
            if at > end {
                break;
            }
            if let (Some(column), Some(text)) = (self.column(at), word(at, apart, zone)) {
                labels.push((column, text));
            }
            at = next(at + 1, apart, zone);
        }
        labels
    }
}

/// The first moment from `at_ms` on that is a multiple of `apart` by the clock
/// of the zone.
fn next(at_ms: i64, apart: i64, zone: &TimeZone) -> i64 {
    let offset = offset_ms(at_ms, zone);
    let by_clock = (at_ms + offset + apart - 1).div_euclid(apart) * apart;
    let same = by_clock - offset;
    // The clocks may be changed in between; an hour that is skipped has no moment.
    let other = by_clock - offset_ms(same, zone);
    if other >= at_ms && offset_ms(other, zone) == by_clock - other { other } else { same }
}

fn offset_ms(at_ms: i64, zone: &TimeZone) -> i64 {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    i64::from(zone.to_offset(at).seconds()) * 1000
}

/// `14:05`; the day where that is what changes.
fn word(at_ms: i64, apart: i64, zone: &TimeZone) -> Option<String> {
    let at = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(zone.clone());
    let midnight = at.hour() == 0 && at.minute() == 0;
    let text = if apart >= DAY || midnight { at.strftime("%b %d") } else { at.strftime("%H:%M") };
    Some(text.to_string())
}
