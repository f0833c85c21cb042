//! From an operation's record to what is shown of it.

use super::{Delivery, Driver, Pods, Stage, Step, StepState, StepTimes};
use crate::domain::{ServiceKey, World};
use crate::engine::canary::{self, CanaryRun, Ending, Phase, Request, Side};
use crate::engine::record::{Asked, OperationRecord};
use crate::engine::router::Pick;
use std::sync::Arc;

impl Delivery {
    /// What is shown of a record. Pods are taken from the watch where it shows
    /// them, else as the driver saw them.
    pub fn of(record: Arc<OperationRecord>, driver: Driver, world: &World) -> Self {
        let run = &record.run;
        let (stage, at) = stage(run);
        let planned = at.and_then(|at| run.plan.steps.get(at));
        let workload = record.target.key();
        let service = world.workload(&workload).map_or_else(
            || ServiceKey { namespace: workload.namespace.clone(), name: workload.name.clone() },
            |found| World::service_of(found),
        );
        let newest = record.log.last().map(|line| line.at);
        Self {
            id: record.id.to_string(),
            service,
            uid: record.target.uid.clone(),
            strategy: record.strategy.name(),
            from: record.from.version.clone(),
            to: record.to.version.clone(),
            progress: run.progress.clone(),
            steps: steps(run, &stage, at),
            clock: clock(run),
            asked: asked(run, &stage, at),
            picks: planned.and_then(|step| step.pick.as_ref()).map(Pick::words),
            pods: pods(&record, world),
            held: run.held,
            manual: planned.is_some_and(|step| step.manual),
            driver,
            pending: record.unanswered().iter().map(pending).collect(),
            by: record.started_by.to_string(),
            started: record.started,
            changed: record.ended.or(newest).unwrap_or(record.started),
            stage,
            workload,
            record,
        }
    }
}

/// The stage, and the step under way from 0; the promotion counts as the last.
fn stage(run: &CanaryRun) -> (Stage, Option<usize>) {
    let last = run.plan.steps.len();
    match &run.phase {
        Phase::Scaling { step, .. } => (Stage::Scaling, Some(*step)),
        Phase::Watching { step, .. } => (Stage::Watching, Some(*step)),
        Phase::Promoting { .. } => (Stage::Promoting, Some(last)),
        Phase::CleaningUp => (Stage::CleaningUp, Some(last)),
        Phase::RollingBack { .. } => (Stage::RollingBack, None),
        Phase::Over(Ending::Promoted) => (Stage::Promoted, None),
        Phase::Over(Ending::RolledBack { .. }) => (Stage::RolledBack, None),
    }
}

fn clock(run: &CanaryRun) -> Option<StepTimes> {
    let Phase::Watching { step, since } = &run.phase else { return None };
    let planned = run.plan.steps.get(*step)?;
    Some(StepTimes { since: *since, min_s: planned.min_s, max_s: planned.max_s })
}

fn asked(run: &CanaryRun, stage: &Stage, at: Option<usize>) -> Option<u32> {
    match stage {
        Stage::RollingBack => Some(0),
        Stage::Promoted | Stage::RolledBack => None,
        Stage::Scaling | Stage::Watching | Stage::Promoting | Stage::CleaningUp => {
            Some(at.and_then(|at| run.plan.steps.get(at)).map_or(100, |step| step.percent))
        }
    }
}

fn pods(record: &OperationRecord, world: &World) -> Option<Pods> {
    let counts = |side: Side| (side.available, side.desired);
    let live = |key| world.workload(&key).map(|w| (w.replicas.available, w.replicas.desired));
    let stable = live(record.target.key()).or_else(|| record.seen.stable.map(counts))?;
    Some(Pods { stable, canary: live(record.canary()) })
}

fn pending(asked: &Asked) -> String {
    format!("{} asked by {}", request_word(asked.verb), asked.by)
}

/// A request in a word.
pub(crate) fn request_word(request: Request) -> &'static str {
    match request {
        Request::Promote => "promote",
        Request::PromoteFull => "promote full",
        Request::Hold => "hold",
        Request::Resume => "resume",
        Request::Abort => "abort",
    }
}

/// The steps with how far each has come. On the way back the run no longer
/// says which step it was in; the share last judged tells.
fn steps(run: &CanaryRun, stage: &Stage, at: Option<usize>) -> Vec<Step> {
    let planned = run.plan.steps.iter().map(canary::Step::label);
    let labels = planned.chain(["100%".to_owned()]);
    let failed = if stage.is_back() { reached(run) } else { None };
    let progress = |number: usize| match (stage, at.or(failed)) {
        (Stage::Promoted, _) => StepState::Done,
        (_, Some(at)) if number < at => StepState::Done,
        (_, Some(at)) if number == at && failed.is_some() => StepState::Failed,
        (_, Some(at)) if number == at => StepState::Now,
        (_, Some(_) | None) => StepState::Next,
    };
    labels.enumerate().map(|(number, label)| Step { label, state: progress(number) }).collect()
}

/// The step whose weight is nearest to the share last judged; the first if
/// nothing was judged.
fn reached(run: &CanaryRun) -> Option<usize> {
    let share = run.judged.as_deref().map_or(0.0, |judged| judged.inputs.requested_share);
    let of =
        |step: &canary::Step| step.pick.as_ref().map_or_else(|| f64::from(step.percent) / 100.0, Pick::share);
    let off = |step: &canary::Step| (of(step) - share).abs();
    let steps = run.plan.steps.iter().enumerate();
    steps.min_by(|(_, a), (_, b)| off(a).total_cmp(&off(b))).map(|(number, _)| number)
}
