//! The rules for what another tool's judge says of an expression.

use super::super::input::{Data, Health, Importance, Metric};
use super::super::outcome::{Cause, Decision, Finding};
use super::{Call, Case, Judged, named};

/// A condition of the plan failed: its author has said what that means.
pub(super) fn failed(case: &Case) -> Option<Call> {
    let j = case.first(Importance::Critical, Finding::Failed)?;
    Some(Call::new(Decision::Rollback, Cause::Condition, named(j)))
}

/// A condition of the plan is inconclusive, which only a person ends.
pub(super) fn undecided(case: &Case) -> Option<Call> {
    let j = case.first(Importance::Critical, Finding::Inconclusive)?;
    Some(Call::hold(Cause::Condition, named(j)).paging())
}

/// Whatever the policy says of an undecided end: a condition that was not seen
/// to be met is not.
pub(super) fn unmet(case: &Case) -> Option<Call> {
    let is_condition = |j: &&Judged| matches!(j.metric.data, Data::Analysis(_));
    let open = |j: &&Judged| j.verdict.finding == Finding::Open;
    let j = case.with(Importance::Critical).filter(is_condition).find(open).filter(|_| case.ended())?;
    Some(Call::hold(Cause::Condition, format!("the step ended before {}", named(j))).paging())
}

/// Nobody answers: where the pods are read, unless nothing they say may roll
/// back, or where a condition is asked that may.
pub(super) fn silence<'a>(case: &Case<'a>) -> Option<(u32, &'a str)> {
    let of = |health: &'a Health| match health {
        Health::Fresh => None,
        Health::Unreachable { for_s, error } => Some((*for_s, error.as_str())),
    };
    let asked = case.inputs.metrics.iter().filter(|m| m.importance == Importance::Critical);
    let asked = asked.filter_map(|m| match &m.data {
        Data::Analysis(a) => of(&a.health),
        Data::Requests(_) | Data::Gauge(_) => None,
    });
    let counted = |m: &Metric| m.importance == Importance::Critical && !matches!(m.data, Data::Analysis(_));
    let metrics = &case.inputs.metrics;
    let pods = Some(&case.inputs.health).filter(|_| metrics.is_empty() || metrics.iter().any(counted));
    pods.and_then(of).into_iter().chain(asked).max_by_key(|(for_s, _)| *for_s)
}

/// `conditions that hold: success-rate, latency`, behind what else was judged.
pub(super) fn holding(case: &Case) -> Option<String> {
    let critical = case.with(Importance::Critical).skip(1);
    let names: Vec<&str> = critical
        .filter(|j| matches!(j.metric.data, Data::Analysis(_)))
        .map(|j| j.metric.name.as_str())
        .collect();
    (!names.is_empty()).then(|| format!("conditions that hold: {}", names.join(", ")))
}
