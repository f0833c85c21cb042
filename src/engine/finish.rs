//! From a draft and the evidence to a plan a person can confirm.

use super::draft::confirmation;
use super::{Draft, Expected, Live, checks};
use crate::domain::{Autoscaler, Blast, Change, Environment, Fault, Plan, Workload, diff_json};
use serde_json::Value;

/// Something asked of the server: answered, or why not.
pub type Probe<T> = Result<T, Fault>;

/// What the server was asked before a person is.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Whether the user may patch this object, and the server's reason if not.
    pub permission: Probe<(bool, String)>,
    /// The object as it would be (raw, and slim).
    pub dry_run: Probe<(Value, Workload)>,
    /// What scales it; `Err` if autoscalers could not be read.
    pub autoscaler: Probe<Option<Autoscaler>>,
    /// Where it is.
    pub environment: Environment,
    /// Its reach.
    pub blast: Blast,
}

/// Puts a plan together, with what the object is expected to be afterwards.
/// Nothing here refuses: a check that fails is in the plan for a person to
/// read, and the gate keeps it from being carried out.
pub fn finish(draft: Draft, live: &Live, evidence: Evidence) -> (Plan, Expected) {
    let checks = checks::run(&draft, live, &evidence);
    let changes: Vec<Change> =
        evidence.dry_run.as_ref().map(|(after, _)| diff_json(&live.raw, after)).unwrap_or_default();
    let expected = evidence.dry_run.as_ref().map(|(_, after)| Expected::from(after)).unwrap_or_default();
    let name = draft.order.target.key.name.as_str().to_owned();
    let plan = Plan {
        confirmation: confirmation(draft.order.verb, evidence.environment, &name),
        environment: evidence.environment,
        from: draft.from,
        to: draft.to,
        mutation: draft.mutation,
        changes,
        checks,
        blast: evidence.blast,
        side_effects: draft.side_effects,
        order: draft.order,
        read_at: live.read_at,
    };
    (plan, expected)
}
