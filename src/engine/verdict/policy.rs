//! The rules of a verdict that people may change, with the defaults the
//! simulation in `benches/verdict.rs` was run with.

use serde::{Deserialize, Serialize};

/// Thresholds and waiting times. Everything has a default; an unknown key is
/// an error, because a misspelt threshold would silently be the default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Evidence that rolls back, `1/alpha`: 20 wrongly condemns a canary at
    /// exactly twice the baseline's rate in at most 5 % of steps, 100 in 1 %.
    /// With m critical metrics each needs m times as much.
    pub rollback_evidence: f64,
    /// Evidence that promotes.
    pub promote_evidence: f64,
    /// Fewest canary errors that roll back.
    pub min_errors: u64,
    /// Fewest *independent* canary events (errors / phi) that roll back once
    /// errors come in bursts, and at the end of a step in any case.
    pub min_events: f64,
    /// Fewest distinct intervals those errors come from.
    pub min_bad_intervals: usize,
    /// No ordinary rollback before this many intervals; guards still act.
    pub warmup_intervals: usize,
    /// No promotion before this many intervals.
    pub promote_intervals: usize,
    /// No promotion by "the rate is below the floor" before this many
    /// intervals: a burst that has not happened yet looks like a zero.
    pub floor_intervals: usize,
    /// Error probability of the upper bound compared with the floor. Looked
    /// at repeatedly it is not a guarantee; use 0.01 where that matters.
    pub floor_alpha: f64,
    /// Accepted observed share of the smaller side, as factors of what was
    /// requested.
    pub share_factor: (f64, f64),
    /// End of step: posterior P(ratio > 2) at or above which to roll back.
    pub rollback_posterior: f64,
    /// End of step: posterior P(ratio > 2) at or below which to promote.
    pub promote_posterior: f64,
    /// What an inconclusive end of step does.
    pub on_inconclusive: OnInconclusive,
    /// What the end of a step does in which no requests were counted.
    #[serde(skip_serializing_if = "OnNoData::is_hold")]
    pub on_no_data: OnNoData,
    /// What a long outage of the metrics source does.
    pub outage: Outage,
    /// Limits of the guards that need no statistics.
    pub guards: Limits,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rollback_evidence: 20.0,
            promote_evidence: 10.0,
            min_errors: 3,
            min_events: 4.0,
            min_bad_intervals: 2,
            warmup_intervals: 5,
            promote_intervals: 4,
            floor_intervals: 10,
            floor_alpha: 0.05,
            share_factor: (0.5, 2.0),
            rollback_posterior: 0.95,
            promote_posterior: 0.15,
            on_inconclusive: OnInconclusive::default(),
            on_no_data: OnNoData::default(),
            outage: Outage::default(),
            guards: Limits::default(),
        }
    }
}

/// What to do when a step ended and the data decide nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnInconclusive {
    /// Wait for a person.
    #[default]
    Hold,
    /// Go on.
    Promote,
    /// Go back.
    Rollback,
}

/// What to do when a step ended and no requests were counted: its pods offer no
/// metrics, or nobody asked. A source that does not answer is an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNoData {
    /// Wait for a person.
    #[default]
    Hold,
    /// Counts as undecided: [`Policy::on_inconclusive`] says what follows.
    Undecided,
}

impl OnNoData {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_hold(&self) -> bool {
        *self == Self::Hold
    }
}

/// The policy for metrics that stay away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outage {
    /// Seconds of outage after which `then` applies; until then the verdict
    /// holds and shows the countdown.
    pub after_s: u32,
    /// What happens then.
    pub then: OutageThen,
}

impl Default for Outage {
    fn default() -> Self {
        Self { after_s: 600, then: OutageThen::Page }
    }
}

/// What happens when the metrics have been away too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutageThen {
    /// Keep holding, and call a person.
    #[default]
    Page,
    /// Roll back.
    Rollback,
}

/// Limits of the guards.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Restarts of a crash-looping container that condemn it.
    pub restarts: u32,
    /// Seconds an image pull or configuration error may last. Registries
    /// hiccup for less; the progress deadline would take ten minutes.
    pub waiting_s: u32,
    /// Fewest canary errors for the ceiling.
    pub ceiling_errors: u64,
    /// Canary error ratio at which no comparison is needed.
    pub ceiling_ratio: f64,
    /// Seconds the ceiling looks back.
    pub ceiling_window_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { restarts: 2, waiting_s: 60, ceiling_errors: 5, ceiling_ratio: 0.5, ceiling_window_s: 60 }
    }
}

impl Policy {
    /// What is wrong with these numbers, one sentence each; empty if sound.
    pub fn faults(&self) -> Vec<String> {
        let checks = [
            (
                self.rollback_evidence > 1.0,
                "rollback_evidence",
                self.rollback_evidence,
                "above 1 (20 = 5 % error)",
            ),
            (self.promote_evidence > 1.0, "promote_evidence", self.promote_evidence, "above 1"),
            (
                self.floor_alpha > 0.0 && self.floor_alpha < 0.5,
                "floor_alpha",
                self.floor_alpha,
                "between 0 and 0.5",
            ),
            (
                self.promote_posterior < self.rollback_posterior,
                "promote_posterior",
                self.promote_posterior,
                "below rollback_posterior",
            ),
            (
                self.rollback_posterior < 1.0 && self.promote_posterior > 0.0,
                "rollback_posterior",
                self.rollback_posterior,
                "below 1, with promote_posterior above 0",
            ),
            (
                self.share_factor.0 > 0.0 && self.share_factor.0 < 1.0 && self.share_factor.1 > 1.0,
                "share_factor",
                self.share_factor.0,
                "a pair like [0.5, 2]",
            ),
            (
                self.guards.ceiling_ratio > 0.0 && self.guards.ceiling_ratio <= 1.0,
                "ceiling_ratio",
                self.guards.ceiling_ratio,
                "between 0 and 1",
            ),
        ];
        checks
            .iter()
            .filter(|(fine, ..)| !fine)
            .map(|(_, key, value, want)| format!("`{key}` is {value}; it must be {want}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound_and_round_trip() {
        let policy = Policy::default();
        assert!(policy.faults().is_empty());
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
        assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), policy);
    }

    #[test]
    fn a_misspelt_key_is_named() {
        let error = serde_json::from_str::<Policy>(r#"{"rollback_evidense": 5}"#).unwrap_err();
        assert!(error.to_string().contains("rollback_evidense"));
    }

    #[test]
    fn nonsense_is_quoted() {
        let policy = Policy { rollback_evidence: 0.5, ..Policy::default() };
        assert_eq!(policy.faults(), ["`rollback_evidence` is 0.5; it must be above 1 (20 = 5 % error)"]);
    }
}
