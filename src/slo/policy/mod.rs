//! What an error budget allows, as data: at one mark a release is warned about,
//! at another it waits, unless its reason names an exception.
//!
//! ```text
//! option `budget-policy` ─┐
//! ErrorBudgetPolicy files ─┴▶ Policy ──judge(objectives of the service, reason)──▶ Verdict ──▶ Check
//! ```
//!
//! Who releases asks: deploying and promoting by hand. Going back never does: a
//! rollback and an abort are how a budget is saved.

mod parse;
#[cfg(test)]
mod tests;

pub use parse::parse_rules;
pub(super) use parse::rule;

use super::{Board, SloStatus};
use crate::domain::{Check, CheckOutcome, ServiceKey};
use serde::Serialize;
use std::fmt;

/// What is done about releases, and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Policy {
    /// What it is called.
    pub name: String,
    /// Services it is for; none for all that no other policy names.
    pub services: Vec<String>,
    /// Its rules, in the order written.
    pub rules: Vec<PolicyRule>,
    /// Where it was written: `slos/policy.yaml:3`, `budget-policy`, `built in`.
    pub origin: String,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyRule {
    /// When it holds.
    pub when: When,
    /// What is done then.
    pub action: PolicyAction,
    /// Words in a release's reason that let it through a freeze.
    pub exceptions: Vec<String>,
}

/// What is done about a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyAction {
    /// A person is told.
    Warn,
    /// It waits.
    Freeze,
}

/// A number of an objective compared with a mark.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct When {
    /// Which number.
    pub what: Gauge,
    /// How.
    pub than: Than,
    /// The mark: a share of the budget, or times sustainable.
    pub mark: f64,
}

/// Numbers a policy may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gauge {
    /// Share of the budget left, below zero when overdrawn.
    Remaining,
    /// The burn of the fastest alert's long window.
    Burn,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Than {
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    AtMost,
    /// `>`
    #[serde(rename = ">")]
    More,
    /// `>=`
    #[serde(rename = ">=")]
    AtLeast,
}

impl Than {
    const ALL: [(Self, &'static str); 4] =
        [(Self::AtMost, "<="), (Self::AtLeast, ">="), (Self::Less, "<"), (Self::More, ">")];

    fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(than, _)| *than == self).map_or("", |(_, sign)| sign)
    }

    fn holds(self, value: f64, mark: f64) -> bool {
        match self {
            Self::Less => value < mark,
            Self::AtMost => value <= mark,
            Self::More => value > mark,
            Self::AtLeast => value >= mark,
        }
    }
}

impl When {
    fn holds(&self, status: &SloStatus) -> bool {
        let value = match self.what {
            Gauge::Remaining => status.left(),
            Gauge::Burn => status.burn().filter(|_| status.standing.has_budget()),
        };
        value.is_some_and(|value| self.than.holds(value, self.mark))
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = self.than.sign();
        match self.what {
            Gauge::Remaining => write!(f, "remaining {sign} {}%", tidy(self.mark * 100.0)),
            Gauge::Burn => write!(f, "burn {sign} {}x", tidy(self.mark)),
        }
    }
}

/// Six decimals at most: 25, not 25.000000000000004.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

impl fmt::Display for PolicyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.action {
            PolicyAction::Warn => write!(f, "warn at {}", self.when),
            PolicyAction::Freeze if self.exceptions.is_empty() => write!(f, "freeze at {}", self.when),
            PolicyAction::Freeze => {
                write!(f, "freeze at {} except {}", self.when, self.exceptions.join(", "))
            }
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<String> = self.rules.iter().map(ToString::to_string).collect();
        write!(f, "{}", rules.join("; "))
    }
}

impl Policy {
    /// What holds where nobody wrote a policy: less than a quarter left is worth
    /// a word. Nothing freezes that nobody asked to.
    pub fn built_in() -> Self {
        let when = When { what: Gauge::Remaining, than: Than::Less, mark: 0.25 };
        let rule = PolicyRule { when, action: PolicyAction::Warn, exceptions: Vec::new() };
        Self {
            name: "built in".to_owned(),
            services: Vec::new(),
            rules: vec![rule],
            origin: "built in".to_owned(),
        }
    }

    /// The policy of a service: the first that names it, else the first for all.
    pub fn of<'a>(policies: &'a [Self], service: &str) -> Option<&'a Self> {
        let named = policies.iter().find(|policy| policy.services.iter().any(|name| name == service));
        named.or_else(|| policies.iter().find(|policy| policy.services.is_empty()))
    }
}

