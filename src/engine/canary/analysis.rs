//! Expressions a plan has measured besides the requests, and how that goes.
//!
//! The run says what is due and takes the answers in; whoever drives asks. Each
//! step begins to measure when its weight is real, and after the delay its
//! author wants. Argo's counts begin anew with each step, Flagger's failed
//! checks never go away. A successor counts on from the record: a driver that
//! dies must not forgive a failure.

pub(in crate::engine) mod amount;
mod progress;
mod typed;

use serde::{Deserialize, Serialize};

use super::is_zero;
use crate::engine::verdict::Importance;
use crate::engine::verdict::analysis::Rules;
use crate::engine::verdict::argo::Template;
use crate::engine::verdict::flagger::Range;

pub use progress::{Answered, Progress, Question, reply_of};
pub use typed::NoAnalysis;

/// Nobody is asked more often: as often as pods are looked at.
pub const LEAST_INTERVAL_S: u32 = 5;
/// Seconds from one tick of Flagger's rules to the next where nothing is said.
pub(in crate::engine) const TICK_S: u32 = 60;
/// Longest name.
const MOST_NAME: usize = 63;
/// Longest expression, in bytes: it is kept in the record.
const MOST_QUERY: usize = 4_000;
/// Longest condition, in bytes: it is kept with every verdict.
const MOST_CONDITION: usize = 500;

/// One analysis of a plan: expressions, and the rules they are judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// As shown.
    pub name: String,
    /// Whether it may roll back, or only hold.
    #[serde(default, skip_serializing_if = "Importance::is_critical")]
    pub importance: Importance,
    /// PromQL, in the rules' order.
    pub queries: Vec<String>,
    /// How the values are judged.
    pub rules: Rules,
    /// Seconds from one measurement to the next; measured once if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_s: Option<u32>,
    /// Seconds from a step's beginning to its first measurement.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub delay_s: u32,
}

/// Who is asked for the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The Prometheus that the settings of the driver's context name.
    #[default]
    Prometheus,
    /// What the driver itself reads from the pods' own pages.
    Pods,
}

impl Analysis {
    /// The same, if it makes sense.
    ///
    /// # Errors
    /// What does not.
    pub fn checked(self) -> Result<Self, String> {
        let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_name = |name: &str| {
            let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
            begins && name.len() <= MOST_NAME && name.chars().all(letter)
        };
        let (flagger, none) = (matches!(self.rules, Rules::Flagger(_)), Vec::new());
        let ranges = if let Rules::Flagger(checks) = &self.rules { &checks.ranges } else { &none };
        let mut names = std::iter::once(&self.name).chain(ranges.iter().map(|(name, _)| name));
        if let Some(name) = names.find(|name| !is_name(name)) {
            return Err(format!(
                "{name:?} is no name: letters, digits, - _ . and at most {MOST_NAME} of them"
            ));
        }
        let empty = self.queries.is_empty() || self.queries.iter().any(|query| query.trim().is_empty());
        if empty || (flagger && self.queries.len() != ranges.len()) {
            return Err("it has no expression".to_owned());
        }
        if let Some(long) = self.queries.iter().map(String::len).find(|length| *length > MOST_QUERY) {
            return Err(format!("an expression of {long} bytes; at most {MOST_QUERY} are kept"));
        }
        if let Some(seconds) = self.interval_s.filter(|seconds| *seconds < LEAST_INTERVAL_S) {
            return Err(format!(
                "its interval is {seconds} s; nobody is asked more often than every {LEAST_INTERVAL_S} s"
            ));
        }
        match &self.rules {
            Rules::Argo(template) if self.interval_s.is_none() && template.count.is_some_and(|n| n > 1) => {
                Err("it is measured more than once, and no interval says how often".to_owned())
            }
            Rules::Argo(template) if is_long(template) => {
                Err(format!("a condition of more than {MOST_CONDITION} bytes"))
            }
            Rules::Argo(template) if template.count == Some(0) => Err("its count is 0".to_owned()),
            Rules::Flagger(checks) if checks.threshold == 0 => Err("its threshold is 0".to_owned()),
            Rules::Flagger(checks) => match checks.ranges.iter().find(|(_, range)| !is_range(range)) {
                Some((name, _)) => Err(format!("{name} has no range: a min, a max, or both, the min below")),
                None => Ok(self),
            },
            Rules::Argo(_) => Ok(self),
        }
    }
}

fn is_long(template: &Template) -> bool {
    let both = [&template.success, &template.failure].into_iter().flatten();
    both.into_iter().any(|condition| condition.to_string().len() > MOST_CONDITION)
}

fn is_range(range: &Range) -> bool {
    let finite = [range.min, range.max].into_iter().flatten().all(f64::is_finite);
    let ordered = range.min.zip(range.max).is_none_or(|(min, max)| min <= max);
    finite && ordered && (range.min.is_some() || range.max.is_some())
}

impl Source {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(super) fn is_prometheus(&self) -> bool {
        *self == Self::Prometheus
    }
}

#[cfg(test)]
mod tests;
