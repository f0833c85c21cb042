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
mod verdict;

pub use parse::parse_rules;
pub(super) use parse::rule;
pub use verdict::{Verdict, judge};

use super::SloStatus;
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
    /// Why rules written there could not be read, each quoted. Releases wait
    /// until they can: nobody may release because a freeze was misspelt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<String>,
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
        let rules = self.rules.iter().map(ToString::to_string);
        let wrong = self.wrong.iter().map(|why| format!("unreadable: {why}"));
        write!(f, "{}", rules.chain(wrong).collect::<Vec<_>>().join("; "))
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
            wrong: Vec::new(),
            origin: "built in".to_owned(),
        }
    }

    /// A policy of which nothing could be read, so that it may be anybody's.
    pub fn unreadable(name: &str, origin: String, why: String) -> Self {
        Self { name: name.to_owned(), services: Vec::new(), rules: Vec::new(), wrong: vec![why], origin }
    }

    fn is_unreadable(&self) -> bool {
        self.rules.is_empty() && !self.wrong.is_empty() && self.services.is_empty()
    }

    /// The policy of a service: one that cannot be read, for it may be meant;
    /// the first that names the service; the first for all; the built in one.
    pub fn of(policies: &[Self], service: &str) -> Self {
        let named = |policy: &&Self| policy.services.iter().any(|name| name == service);
        let found = policies.iter().find(|policy| policy.is_unreadable());
        let found = found.or_else(|| policies.iter().find(named));
        let found = found.or_else(|| policies.iter().find(|policy| policy.services.is_empty()));
        found.cloned().unwrap_or_else(Self::built_in)
    }
}
