//! Multiwindow, multi-burn-rate alert tables.
//!
//! A row fires if the error ratio of its long *and* of its short window exceed
//! `factor · budget`. Sloth derives the factor from the share of the budget a
//! row may cost (`F = share · W / long`), Pyrra keeps the factors and scales the
//! windows. Neither table is ever hard-coded for one window: the tools differ
//! at 28 days.

use super::{Format, Objective, Slo};
use serde::Serialize;
use std::time::Duration;

/// How loud a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// For working hours.
    Ticket,
    /// Wakes somebody.
    Page,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BurnRow {
    /// How loud.
    pub severity: Severity,
    /// Burn rate from which it fires.
    pub factor: f64,
    /// Window that proves it matters.
    pub long: Duration,
    /// Window that proves it still happens.
    pub short: Duration,
    /// How long both must hold.
    pub hold: Duration,
}

impl BurnRow {
    /// Whether it fires at these burn rates; no data never fires. Whether there
    /// were enough events to believe them is [`needs_events`](Self::needs_events).
    pub fn fires(&self, long: Option<f64>, short: Option<f64>) -> bool {
        let over = |burn: Option<f64>| burn.is_some_and(|burn| burn > self.factor);
        over(long) && over(short)
    }

    /// Events the long window needs before the row means anything: with fewer,
    /// one single bad event is above the threshold (`n < 1/(F·B)`).
    pub fn needs_events(&self, objective: Objective) -> f64 {
        1.0 / (self.factor * objective.budget())
    }

    /// Whether it can fire at all: an error ratio cannot exceed 1.
    pub fn can_fire(&self, objective: Objective) -> bool {
        self.factor * objective.budget() < 1.0
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// Sloth's: severity, share of the budget, long and short window in seconds.
const SLOTH: [(Severity, f64, u64, u64); 4] = [
    (Severity::Page, 0.02, HOUR, 5 * MINUTE),
    (Severity::Page, 0.05, 6 * HOUR, 30 * MINUTE),
    (Severity::Ticket, 0.10, DAY, 2 * HOUR),
    (Severity::Ticket, 0.10, 3 * DAY, 6 * HOUR),
];

/// Sloth's table for an SLO window.
pub fn sloth_table(window: Duration) -> [BurnRow; 4] {
    SLOTH.map(|(severity, share, long, short)| BurnRow {
        severity,
        factor: share * window.as_secs_f64() / long as f64,
        long: Duration::from_secs(long),
        short: Duration::from_secs(short),
        hold: Duration::ZERO,
    })
}

/// Pyrra's: severity, factor, and what the window is divided by for the time
/// to hold, the long and the short window.
const PYRRA: [(Severity, f64, u64, u64, u64); 4] = [
    (Severity::Page, 14.0, 20_160, 672, 8_064),
    (Severity::Page, 7.0, 2_688, 112, 1_344),
    (Severity::Ticket, 2.0, 672, 28, 336),
    (Severity::Ticket, 1.0, 224, 7, 112),
];

/// Pyrra's table for an SLO window; every time is rounded to a minute, half up.
pub fn pyrra_table(window: Duration) -> [BurnRow; 4] {
    let part = |divisor: u64| {
        let seconds = window.as_secs_f64() / divisor as f64;
        Duration::from_secs((seconds / MINUTE as f64).round() as u64 * MINUTE)
    };
    PYRRA.map(|(severity, factor, hold, long, short)| BurnRow {
        severity,
        factor,
        long: part(long),
        short: part(short),
        hold: part(hold),
    })
}

/// The table an SLO's own tool would use; Sloth's for OpenSLO, which has none.
pub fn burn_table(slo: &Slo) -> [BurnRow; 4] {
    match slo.origin.format {
        Format::Pyrra => pyrra_table(slo.window.length()),
        Format::Sloth | Format::OpenSlo => sloth_table(slo.window.length()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::promql_duration;

    fn days(n: u64) -> Duration {
        Duration::from_secs(n * DAY)
    }

    #[test]
    fn sloth_factors_at_30_and_28_days() {
        let factors = |n| sloth_table(days(n)).map(|row| format!("{:.3}", row.factor));
        assert_eq!(factors(30), ["14.400", "6.000", "3.000", "1.000"]);
        assert_eq!(factors(28), ["13.440", "5.600", "2.800", "0.933"]);
    }

    #[test]
    fn pyrra_windows_as_its_own_rules_have_them() {
        let text = |n| {
            pyrra_table(days(n)).map(|row| {
                let [hold, long, short] = [row.hold, row.long, row.short].map(promql_duration);
                format!("{hold}/{long}/{short}")
            })
        };
        assert_eq!(text(28), ["2m/1h/5m", "15m/6h/30m", "1h/1d/2h", "3h/4d/6h"]);
        assert_eq!(text(14), ["1m/30m/3m", "8m/3h/15m", "30m/12h/1h", "90m/2d/3h"]);
        assert_eq!(text(30)[0], "2m/64m/5m");
    }

    #[test]
    fn a_row_that_cannot_fire_is_known() {
        let row = sloth_table(days(30))[0];
        assert!(!row.can_fire(Objective::from_percent(93.0).unwrap()));
        assert!(row.can_fire(Objective::from_percent(93.1).unwrap()));
        assert!(!row.fires(Some(14.4), Some(99.0)), "strictly above");
        assert!(row.fires(Some(14.5), Some(14.5)));
        assert!(!row.fires(Some(99.0), None), "no data never fires");
    }
}
