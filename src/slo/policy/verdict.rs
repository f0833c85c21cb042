//! What a policy says of a release.

use super::{Policy, PolicyAction, PolicyRule};
use crate::domain::{Check, CheckOutcome, ServiceKey};
use crate::slo::{Board, SloStatus};

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
    /// A rule cannot be read, and it may be the one that freezes.
    Unreadable {
        /// What is wrong with it.
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
    if let Some(unreadable) = policy.misread() {
        return unreadable;
    }
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

impl Policy {
    /// What is said whatever the numbers are, if a rule of it cannot be read.
    pub fn misread(&self) -> Option<Verdict> {
        (!self.wrong.is_empty()).then(|| Verdict::Unreadable { why: self.wrong.join("; ") })
    }
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
            Self::Unreadable { why } => made(CheckOutcome::Fail, &format!("cannot be read: {why}"))
                .remedy(format!("correct {}; a rollback is never held up", policy.origin)),
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
        Policy::of(&self.policies, service)
    }

    /// What a release of `service`, asked for with `reason`, is told.
    pub fn release(&self, service: &ServiceKey, reason: &str) -> Check {
        let policy = self.policy(service.name.as_str());
        judge(self.of(service).map(AsRef::as_ref), &policy, reason).check(&policy)
    }
}
