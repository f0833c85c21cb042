//! Argo Rollouts' judge: conditions on measurements, with limits.
//!
//! A pure reading of `analysis/analysis.go` (argo-rollouts 9f8d111d8), kept
//! for people who bring `AnalysisTemplate`s. It has no notion of sample size
//! and no baseline; `benches/verdict.rs` shows what that costs.
//!
//! Kept quirks, because a template must mean here what it means there: an
//! empty answer is an error, and the fifth error in a row fails the run; NaN
//! fulfils no comparison, so no traffic fails unless `isNaN` is asked first.

use serde::{Deserialize, Serialize};

use super::condition::Condition;

/// One metric of an `AnalysisTemplate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// `successCondition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<Condition>,
    /// `failureCondition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Condition>,
    /// `failureLimit`: failures tolerated; `None` is Argo's -1, no limit.
    pub failure_limit: Option<u32>,
    /// `inconclusiveLimit`; `None` is no limit.
    pub inconclusive_limit: Option<u32>,
    /// `consecutiveErrorLimit`; `None` is no limit.
    pub consecutive_error_limit: Option<u32>,
    /// `consecutiveSuccessLimit`: this many successes in a row end it early.
    pub consecutive_success_limit: Option<u32>,
    /// `count`: measurements until it is complete; `None` is endless.
    pub count: Option<u32>,
}

impl Default for Template {
    fn default() -> Self {
        Self {
            success: None,
            failure: None,
            failure_limit: Some(0),
            inconclusive_limit: Some(0),
            consecutive_error_limit: Some(4),
            consecutive_success_limit: None,
            count: None,
        }
    }
}

/// What the query answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A value, possibly NaN.
    Value(f64),
    /// An empty vector, or a failed query.
    Error(String),
}

/// How one measurement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Fulfils the conditions.
    Successful,
    /// Violates them.
    Failed,
    /// Neither condition is true.
    Inconclusive,
    /// Could not be evaluated.
    Error,
}

/// How many measurements of each kind there were: all that limits ask, however
/// long a step lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// That fulfilled the conditions.
    pub successful: u32,
    /// That violated them.
    pub failed: u32,
    /// For which neither condition was true.
    pub inconclusive: u32,
    /// That could not be evaluated.
    pub errors: u32,
    /// Successful ones behind the last of another kind.
    pub successes_in_a_row: u32,
    /// Errors behind the last of another kind.
    pub errors_in_a_row: u32,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, measured: Measured) {
        let (kind, row) = match measured {
            Measured::Successful => (&mut self.successful, Some(&mut self.successes_in_a_row)),
            Measured::Failed => (&mut self.failed, None),
            Measured::Inconclusive => (&mut self.inconclusive, None),
            Measured::Error => (&mut self.errors, Some(&mut self.errors_in_a_row)),
        };
        *kind = kind.saturating_add(1);
        let longer = row.map(|row| {
            *row = row.saturating_add(1);
            *row
        });
        let of = |kind| if measured == kind { longer.unwrap_or_default() } else { 0 };
        (self.successes_in_a_row, self.errors_in_a_row) = (of(Measured::Successful), of(Measured::Error));
    }

    /// Those that count towards the end: errors are tried again.
    pub fn counted(&self) -> u32 {
        self.successful.saturating_add(self.failed).saturating_add(self.inconclusive)
    }
}

impl FromIterator<Measured> for Tally {
    fn from_iter<I: IntoIterator<Item = Measured>>(all: I) -> Self {
        all.into_iter().fold(Self::default(), |mut tally, measured| {
            tally.add(measured);
            tally
        })
    }
}

/// Where the metric stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// More measurements to come.
    Running,
    /// Promote.
    Successful,
    /// Abort.
    Failed,
    /// A person decides.
    Inconclusive,
    /// Abort, like Argo does.
    Error,
}

impl Template {
    /// Classifies one answer.
    pub fn measure(&self, answer: &Answer) -> Measured {
        let value = match answer {
            Answer::Error(_) => return Measured::Error,
            Answer::Value(value) => *value,
        };
        let failed = self.failure.as_ref().map(|c| c.holds(value));
        let succeeded = self.success.as_ref().map(|c| c.holds(value));
        match (succeeded, failed) {
            (_, Some(true)) | (Some(false), None) => Measured::Failed,
            (None | Some(true), Some(false) | None) => Measured::Successful,
            (Some(false), Some(false)) => Measured::Inconclusive,
        }
    }

    /// Where the metric stands after these measurements, oldest first.
    pub fn assess(&self, measurements: &[Measured]) -> Phase {
        self.phase(&measurements.iter().copied().collect())
    }

    /// Where the metric stands after so many measurements. The later limits
    /// override the earlier ones, as in `assessMetricStatus`.
    pub fn phase(&self, tally: &Tally) -> Phase {
        let over = |n: u32, limit: Option<u32>| limit.is_some_and(|l| n > l);
        let mut phase = Phase::Running;
        if over(tally.failed, self.failure_limit) {
            phase = Phase::Failed;
        }
        if over(tally.inconclusive, self.inconclusive_limit) {
            phase = Phase::Inconclusive;
        }
        if over(tally.errors_in_a_row, self.consecutive_error_limit) {
            phase = Phase::Error;
        }
        if phase != Phase::Running {
            return phase;
        }
        let early = self.consecutive_success_limit.is_some_and(|l| l > 0 && tally.successes_in_a_row >= l);
        let complete = self.count.is_some_and(|c| tally.counted() >= c);
        if early || complete { Phase::Successful } else { phase }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Measured::{Error, Failed, Inconclusive, Successful};

    fn at_least(limit: &str) -> Template {
        Template {
            success: Some(Condition::parse(&format!("result[0] >= {limit}")).unwrap()),
            ..Template::default()
        }
    }

    #[test]
    fn measurements() {
        let one = at_least("0.95");
        assert_eq!(one.measure(&Answer::Value(0.99)), Successful);
        assert_eq!(one.measure(&Answer::Value(0.90)), Failed);
        assert_eq!(one.measure(&Answer::Value(f64::NAN)), Failed, "no traffic fails");
        assert_eq!(one.measure(&Answer::Error("empty".into())), Error);
        let both = Template { failure: Some(Condition::parse("result[0] < 0.9").unwrap()), ..one };
        assert_eq!(both.measure(&Answer::Value(0.92)), Inconclusive);
        assert_eq!(both.measure(&Answer::Value(0.80)), Failed);
        assert_eq!(Template::default().measure(&Answer::Value(1.0)), Successful);
    }

    #[test]
    fn limits_in_their_order() {
        let t = Template { count: Some(3), ..at_least("0.95") };
        let cases: [(&[Measured], Phase); 8] = [
            (&[], Phase::Running),
            (&[Successful, Successful], Phase::Running),
            (&[Successful, Successful, Successful], Phase::Successful),
            (&[Successful, Failed], Phase::Failed),
            (&[Inconclusive, Failed], Phase::Inconclusive),
            (&[Error, Error, Error, Error], Phase::Running),
            (&[Error, Error, Error, Error, Error], Phase::Error),
            (&[Error, Error, Error, Error, Successful, Error], Phase::Running),
        ];
        for (measurements, want) in cases {
            assert_eq!(t.assess(measurements), want, "{measurements:?}");
        }
        let lenient = Template { failure_limit: None, consecutive_success_limit: Some(2), ..t };
        assert_eq!(lenient.assess(&[Failed, Failed]), Phase::Running);
        assert_eq!(lenient.assess(&[Failed, Successful, Successful]), Phase::Successful);
    }
}
