//! The record a delivery begins with: who starts it, what is planned, and both
//! templates.

use serde_json::Value;

use super::ask::DeliveryAsk;
use super::pace::Pace;
use crate::domain::{Actor, Fault, FaultKind, Now, OperationId, RevisionNumber, Workload};
use crate::engine::Live;
use crate::engine::canary::{CanaryRun, Observed, Plan, Source};
use crate::engine::record::{
    Driver, OperationRecord, PodTemplate, RecordTarget, SCHEMA, Strategy, Templates, Version,
};
use crate::engine::router::{Router, RouterKind};
use crate::engine::weights::Routing;

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
    ask.pace.sound()?;
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
    if !plan.requests.is_critical() {
        return SCHEMA;
    }
    if plan.is_in_place() {
        return 7;
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
