//! What a verdict is computed from: counts, gauges, pods, clocks.
//!
//! Counts and times are integers, so that inputs written to the operation
//! record and read back are the same inputs, and a replay gives the same
//! bytes. Times are seconds since the weight of the present step took
//! effect: earlier traffic belongs to another split and is not comparable.

use serde::{Deserialize, Serialize};

use super::absolute::{Bars, bars_after};
use super::analysis::Analysed;
use super::guards::Fact;
use super::policy::Policy;

/// Requests and bad requests (errors, or slower than a threshold) of one
/// side in one interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Requests.
    pub n: u64,
    /// Bad requests among them.
    pub e: u64,
}

impl std::ops::Add for Counts {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { n: self.n.saturating_add(other.n), e: self.e.saturating_add(other.e) }
    }
}

impl Counts {
    /// Error ratio, or `None` without requests: no traffic is not 0 %.
    pub fn rate(self) -> Option<f64> {
        (self.n > 0).then(|| self.e as f64 / self.n as f64)
    }
}

/// Both sides over the same wall-clock interval.
///
/// `None` on a side means its request series was absent (no data), which is
/// not the same as zero requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Interval {
    /// Start, seconds since the step's weight took effect.
    pub from_s: u32,
    /// End, seconds since the step's weight took effect.
    pub to_s: u32,
    /// The new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Counts>,
    /// The version it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Counts>,
}

impl Interval {
    /// Both sides, if both had data.
    pub fn both(&self) -> Option<(Counts, Counts)> {
        self.canary.zip(self.baseline)
    }
}

/// Sums of both sides over the intervals in which both had data.
pub fn totals(intervals: &[Interval]) -> (Counts, Counts) {
    intervals
        .iter()
        .filter_map(Interval::both)
        .fold((Counts::default(), Counts::default()), |(c, b), (x, y)| (c + x, b + y))
}

/// Everything a verdict depends on. Stored with the operation; the same
/// inputs give the same verdict on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// The rules in force.
    #[serde(default)]
    pub policy: Policy,
    /// Where the step stands in time.
    pub clock: StepClock,
    /// The canary's share of traffic that was asked for, 0..=1. At 1 there is
    /// nobody left to compare with and the canary is held to its limits. At 0
    /// nobody knows it before, as where a header picks the requests, and no
    /// share is held against the router.
    pub requested_share: f64,
    /// What is measured.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// Complaints about the canary's pods and objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Whether the metrics source answers.
    #[serde(default)]
    pub health: Health,
}

/// The present step's clock, in seconds since its weight took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepClock {
    /// Now.
    pub elapsed_s: u32,
    /// No promotion before.
    pub min_s: u32,
    /// The end of the step: one look at the posterior, then hold or as
    /// [`Policy::on_inconclusive`] says.
    pub max_s: u32,
}

/// One measured quantity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// As shown: `errors`, `slower than 300 ms`, `memory`.
    pub name: String,
    /// Whether it may roll back, or only hold.
    #[serde(default)]
    pub importance: Importance,
    /// The data.
    #[serde(flatten)]
    pub data: Data,
}

/// What a bad metric may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Importance {
    /// Rolls back.
    #[default]
    Critical,
    /// Holds, and says why.
    Advisory,
}

impl Importance {
    /// Whether it rolls back.
    pub fn is_critical(&self) -> bool {
        *self == Self::Critical
    }
}

/// The data of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Data {
    /// Bad requests among all: errors, or slower than a threshold.
    Requests(Requests),
    /// A level that is not a count: memory, queue length, CPU.
    Gauge(Gauge),
    /// An expression judged by another tool's rules.
    Analysis(Analysed),
}

/// Counts of requests with the two absolute marks they are judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requests {
    /// Whether bad means failed or slow.
    #[serde(default)]
    pub bad: Bad,
    /// Rates at or below this are harmless whatever the ratio ("ten times
    /// nothing"). See [`floor_of`].
    #[serde(default = "default_floor")]
    pub floor: f64,
    /// Highest bad share the objective allows (1 - SLO target); `None`
    /// without an objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// Highest bad share that is fine where nobody stands beside the new
    /// version, at most `limit`; `None`: `limit` itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine: Option<f64>,
    /// Counts since the step's weight took effect, oldest first.
    pub intervals: Vec<Interval>,
}

impl Requests {
    /// Those of a version that comes after another one, which was asked and
    /// failed `before`, where that is known.
    pub fn after(before: Option<Counts>, bad: Bad, floor: f64, intervals: Vec<Interval>) -> Self {
        let bars = before.and_then(|before| bars_after(before, floor));
        Self { bad, floor, limit: bars.map(|b| b.worse), fine: bars.map(|b| b.fine), intervals }
    }

    /// What it is held to where nobody stands beside it.
    pub fn bars(&self) -> Option<Bars> {
        let worse = self.limit?;
        Some(Bars { fine: self.fine.unwrap_or(worse), worse })
    }
}

/// What makes a request bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bad {
    /// It failed.
    #[default]
    Failed,
    /// It was slower than this.
    SlowerThanMs(u32),
}

/// A gauge's samples on both sides over the same time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gauge {
    /// The canary's samples.
    pub canary: Vec<f64>,
    /// The baseline's samples.
    pub baseline: Vec<f64>,
    /// Which direction is bad.
    #[serde(default)]
    pub worse: Worse,
    /// Smallest relative shift that matters, above 0 (0.1 = 10 %).
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
}

/// The bad direction of a gauge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worse {
    /// More is worse: memory, latency.
    #[default]
    Higher,
    /// Less is worse: cache hits, throughput.
    Lower,
    /// Any shift is worth a look.
    Either,
}

/// Whether the metrics source answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Health {
    /// The last query succeeded.
    #[default]
    Fresh,
    /// No query has succeeded for this long.
    Unreachable {
        /// Seconds since the last success.
        for_s: u32,
        /// The last error, one line.
        error: String,
    },
}

/// The floor below which no rate is a problem: a tenth of the rate the SLO
/// allows, or 0.1 % without an SLO.
pub fn floor_of(limit: Option<f64>) -> f64 {
    limit.map_or(0.001, |allowed| allowed * 0.1)
}

fn default_floor() -> f64 {
    floor_of(None)
}

fn default_tolerance() -> f64 {
    0.1
}
