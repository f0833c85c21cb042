//! Calendar functions, UTC.
//!
//! Dates are computed directly (days since the epoch to civil date, after
//! Howard Hinnant's `civil_from_days`), because a value may be any float and a
//! calendar library would refuse most of them.

use crate::promql::error::Error;
use crate::promql::eval::Eval;
use crate::promql::eval::frame::{Column, Frame, Grid};
use crate::promql::labels::Labels;
use crate::promql::node::Call;

const DAY: i64 = 86_400;

pub(super) fn column(
    eval: &mut Eval<'_>,
    call: &Call,
    grid: Grid,
    f: fn(i64) -> f64,
) -> Result<Column, Error> {
    if call.args.is_empty() {
        eval.charge(grid.steps)?;
        let mut frame = Frame::new(grid.steps);
        let row = frame.push(Labels::empty(), false);
        for (cell, at) in row.iter_mut().zip(grid.times()) {
            *cell = f(at.div_euclid(1000));
        }
        return Ok(Column::Vector(frame));
    }
    let mut frame = eval.vector(super::first(call)?, grid)?;
    frame.map(|seconds| f(seconds as i64));
    Ok(Column::Vector(eval.drop_names(frame)?))
}

/// Year, month 1..12, day 1..31.
fn civil(seconds: i64) -> (i64, i64, i64) {
    let days = seconds.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) fn year(seconds: i64) -> f64 {
    civil(seconds).0 as f64
}

pub(super) fn month(seconds: i64) -> f64 {
    civil(seconds).1 as f64
}

pub(super) fn day_of_month(seconds: i64) -> f64 {
    civil(seconds).2 as f64
}

pub(super) fn days_in_month(seconds: i64) -> f64 {
    let (year, month, _) = civil(seconds);
    month_days(year, month) as f64
}

pub(super) fn day_of_year(seconds: i64) -> f64 {
    let (year, month, day) = civil(seconds);
    let before: i64 = (1..month).map(|m| month_days(year, m)).sum();
    (before + day) as f64
}

/// Sunday is 0.
pub(super) fn day_of_week(seconds: i64) -> f64 {
    // The epoch was a Thursday.
    (seconds.div_euclid(DAY) + 4).rem_euclid(7) as f64
}

pub(super) fn hour(seconds: i64) -> f64 {
    (seconds.rem_euclid(DAY) / 3600) as f64
}

pub(super) fn minute(seconds: i64) -> f64 {
    (seconds.rem_euclid(3600) / 60) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        // 2024-02-29 23:59:59 UTC, a Thursday and day 60.
        let leap = 1_709_251_199;
        assert_eq!(civil(leap), (2024, 2, 29));
        assert_eq!(civil(-1), (1969, 12, 31));
        assert_eq!(civil(0), (1970, 1, 1));
        let all = [days_in_month(leap), day_of_year(leap), day_of_week(leap)];
        assert!(all.iter().zip([29.0, 60.0, 4.0]).all(|(a, b): (&f64, f64)| (a - b).abs() < 0.1));
        assert!((hour(leap) - 23.0).abs() < 0.1 && (minute(leap) - 59.0).abs() < 0.1);
    }

    #[test]
    fn any_second_is_survived() {
        for seconds in [i64::MIN, i64::MAX, 0] {
            assert!(year(seconds).is_finite() && day_of_year(seconds) >= 1.0);
        }
    }
}
