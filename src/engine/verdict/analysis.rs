//! An expression judged by another tool's rules, as one metric among others.
//!
//! Measured by whoever drives, at the rules' own interval; what is kept is how
//! many measurements of each kind there were, and the newest of them. The
//! limits ask for nothing else, so a step of a day needs no more room than one
//! of a minute, and a successor counts on.
//!
//! One thing is not as in the originals: a server that does not answer is no
//! measurement here. Argo counts an error and aborts at the fifth, Flagger a
//! failed check; here it is an outage, which holds ([`super::policy::Outage`]).

mod words;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::argo::{Answer, Measured, Phase, Tally, Template};
use super::flagger::{Check, Flagger, Range, Tick};
use super::input::Health;
use super::number::{self, Exact};
use super::outcome::Finding;

/// Measurements kept, as Argo keeps them.
pub const MOST_RECENT: usize = 10;
/// Characters of an expression in a sentence.
const MOST_WORDS: usize = 160;

/// The rules an expression's values are judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rules {
    /// Argo Rollouts': conditions and limits. Counted anew in each step.
    Argo(Template),
    /// Flagger's: ranges, and failed checks that never go away.
    Flagger(Checks),
}

/// What Flagger looks at in one tick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checks {
    /// Failed checks that roll back, at least 1.
    pub threshold: u32,
    /// Name and accepted range of each expression, in order.
    pub ranges: Vec<(String, Range)>,
}

/// What an expression gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// A value, possibly NaN.
    Value(Exact),
    /// None: an empty answer, or one that could not be made; why.
    Error(String),
}

/// One measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// When it was asked for.
    pub at: Timestamp,
    /// How it counted.
    pub how: Measured,
    /// What each expression gave.
    pub replies: Vec<Reply>,
}

/// How the measurements went so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Course {
    /// How many of each kind.
    pub tally: Tally,
    /// The newest, oldest first, at most [`MOST_RECENT`].
    pub recent: Vec<Measurement>,
}

/// An expression, its rules and its measurements: what a verdict is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysed {
    /// The rules.
    pub rules: Rules,
    /// The measurements.
    pub course: Course,
    /// The expression, short, for people.
    pub of: String,
    /// Whether who is asked answers.
    #[serde(default)]
    pub health: Health,
}

/// Where an analysis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its limits are broken.
    Failed,
    /// A person decides.
    Inconclusive,
    /// Complete and good: nothing more is measured.
    Complete,
    /// Good so far, and measured for as long as the step lasts.
    Good,
    /// More measurements are needed.
    Open,
    /// The newest measurement gave no value.
    Empty,
}

impl Standing {
    /// Whether nothing more is measured.
    pub fn is_final(self) -> bool {
        match self {
            Self::Failed | Self::Inconclusive | Self::Complete => true,
            Self::Good | Self::Open | Self::Empty => false,
        }
    }
}

impl Rules {
    /// How these replies count, one of each expression in order.
    pub fn measure(&self, replies: &[Reply]) -> Measured {
        match self {
            Self::Argo(template) => template.measure(&match replies.first() {
                Some(Reply::Value(value)) => Answer::Value(value.get()),
                Some(Reply::Error(why)) => Answer::Error(why.clone()),
                None => Answer::Error(String::new()),
            }),
            Self::Flagger(checks) => match Flagger::new(u32::MAX).tick(&checks.of(replies)) {
                Tick::Advance => Measured::Successful,
                Tick::Halt(_) | Tick::Rollback(_) => Measured::Failed,
            },
        }
    }

    /// Where it stands after these measurements.
    pub fn standing(&self, course: &Course) -> Standing {
        let newest = course.recent.last().map(|last| last.how);
        let running = match newest {
            Some(Measured::Error) => Standing::Empty,
            Some(Measured::Successful) => Standing::Good,
            None | Some(Measured::Failed | Measured::Inconclusive) => Standing::Open,
        };
        match self {
            Self::Argo(template) => match template.phase(&course.tally) {
                Phase::Failed | Phase::Error => Standing::Failed,
                Phase::Inconclusive => Standing::Inconclusive,
                Phase::Successful => Standing::Complete,
                Phase::Running if template.count.is_some() && running == Standing::Good => Standing::Open,
                Phase::Running => running,
            },
            Self::Flagger(checks) if course.tally.failed >= checks.threshold => Standing::Failed,
            Self::Flagger(_) => running,
        }
    }
}

impl Checks {
    fn of(&self, replies: &[Reply]) -> Vec<Check> {
        let value = |at: usize| match replies.get(at) {
            Some(Reply::Value(value)) => Some(value.get()),
            Some(Reply::Error(_)) | None => None,
        };
        let ranges = self.ranges.iter().enumerate();
        ranges
            .map(|(at, (name, range))| Check { name: name.clone(), range: *range, value: value(at) })
            .collect()
    }
}

impl Course {
    /// Takes a measurement in.
    pub fn add(&mut self, measurement: Measurement) {
        self.tally.add(measurement.how);
        self.recent.push(measurement);
        let surplus = self.recent.len().saturating_sub(MOST_RECENT);
        self.recent.drain(..surplus);
    }
}

impl Analysed {
    /// Of `expressions`, in the rules' order.
    pub fn new(rules: Rules, course: Course, expressions: &[String], health: Health) -> Self {
        // Files have them over many lines.
        let all = expressions.join("; ").split_whitespace().collect::<Vec<_>>().join(" ");
        let mut of: String = all.chars().take(MOST_WORDS).collect();
        if of.len() < all.len() {
            of.push('…');
        }
        Self { rules, course, of, health }
    }

    /// What is wrong with what was kept: a measurement that these rules count
    /// in another way.
    pub fn fault(&self) -> Option<String> {
        let counts = |m: &&Measurement| self.rules.measure(&m.replies) != m.how;
        let odd = self.course.recent.iter().find(counts)?;
        let (how, rules) = (odd.how.word(), self.rules.measure(&odd.replies).word());
        Some(format!("a measurement was kept as {how}, and by its rules it is {rules}"))
    }

    /// The finding, and a sentence about it.
    pub fn judge(&self) -> (Finding, String) {
        let standing = self.rules.standing(&self.course);
        let finding = match standing {
            Standing::Failed => Finding::Failed,
            Standing::Inconclusive => Finding::Inconclusive,
            Standing::Complete | Standing::Good => Finding::Fine,
            Standing::Open => Finding::Open,
            Standing::Empty => Finding::NoData,
        };
        let what = match &self.rules {
            Rules::Argo(template) => self.by_argo(template, standing),
            Rules::Flagger(checks) => self.by_flagger(checks),
        };
        let silent = match &self.health {
            Health::Unreachable { for_s, error } if !standing.is_final() => {
                format!("; no answer for {} ({error})", number::duration(u64::from(*for_s)))
            }
            Health::Unreachable { .. } | Health::Fresh => String::new(),
        };
        (finding, format!("{what}{silent}: {}", self.of))
    }
}

#[cfg(test)]
mod tests;
