//! What the server was asked before a person is.

use jiff::SignedDuration;
use serde_json::Value;

use super::ask::DeliveryAsk;
use super::pace::Pace;
use super::plan::DeliveryPlan;
use super::preflight::{self, Case, PickTrial, Sounded};
use super::references::Looked;
use super::saved::PlanId;
use super::vicinity::Vicinity;
use crate::domain::{
    Actor, Autoscaler, CheckOutcome, Confirmation, Environment, Fault, FaultKind, Guardrails, Locked, Now,
    ObjectKey, OperationId, ReplicaSet, RevisionNumber, Uid, Workload, diff_json,
};
use crate::engine::canary::{CanaryRun, Observed, Plan, Source};
use crate::engine::gates::{APPROVAL, Approval, Book};
use crate::engine::record::{
    Driver, OperationRecord, PodTemplate, RecordTarget, SCHEMA, Strategy, Templates, Version,
};
use crate::engine::router::{Found, Router, RouterKind};
use crate::engine::verdict::Counts;
use crate::engine::weights::Routing;
use crate::engine::{Live, Probe};

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

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// `v1.36.1`
    pub version: String,
    /// How far its clock is ahead of ours; none if it does not say.
    pub ahead: Option<SignedDuration>,
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

/// Who starts it, and under which names.
#[derive(Clone, Debug)]
pub struct Start {
    /// The operation.
    pub id: OperationId,
    /// Its number among those on the target.
    pub seq: u64,
    /// Who asks.
    pub actor: Actor,
    /// Who will drive.
    pub driver: Driver,
    /// What shares requests out, if anything but pods does.
    pub router: Option<Router>,
    /// Who is asked for expressions.
    pub source: Source,
    /// The moment.
    pub now: Now,
}

/// Puts the record together that would be stored, from the server's own
/// answer about the new template.
///
/// # Errors
/// The steps make no sense; the server's answer is no Deployment.
pub fn record_of(
    ask: &DeliveryAsk,
    live: &Live,
    after: &(Value, Workload),
    start: Start,
) -> Result<OperationRecord, Fault> {
    let plan = Plan { source: start.source, ..planned(ask, start.router.as_ref())? };
    let router = start.router.map(|router| Router { picks: plan.picks(), ..router });
    let template =
        |raw: &Value| super::draft::bare(raw.pointer("/spec/template").cloned().unwrap_or_default());
    let (from, to) = (live.workload.template.digest, after.1.template.digest);
    let run = match ask.strategy {
        Strategy::Canary | Strategy::BlueGreen => CanaryRun::new(plan, from, to, start.now),
        Strategy::Rolling => CanaryRun::rolling(plan, from, to, start.now),
    };
    let target = &ask.target;
    let mut record = OperationRecord {
        schema: schema(router.as_ref(), &run.plan),
        id: start.id,
        seq: start.seq,
        target: RecordTarget {
            kind: target.key.kind,
            namespace: target.key.namespace.clone(),
            name: target.key.name.clone(),
            uid: target.uid.clone(),
        },
        strategy: ask.strategy,
        from: version(&live.workload, live.workload.revision),
        to: version(&after.1, None),
        templates: Templates {
            old: PodTemplate::new(&template(&live.raw)),
            new: PodTemplate::new(&template(&after.0)),
        },
        router,
        run,
        seen: Observed::default(),
        started: start.now.wall,
        started_by: start.actor,
        ended: None,
        reason: ask.reason.clone(),
        driver: Driver { epoch: 1, ..start.driver },
        on_driver_loss: ask.on_driver_loss,
        requests: Vec::new(),
        verdicts: Vec::new(),
        log: Vec::new(),
    };
    let text = format!("{} of {} to {}", ask.strategy.name(), record.from.version, record.to.version);
    record.note(&text, start.now);
    Ok(record)
}

/// The plan asked for, by whatever shares requests out.
fn planned(ask: &DeliveryAsk, router: Option<&Router>) -> Result<Plan, Fault> {
    if ask.strategy != Strategy::Canary && !ask.pace.levels.is_empty() {
        let text = format!("a {} has nobody to compare levels with", ask.strategy.name());
        return Err(Fault::new(FaultKind::Invalid, text).hint("deliver it as a canary, or without --level"));
    }
    if ask.strategy == Strategy::Rolling {
        measurable(&ask.pace)?;
    }
    ask.pace.sound_analyses()?;
    let plan = match ask.strategy {
        Strategy::Canary => ask.pace.plan()?,
        Strategy::Rolling => ask.pace.in_place()?,
        Strategy::BlueGreen => ask.pace.switch(),
    };
    let plan = match router.map(|router| router.kind) {
        Some(RouterKind::HttpRoute | RouterKind::VirtualService | RouterKind::Ingress) => {
            Plan { routing: Routing::Weights, ..plan }
        }
        Some(RouterKind::Service) | None => plan,
    };
    if plan.routing == Routing::Pods
        && let Some(step) = plan.steps.iter().find(|step| step.percent == 0)
    {
        let what = step.pick.as_ref().map_or_else(|| "0 %".to_owned(), ToString::to_string);
        let text = format!(
            "a step of {what} needs a route with weights: by the ratio of pods a canary always gets its share"
        );
        let hint = "begin with the least a pod makes, or prepare a route: docs/engine.md";
        return Err(Fault::new(FaultKind::Refused, text).hint(hint));
    }
    Ok(plan)
}

/// Whether all that is asked for can be measured of a rolling update.
fn measurable(pace: &Pace) -> Result<(), Fault> {
    let invalid = |text: &str| Fault::new(FaultKind::Invalid, text);
    if pace.slow_ms.is_some() {
        let text = "a rolling update has nobody to compare slow requests with";
        return Err(invalid(text).hint("deliver it as a canary, or without --slow-ms"));
    }
    if pace.max_s == 0 && !pace.analyses.is_empty() {
        let text = "a rolling update that is not watched has no time in which conditions could be measured";
        return Err(invalid(text).hint("give it time: --step-max 10m"));
    }
    Ok(())
}

/// The oldest schema that says all of it: older programs read what they know.
fn schema(router: Option<&Router>, plan: &Plan) -> u32 {
    if plan.is_in_place() {
        return SCHEMA;
    }
    if router.is_some_and(|router| router.subsets.is_some()) {
        return 6;
    }
    if !plan.analyses.is_empty() {
        return 5;
    }
    if plan.steps.iter().any(|step| step.pick.is_some()) {
        return 4;
    }
    if !plan.levels.is_empty() || !plan.slow.is_critical() {
        return 3;
    }
    match router.map(|router| router.kind) {
        None => 1,
        Some(RouterKind::HttpRoute | RouterKind::Service) => 2,
        Some(RouterKind::VirtualService | RouterKind::Ingress) => 3,
    }
}

fn version(workload: &Workload, revision: Option<RevisionNumber>) -> Version {
    let containers = workload.template.containers.iter();
    Version {
        template: workload.template.digest,
        version: workload.template.version(),
        images: containers.map(|c| (c.name.clone(), c.image.clone())).collect(),
        revision,
    }
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
