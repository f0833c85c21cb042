//! How much a release puts at stake: points for where it goes, how it is
//! delivered, and what the other checks found, added up and named, so that a rule
//! can ask for more people where more can go wrong. Alerts and error budgets are
//! not in the sum: they hold a release up by themselves.

use super::{Case, drift, neighbours, rehearsal};
use crate::domain::CheckOutcome::{Fail, Pass, Unknown, Warn};
use crate::domain::{Check, Environment, Risk};
use crate::engine::record::Strategy;

const NAME: &str = "risk";
/// Least points of each word.
const FROM: [(u8, Risk); 3] = [(7, Risk::Critical), (5, Risk::High), (3, Risk::Medium)];
/// What a warning of another check adds one point for, and in which words.
const FOUND: [(&str, &str); 10] = [
    ("notices", "the server warns of it"),
    ("owner", "another tool owns it"),
    (drift::NAME, "changed by hand before"),
    (rehearsal::NAME, "not rehearsed"),
    (neighbours::DEPENDENCIES, "what it needs is ill"),
    ("changes", "what it needs has just changed"),
    ("reach", "many vital services depend on it"),
    ("stable", "what runs is not whole"),
    ("metrics", "a verdict has little to go on"),
    ("quota", "little room"),
];
/// Unknown outcomes add a point each, up to this.
const MOST_UNKNOWN: usize = 2;

/// What a release is, besides what the checks found.
struct Release {
    environment: Environment,
    tier: Option<u8>,
    strategy: Strategy,
}

/// The level, from everything but the approvals it may ask for.
pub(super) fn of(case: &Case<'_>, checks: &[Check]) -> (Risk, Check) {
    debug_assert!(FOUND.iter().all(|(name, _)| checks.iter().any(|check| check.name == *name)), "{checks:?}");
    let (environment, tier) = (case.evidence.environment, case.evidence.tier);
    summed(&Release { environment, tier, strategy: case.ask.strategy }, checks)
}

fn summed(release: &Release, checks: &[Check]) -> (Risk, Check) {
    let reasons = reasons(release, checks);
    let points: u8 = reasons.iter().map(|(points, _)| points).sum();
    let risk = FROM.iter().find(|(from, _)| points >= *from).map_or(Risk::Low, |(_, risk)| *risk);
    let why: Vec<&str> = reasons.iter().map(|(_, words)| words.as_str()).collect();
    let why = if why.is_empty() { "nothing speaks against it".to_owned() } else { why.join(", ") };
    let made = |outcome| Check::new(NAME, outcome, format!("{risk}: {why}"), "the checks here");
    let check = match risk {
        Risk::Low | Risk::Medium => made(Pass),
        Risk::High | Risk::Critical => made(Warn)
            .remedy("smaller steps, a rehearsal or a calmer hour take points away; tell somebody before"),
    };
    (risk, check)
}

fn reasons(release: &Release, checks: &[Check]) -> Vec<(u8, String)> {
    let mut reasons = Vec::new();
    let mut add = |points, words: &str| reasons.push((points, words.to_owned()));
    if release.environment.has_users() {
        add(1, if release.environment.is_production() { "production" } else { "environment unknown" });
        match release.tier {
            Some(0 | 1) => add(2, "tier 1"),
            Some(2) => add(1, "tier 2"),
            None => add(1, "tier unknown"),
            Some(_) => {}
        }
    }
    match release.strategy {
        Strategy::Canary => {}
        Strategy::Rolling => add(1, "no share to try it on"),
        Strategy::BlueGreen => add(1, "everybody at once"),
    }
    for (name, words) in FOUND {
        if checks.iter().any(|check| check.name == name && matches!(check.outcome, Warn | Fail)) {
            add(1, words);
        }
    }
    let unknown = checks.iter().filter(|check| check.outcome == Unknown).count();
    if unknown > 0 {
        let points = u8::try_from(unknown.min(MOST_UNKNOWN)).unwrap_or(u8::MAX);
        add(points, &format!("{unknown} unknown"));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CheckOutcome;
    use Environment::{Development, Production, Undeclared};
    use Strategy::{BlueGreen, Canary, Rolling};

    #[test]
    fn points_add_up_to_a_word_and_are_named() {
        let check = |name, outcome: CheckOutcome| Check::new(name, outcome, "x", "y");
        let unrehearsed = || vec![check("rehearsal", Warn), check("freeze", Pass)];
        let dark = || vec![check("quota", Unknown), check("autoscaler", Unknown), check("lock", Unknown)];
        let both = || unrehearsed().into_iter().chain(dark()).collect::<Vec<_>>();
        let cases = [
            (Development, Some(1), Canary, vec![], Risk::Low, "low: nothing speaks against it"),
            (Production, Some(3), Canary, vec![], Risk::Low, "low: production"),
            (Production, Some(1), Canary, vec![], Risk::Medium, "medium: production, tier 1"),
            (Undeclared, None, BlueGreen, vec![], Risk::Medium, "unknown, tier unknown, everybody at once"),
            (Production, Some(1), Rolling, unrehearsed(), Risk::High, "no share to try it on, not rehearsed"),
            (Production, Some(2), Canary, both(), Risk::High, "tier 2, not rehearsed, 3 unknown"),
            (Production, Some(1), Rolling, both(), Risk::Critical, "critical: "),
            (Development, None, Rolling, both(), Risk::Medium, "medium: no share"),
        ];
        for (environment, tier, strategy, checks, level, words) in cases {
            let (risk, check) = summed(&Release { environment, tier, strategy }, &checks);
            assert_eq!(risk, level, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
            assert_eq!(check.outcome == Warn, risk >= Risk::High);
        }
    }
}
