//! Preflight checks: four outcomes and a warning, because unknown is never pass.

use super::Fault;
use serde::Serialize;
use std::time::Duration;

/// How a check came out, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// Does not apply here.
    NotApplicable,
    /// Looked at, and fine.
    Pass,
    /// Looked at; a person should know.
    Warn,
    /// Could not be looked at: source down, forbidden, kind not served.
    Unknown,
    /// Looked at, and in the way.
    Fail,
}

impl CheckOutcome {
    /// The word beside the glyph.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotApplicable => "n/a",
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Fail => "FAIL",
        }
    }
}

/// What naming an incident does to a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ByIncident {
    /// Nothing.
    #[default]
    Nothing,
    /// It fails, and an incident could let it through: the change may be the cure.
    CouldPass,
    /// It would have failed, and only an incident let it through.
    LetThrough,
}

/// One thing looked at before a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Short name, stable over versions: `permission`, `dry-run`, `owner`.
    pub name: &'static str,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What was observed.
    pub observed: String,
    /// Where it was looked up.
    pub source: String,
    /// How old the observation is.
    pub age: Duration,
    /// What to do if it is in the way; empty if it is not.
    pub remedy: String,
    /// What an incident does to it, or has done.
    pub by_incident: ByIncident,
}

impl Check {
    /// A fresh observation.
    pub fn new(
        name: &'static str,
        outcome: CheckOutcome,
        observed: impl Into<String>,
        source: impl Into<String>,
    ) -> Self {
        let (observed, source) = (observed.into(), source.into());
        Self {
            name,
            outcome,
            observed,
            source,
            age: Duration::ZERO,
            remedy: String::new(),
            by_incident: ByIncident::Nothing,
        }
    }

    /// What could not be looked at, with the fault's first hint.
    pub fn unknown(name: &'static str, fault: &Fault, source: impl Into<String>) -> Self {
        let hint = fault.hints.first().map_or("ask again", String::as_str);
        Self::new(name, CheckOutcome::Unknown, fault.text.clone(), source).remedy(hint)
    }

    /// The same check with what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// The same check, which an incident could let through.
    #[must_use]
    pub fn could_pass(mut self) -> Self {
        self.by_incident = ByIncident::CouldPass;
        self
    }

    /// A check that would fail, as an incident lets it through: a warning that
    /// says so.
    #[must_use]
    pub fn let_through(mut self, observed: impl Into<String>) -> Self {
        self.outcome = CheckOutcome::Warn;
        self.observed = observed.into();
        self.by_incident = ByIncident::LetThrough;
        self
    }
}

/// The worst outcome among `checks`; not applicable if there are none.
pub fn worst(checks: &[Check]) -> CheckOutcome {
    checks.iter().map(|check| check.outcome).max().unwrap_or(CheckOutcome::NotApplicable)
}
