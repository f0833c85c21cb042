//! What a verdict says: the decision, one sentence, and the evidence.

use serde::{Deserialize, Serialize};

use super::input::Importance;

/// A verdict. Stored next to its inputs; equal inputs give equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What to do.
    pub decision: Decision,
    /// Which rule decided.
    pub cause: Cause,
    /// One sentence for a person, without period.
    pub reason: String,
    /// What is missing for a decision, if it can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Needs>,
    /// Seconds until the outage policy applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countdown_s: Option<u32>,
    /// A person should be called: the run cannot decide by itself.
    #[serde(default)]
    pub page: bool,
    /// Every metric with its own finding, in the order of the inputs.
    pub metrics: Vec<MetricVerdict>,
}

impl Verdict {
    /// Whether another one says the same of the same numbers; sentences may be
    /// worded anew by a later program.
    pub fn agrees(&self, other: &Self) -> bool {
        let bare = |verdict: &Self| Self { reason: String::new(), metrics: Vec::new(), ..verdict.clone() };
        let numbers = |metric: &MetricVerdict| MetricVerdict { note: String::new(), ..metric.clone() };
        bare(self) == bare(other) && self.metrics.iter().map(numbers).eq(other.metrics.iter().map(numbers))
    }
}

/// What to do with the canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Go on to the next weight.
    Promote,
    /// Move the traffic back to stable.
    Rollback,
    /// Keep the weight and wait.
    Hold,
    /// Both sides are bad: keep the weight, blame nobody, call a person.
    Environment,
}

impl Decision {
    /// The words shown on screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Promote => "PROMOTE",
            Self::Rollback => "ROLL BACK",
            Self::Hold => "HOLD",
            Self::Environment => "ENVIRONMENT",
        }
    }
}

/// The rule that decided, in the order the rules are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Policy or inputs make no sense; nothing is decided on them.
    Invalid,
    /// A pod or object fact ([`super::guards`]).
    Guard,
    /// The canary fails half of its requests.
    Ceiling,
    /// Enough evidence that the canary is worse.
    Worse,
    /// A condition of the plan failed, is inconclusive, or not met yet.
    Condition,
    /// The metrics source does not answer.
    Outage,
    /// A request series is absent or silent.
    NoData,
    /// The observed split is not the requested one.
    Share,
    /// Both sides breach the objective.
    Environment,
    /// The posterior at the end of the step condemns.
    EndOfStep,
    /// An advisory metric is bad.
    Advisory,
    /// Every critical metric is fine.
    Fine,
    /// Fine, but the step's minimum time is not over.
    MinimumTime,
    /// The step ended undecided.
    Inconclusive,
    /// Still collecting.
    Collecting,
}

/// What is missing until a decision, at the present rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// Further canary requests.
    pub requests: u64,
    /// How long they take at the canary's present rate; `None` if it
    /// receives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// One metric's part in a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricVerdict {
    /// Name from the inputs.
    pub name: String,
    /// Whether it may roll back.
    pub importance: Importance,
    /// What it says.
    pub finding: Finding,
    /// One sentence for a person, without period.
    pub note: String,
    /// The numbers, for request metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// The numbers, for gauges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift: Option<Shift>,
}

/// What one metric says about the canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Worse, by evidence that holds at any look.
    Worse,
    /// Worse, by the single look at the end of the step.
    WorseAtEnd,
    /// A condition of the plan failed.
    Failed,
    /// A condition of the plan can tell neither: a person decides.
    Inconclusive,
    /// Fine.
    Fine,
    /// Not settled yet.
    Open,
    /// Cannot be judged: data absent.
    NoData,
}

/// The numbers behind a request metric's finding. Rates are 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Canary requests and bad requests.
    pub n_c: u64,
    /// See `n_c`.
    pub e_c: u64,
    /// Baseline requests and bad requests.
    pub n_b: u64,
    /// See `n_b`.
    pub e_b: u64,
    /// Evidence that the canary is worse than twice the baseline.
    pub e: f64,
    /// `e` at which it is rolled back.
    pub e_needed: f64,
    /// Evidence that it is better than twice the baseline.
    pub e_prime: f64,
    /// `e_prime` at which it may be promoted.
    pub e_prime_needed: f64,
    /// Burst factor.
    pub phi: f64,
    /// Upper bound of the canary's rate.
    pub upper: f64,
    /// The rate below which nothing is a problem.
    pub floor: f64,
    /// Posterior P(ratio > 2), as the end of the step would read it.
    pub posterior: f64,
}

/// The numbers behind a gauge's finding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Samples of the canary.
    pub canary: usize,
    /// Samples of the baseline.
    pub baseline: usize,
    /// Hodges-Lehmann estimate of the shift, in the metric's unit.
    pub estimate: f64,
    /// 98 % confidence interval of the shift.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Median of the baseline.
    pub median: f64,
}
