//! The rules for what is not settled: yet, or when the step ends.

use super::super::input::Importance;
use super::super::outcome::{Cause, Decision, Finding, Needs};
use super::super::policy::OnInconclusive;
use super::super::{explain, forecast};
use super::{Call, Case, named};

/// The step is over, and nobody knows: as the policy has it.
pub(super) fn inconclusive(case: &Case) -> Option<Call> {
    if !case.ended() {
        return None;
    }
    let open = open_sentence(case);
    let reason = format!("the step ended undecided: {}", open.0);
    Some(match case.inputs.policy.on_inconclusive {
        OnInconclusive::Hold => Call { needs: open.1, ..Call::hold(Cause::Inconclusive, reason).paging() },
        OnInconclusive::Promote if doubtful(case) => {
            let why = "that is not fine, and too little was counted before to call it worse";
            Call::hold(Cause::Inconclusive, format!("{reason}; {why}")).paging()
        }
        OnInconclusive::Promote => Call::new(Decision::Promote, Cause::Inconclusive, reason),
        OnInconclusive::Rollback => Call::new(Decision::Rollback, Cause::Inconclusive, reason),
    })
}

/// Something critical is above what is fine: no silence to be taken for consent.
fn doubtful(case: &Case) -> bool {
    case.with(Importance::Critical)
        .filter(|j| j.verdict.finding == Finding::Open)
        .filter_map(|j| j.requests.as_ref())
        .any(|(requests, reading)| case.rule.above_fine(requests, reading))
}

/// Not yet.
pub(super) fn collecting(case: &Case) -> Call {
    let (reason, needs) = open_sentence(case);
    Call { needs, ..Call::hold(Cause::Collecting, reason) }
}

/// The first critical metric that is not settled, and what it still needs.
fn open_sentence(case: &Case) -> (String, Option<Needs>) {
    let open = case.first(Importance::Critical, Finding::Open);
    let Some(j) = open.or_else(|| case.first(Importance::Critical, Finding::NoData)) else {
        return ("no critical metric is configured; promote by hand".to_owned(), None);
    };
    let Some((requests, reading)) = j.requests else {
        return (named(j), None);
    };
    if !case.rule.compared || explain::early(&reading, &case.rule).is_some() {
        return (named(j), None);
    }
    let needs = forecast::needs(requests, &reading, &case.rule);
    let missing = explain::needs(needs, forecast::canary_rate(requests));
    (format!("{}; {missing}", named(j)), needs)
}
