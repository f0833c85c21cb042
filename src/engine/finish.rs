//! From a draft and the evidence to a plan a person can confirm.

use super::draft::confirmation;
use super::{Draft, Expected, Hello, Live, checks, more};
use crate::domain::{
    Autoscaler, Blast, Change, ChangeKind, Confirmation, Environment, Fault, Guardrails, How, Plan, Verb,
    Workload, diff_json,
};
use serde_json::Value;

/// Something asked of the server: answered, or why not.
pub type Probe<T> = Result<T, Fault>;

/// What the server was asked before a person is.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// What the server says of itself.
    pub hello: Probe<Hello>,
    /// Whether the user may patch this object, and the server's reason if not.
    pub permission: Probe<(bool, String)>,
    /// The object as it would be (raw, and slim).
    pub dry_run: Probe<(Value, Workload)>,
    /// What scales it; `Err` if autoscalers could not be read.
    pub autoscaler: Probe<Option<Autoscaler>>,
    /// Quotas of the namespace.
    pub quotas: Probe<Vec<Value>>,
    /// The delivery under way to it, in a sentence.
    pub delivery: Option<String>,
    /// Where it is.
    pub environment: Environment,
    /// Its reach.
    pub blast: Blast,
    /// What the context's settings forbid.
    pub guardrails: Guardrails,
    /// How many objects the same answer is for.
    pub together: usize,
}

/// Puts a plan together, with what the object is expected to be afterwards.
/// Nothing here refuses: a check that fails is in the plan for a person to
/// read, and the gate keeps it from being carried out.
pub fn finish(draft: Draft, live: &Live, evidence: Evidence) -> (Plan, Expected) {
    let checks = checks::run(&draft, live, &evidence);
    let changes = changes(&draft, live, &evidence);
    let expected = evidence.dry_run.as_ref().map(|(_, after)| Expected::from(after)).unwrap_or_default();
    let mut evidence = evidence;
    keep_pods(&draft, live, &mut evidence);
    let by_name = evidence.guardrails.asks_for_the_name(&draft.order.verb);
    let plan = Plan {
        confirmation: match evidence.together {
            0 | 1 => confirmation(&draft, evidence.environment, by_name),
            n => Confirmation::Type(format!("{} {n}", draft.order.verb.name())),
        },
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

/// What changes, by the server's own answer.
fn changes(draft: &Draft, live: &Live, evidence: &Evidence) -> Vec<Change> {
    let Ok((after, _)) = &evidence.dry_run else { return Vec::new() };
    let key = &draft.order.target.key;
    match &draft.mutation.how {
        How::Patch => diff_json(&live.raw, after),
        How::Delete | How::Evict => vec![Change {
            kind: ChangeKind::Other,
            path: format!("{} {}", key.kind, key.name),
            before: Some(draft.from.clone()),
            after: None,
        }],
        How::Create(body) => diff_json(&Value::Null, body),
    }
}

/// An edit that leaves the template alone replaces no pods: only the server's
/// answer tells.
fn keep_pods(draft: &Draft, live: &Live, evidence: &mut Evidence) {
    if let (Verb::Edit { .. }, Ok((_, after))) = (&draft.order.verb, &evidence.dry_run)
        && after.template.digest == live.workload.template.digest
    {
        evidence.blast.pods_replaced = 0;
        evidence.blast.pods_more = more(live.workload.replicas.desired, after.replicas.desired);
        evidence.blast.estimate = Some(std::time::Duration::ZERO);
    }
}