/// What a policy says of a release.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// No objective is about the service.
    NoObjective,
    /// None of its objectives has a number, so nothing can be said.
    Unknown {
        /// Each with the reason: `availability: no series`.
        why: String,
    },
    /// No rule holds.
    Free {
        /// The objective with the least left, in words.
        observed: String,
    },
    /// A rule warns.
    Warned {
        /// What was observed and which rule holds.
        observed: String,
    },
    /// A rule freezes, and the reason names an exception.
    Excepted {
        /// What was observed and which rule holds.
        observed: String,
        /// The exception.
        exception: String,
    },
    /// A rule freezes.
    Frozen {
        /// What was observed and which rule holds.
        observed: String,
        /// Words that would let it through.
        exceptions: Vec<String>,
    },
}

/// What `policy` says of a release of the service these objectives are about,
/// asked for with `reason`. Of several rules that hold the harder one counts.
pub fn judge<'a>(
    objectives: impl IntoIterator<Item = &'a SloStatus>,
    policy: &Policy,
    reason: &str,
) -> Verdict {
    let mut all: Vec<&SloStatus> = objectives.into_iter().collect();
    let left = |status: &SloStatus| status.left().unwrap_or(f64::INFINITY);
    all.sort_by(|a, b| left(a).total_cmp(&left(b)));
    let Some(worst) = all.first() else { return Verdict::NoObjective };
    if worst.left().is_none() {
        let why: Vec<_> = all.iter().map(|s| format!("{}: {}", s.title(), s.standing.word())).collect();
        return Verdict::Unknown { why: why.join(", ") };
    }
    let held = |status: &&'a SloStatus| {
        let holds = policy.rules.iter().filter(|rule| rule.when.holds(status));
        holds.max_by_key(|rule| rule.action).map(|rule| (rule, *status))
    };
    // Of equals the one with the least left, which comes first.
    let Some((rule, status)) = all.iter().filter_map(held).rev().max_by_key(|(rule, _)| rule.action) else {
        return Verdict::Free { observed: words(worst) };
    };
    let observed = format!("{}; {rule}", words(status));
    match (rule.action, exception(rule, reason)) {
        (PolicyAction::Warn, _) => Verdict::Warned { observed },
        (PolicyAction::Freeze, Some(exception)) => Verdict::Excepted { observed, exception },
        (PolicyAction::Freeze, None) => Verdict::Frozen { observed, exceptions: rule.exceptions.clone() },
    }
}

/// The exception a reason names, as a word of its own.
fn exception(rule: &PolicyRule, reason: &str) -> Option<String> {
    let words: Vec<String> =
        reason.split(|c: char| !c.is_alphanumeric() && c != '-').map(str::to_lowercase).collect();
    rule.exceptions.iter().find(|word| words.contains(&word.to_lowercase())).cloned()
}

/// `availability: 12.0% of its budget left, burn 3.2x`
fn words(status: &SloStatus) -> String {
    let left =
        status.left().map_or_else(String::new, |left| format!("{:.1}% of its budget left", left * 100.0));
    let burn = status.burn().map_or(String::new(), |burn| format!(", burn {burn:.1}x"));
    format!("{}: {left}{burn}", status.title())
}

impl Verdict {
    /// As a preflight check, `policy` named as its source.
    pub fn check(&self, policy: &Policy) -> Check {
        let source = format!("error budget policy, {}", policy.origin);
        let made = |outcome, text: &str| Check::new("budget", outcome, text, source);
        match self {
            Self::NoObjective => made(CheckOutcome::NotApplicable, "no objective is about it"),
            Self::Unknown { why } => {
                made(CheckOutcome::Unknown, why).remedy("without a number nothing is frozen; look at 4")
            }
            Self::Free { observed } => made(CheckOutcome::Pass, observed),
            Self::Warned { observed } => {
                made(CheckOutcome::Warn, observed).remedy("release what mends it first")
            }
            Self::Excepted { observed, exception } => {
                made(CheckOutcome::Warn, &format!("{observed}: let through, the reason names '{exception}'"))
            }
            Self::Frozen { observed, exceptions } => {
                made(CheckOutcome::Fail, observed).remedy(way_out(exceptions))
            }
        }
    }
}

fn way_out(exceptions: &[String]) -> String {
    if exceptions.is_empty() {
        return "wait until the budget is back, or change the policy; a rollback is never held up".to_owned();
    }
    format!("give a reason that names one of: {}; a rollback is never held up", exceptions.join(", "))
}

impl Board {
    /// The policy of a service.
    pub fn policy(&self, service: &str) -> Policy {
        Policy::of(&self.policies, service).cloned().unwrap_or_else(Policy::built_in)
    }

    /// What a release of `service`, asked for with `reason`, is told.
    pub fn release(&self, service: &ServiceKey, reason: &str) -> Check {
        let policy = self.policy(service.name.as_str());
        judge(self.of(service).map(AsRef::as_ref), &policy, reason).check(&policy)
    }
}
