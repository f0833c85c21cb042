//! Records of deliveries as they are written at their beginning.

use super::{me, template};
use crate::cluster::digest_template;
use crate::domain::{Actor, Kind, Now};
use crate::engine::canary::{CanaryRun, Observed, Plan, Step};
use crate::engine::delivery::Pace;
use crate::engine::record::{
    OnDriverLoss, OperationRecord, PodTemplate, RecordTarget, SCHEMA, Strategy, Templates, Version,
};

/// The record of a delivery that begins `now`.
/// Each of its two steps takes from `step_s` to four times as many seconds.
pub(in super::super) fn record(step_s: u32, on_driver_loss: OnDriverLoss, now: Now) -> OperationRecord {
    let step = |percent| Step::weighted(percent, step_s, 4 * step_s, false);
    let plan = Plan { deadline_s: 120, ..Plan::standard() }.with_steps(vec![step(20), step(50)]).unwrap();
    let (old, new) = (template("v1"), template("v2"));
    let (from, to) = (digest_template(&old), digest_template(&new));
    let version = |template, word: &str| Version { template, version: word.into(), ..Version::default() };
    OperationRecord {
        schema: SCHEMA,
        id: "op-1".into(),
        seq: 1,
        target: RecordTarget {
            kind: Kind::Deployment,
            namespace: "prod".into(),
            name: "shop".into(),
            uid: "uid-stable".into(),
        },
        strategy: Strategy::Canary,
        from: version(from, "v1"),
        to: version(to, "v2"),
        templates: Templates { old: PodTemplate::new(&old), new: PodTemplate::new(&new) },
        router: None,
        run: CanaryRun::new(plan, from, to, now),
        seen: Observed::default(),
        started: now.wall,
        started_by: Actor::default(),
        ended: None,
        reason: String::new(),
        driver: me("first"),
        on_driver_loss,
        requests: Vec::new(),
        verdicts: Vec::new(),
        log: Vec::new(),
    }
}

/// Has the record's delivery keep conditions besides.
pub(in super::super) fn conditioned(record: &mut OperationRecord, conditions: &[&str]) {
    record.run.plan.analyses = conditions.iter().map(|text| text.parse().unwrap()).collect();
}

/// Makes it a rolling update that is watched for half a minute to two.
pub(in super::super) fn rolling(record: &mut OperationRecord, now: Now) {
    let plan = Pace { min_s: 30, max_s: 120, ..Pace::default() }.in_place().unwrap();
    let plan = Plan { deadline_s: record.run.plan.deadline_s, ..plan };
    record.strategy = Strategy::Rolling;
    record.run = CanaryRun::rolling(plan, record.from.template, record.to.template, now);
}
