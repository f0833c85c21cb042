//! What the server was asked before a person is.

use serde_json::Value;

use super::ask::DeliveryAsk;
use super::plan::DeliveryPlan;
use super::preflight::{self, Case, PickTrial, Sounded};
use super::references::Looked;
use super::saved::PlanId;
use super::vicinity::Vicinity;
use crate::domain::{
    Autoscaler, CheckOutcome, Confirmation, Environment, Guardrails, Locked, Now, ObjectKey, ReplicaSet, Uid,
    Workload, diff_json,
};
use crate::engine::gates::{APPROVAL, Approval, Book};
use crate::engine::record::OperationRecord;
use crate::engine::router::Found;
use crate::engine::verdict::Counts;
use crate::engine::{Hello, Live, Probe};

/// Requests of a service, counted since its pods started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Requests per second of all its pods.
    pub per_second: f64,
    /// All of them, and the failed ones.
    pub counts: Counts,
}

impl Seen {
    /// Failed share, 0..=1; 0 without requests.
    pub fn error_rate(&self) -> f64 {
        self.counts.rate().unwrap_or_default()
    }
}

/// A right, and whether the server gives it.
#[derive(Clone, Debug)]
pub struct Granted {
    /// `patch deployments.apps in shop`
    pub what: String,
    /// What is lost without it; none if the delivery cannot do without.
    pub without: Option<&'static str>,
    /// What the server says.
    pub answer: Probe<bool>,
}

/// The answers.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// What the server says of itself.
    pub hello: Probe<Hello>,
    /// Each right the delivery and its rollback need.
    pub rights: Vec<Granted>,
    /// What the watches and the catalogue know around it.
    pub vicinity: Vicinity,
    /// What its new pods cannot start without, and whether it is there.
    pub references: Vec<Looked>,
    /// The revisions of stable that are kept.
    pub revisions: Vec<ReplicaSet>,
    /// Stable with the new template, as the server would store it.
    pub dry_stable: Probe<(Value, Workload)>,
    /// What the server warned of while it tried that.
    pub warnings: Vec<String>,
    /// The canary as the server would store it; none for a rolling update.
    pub dry_canary: Option<Probe<Value>>,
    /// What scales stable.
    pub autoscaler: Probe<Option<Autoscaler>>,
    /// What would share its requests out; none for a rolling update.
    pub router: Option<Probe<Found>>,
    /// The route with what steps pick tried on it; none if none does.
    pub picks: Option<Probe<PickTrial>>,
    /// What the plan's expressions give now, if it has any.
    pub sounded: Option<Sounded>,
    /// Quotas of the namespace.
    pub quotas: Probe<Vec<Value>>,
    /// Disruption budgets of the namespace.
    pub budgets: Probe<Vec<Value>>,
    /// Traffic of stable; none if its pods offer no request metrics.
    pub traffic: Probe<Option<Seen>>,
    /// A delivery to it that runs, in words.
    pub running: Probe<Option<String>>,
    /// Who keeps deliveries from it.
    pub lock: Probe<Option<Locked>>,
    /// What was written about freezes.
    pub book: Book,
    /// Who has agreed to the plan; nobody is asked where no rule is for it.
    pub approvals: Probe<Vec<Approval>>,
    /// Which plan it is, and whose.
    pub petition: PlanId,
    /// How much a failure of the service costs; none if nobody says.
    pub tier: Option<u8>,
    /// The moment of the answers.
    pub now: Now,
    /// Records of ended ones beyond those kept.
    pub surplus: Vec<(ObjectKey, Uid)>,
    /// Where it is.
    pub environment: Environment,
    /// What the context forbids or makes harder.
    pub guardrails: Guardrails,
}

/// The plan a person confirms. Nothing here refuses: a check that fails is in
/// the plan to be read, and the gate keeps it from being carried out.
pub fn finish(
    ask: &DeliveryAsk,
    live: &Live,
    mut record: OperationRecord,
    evidence: &Evidence,
) -> DeliveryPlan {
    let stable_pods = live.workload.replicas.desired;
    if record.run.plan.is_in_place() {
        record.run.plan.before = evidence.traffic.as_ref().ok().and_then(|seen| Some(seen.as_ref()?.counts));
    }
    let splits = record.run.plan.splits(stable_pods);
    let actor = &record.started_by;
    let case = Case { ask, live, evidence, actor, plan: &record.run.plan, splits: &splits };
    let checks = preflight::run(&case);
    let broken = preflight::broken_glass(&case, &checks);
    let doubt = case.doubt();
    // What the audit log says of the start is the record's first line.
    if let (Some(broken), Some(first)) = (broken, record.log.first_mut()) {
        first.text = format!("{}; {broken}", first.text).into();
    }
    let approved = checks.iter().find(|c| c.name == APPROVAL && c.outcome == CheckOutcome::Pass);
    if let (Some(check), Some(first)) = (approved, record.log.first_mut()) {
        first.text = format!("{}; {}", first.text, check.observed).into();
    }
    let guarded = evidence.environment.has_users() || evidence.guardrails.asks_for_the_name_of("deploy");
    let confirmation = Confirmation::of(record.target.name.as_str(), guarded);
    let changes =
        evidence.dry_stable.as_ref().map(|(after, _)| diff_json(&live.raw, after)).unwrap_or_default();
    DeliveryPlan {
        record,
        target: ask.target.clone(),
        environment: evidence.environment,
        changes,
        checks,
        confirmation,
        stable_pods,
        surplus: evidence.surplus.clone(),
        override_owner: ask.override_owner,
        doubt,
        read_at: live.read_at,
    }
}
