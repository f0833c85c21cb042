//! Flagger's judge: thresholds on values, and a count of failed checks.
//!
//! A pure reading of `pkg/controller/scheduler.go` (flagger 15bd6ad5), kept
//! for people who come from it. Any metric out of its range, missing or NaN
//! adds one failed check; the count is never reduced within a revision, and
//! at the threshold the canary is rolled back. So a low-traffic canary is
//! rolled back for being quiet; `benches/verdict.rs` shows how often.

use serde::{Deserialize, Serialize};

use super::number;

/// The range a metric must stay in (`thresholdRange`).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Range {
    /// Smallest accepted value.
    #[serde(default, with = "number::exact", skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest accepted value.
    #[serde(default, with = "number::exact", skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// One metric at one tick.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Name, as shown.
    pub name: String,
    /// Its accepted range.
    pub range: Range,
    /// The value; `None` if the query gave none.
    pub value: Option<f64>,
}

/// What a tick leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tick {
    /// Every check passed: raise the weight.
    Advance,
    /// Keep the weight, and why.
    Halt(String),
    /// Too many failed checks, and why the last one failed.
    Rollback(String),
}

/// The state of one revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flagger {
    /// Failed checks that roll back (`analysis.threshold`).
    pub threshold: u32,
    /// Failed checks so far (`status.failedChecks`).
    pub failed: u32,
}

impl Flagger {
    /// A fresh revision.
    pub fn new(threshold: u32) -> Self {
        Self { threshold, failed: 0 }
    }

    /// One tick of the analysis loop. The first failing check is the one
    /// reported, and one tick adds at most one failed check.
    pub fn tick(&mut self, checks: &[Check]) -> Tick {
        let Some(why) = checks.iter().find_map(Check::complaint) else {
            return Tick::Advance;
        };
        self.failed = self.failed.saturating_add(1);
        if self.failed >= self.threshold {
            Tick::Rollback(format!("{} failed checks, the last: {why}", self.failed))
        } else {
            Tick::Halt(format!("{why} ({} of {} failed checks)", self.failed, self.threshold))
        }
    }
}

impl Check {
    fn complaint(&self) -> Option<String> {
        let Some(value) = self.value.filter(|v| !v.is_nan()) else {
            return Some(format!("{}: no values found", self.name));
        };
        let shown = number::rounded(value);
        let low = self.range.min.filter(|min| value < *min);
        let high = self.range.max.filter(|max| value > *max);
        low.map(|min| format!("{} {shown} < {min}", self.name))
            .or_else(|| high.map(|max| format!("{} {shown} > {max}", self.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn success(value: Option<f64>) -> [Check; 1] {
        [Check { name: "request-success-rate".into(), range: Range { min: Some(99.0), max: None }, value }]
    }

    #[test]
    fn failed_checks_add_up_and_never_go_away() {
        let mut flagger = Flagger::new(3);
        assert_eq!(
            flagger.tick(&success(Some(98.69))),
            Tick::Halt("request-success-rate 98.69 < 99 (1 of 3 failed checks)".into())
        );
        assert_eq!(flagger.tick(&success(Some(99.0))), Tick::Advance);
        assert!(matches!(flagger.tick(&success(None)), Tick::Halt(_)));
        assert_eq!(
            flagger.tick(&success(Some(f64::NAN))),
            Tick::Rollback("3 failed checks, the last: request-success-rate: no values found".into())
        );
    }

    #[test]
    fn both_ends_of_a_range() {
        let mut check = success(Some(5.0));
        check[0].range = Range { min: Some(1.0), max: Some(4.0) };
        assert!(matches!(Flagger::new(5).tick(&check), Tick::Halt(_)));
        assert_eq!(Flagger::new(5).tick(&[]), Tick::Advance);
    }
}
