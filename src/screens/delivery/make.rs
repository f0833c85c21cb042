//! From an operation's record to what is shown of it.

use super::{Delivery, Driver, Pods, Stage, Step, StepState, StepTimes};
use crate::domain::{ServiceKey, World};
use crate::engine::canary::{self, CanaryRun, Ending, Phase, Request, Side};
use crate::engine::record::{Asked, OperationRecord, Strategy};
use crate::engine::router::Pick;
use std::sync::Arc;

impl Delivery {
    /// What is shown of a record. Pods are taken from the watch where it shows
    /// them, else as the driver saw them.
    pub fn of(record: Arc<OperationRecord>, driver: Driver, world: &World) -> Self {
        let run = &record.run;
        // The promotion counts as a step, too.
        let (stage, at) = (stage(run), run.number());
        let planned = record.step().and_then(|at| run.plan.steps.get(at));
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
            asked: asked(&record, &stage),
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

fn stage(run: &CanaryRun) -> Stage {
    match &run.phase {
        Phase::Scaling { .. } => Stage::Scaling,
        Phase::Watching { .. } => Stage::Watching,
        Phase::Promoting { .. } => Stage::Promoting,
        Phase::CleaningUp => Stage::CleaningUp,
        Phase::RollingBack { .. } => Stage::RollingBack,
        Phase::Over(Ending::Promoted) => Stage::Promoted,
        Phase::Over(Ending::RolledBack { .. }) => Stage::RolledBack,
    }
}

fn clock(run: &CanaryRun) -> Option<StepTimes> {
    let Phase::Watching { step, since } = &run.phase else { return None };
    let planned = run.plan.steps.get(*step)?;
    Some(StepTimes { since: *since, min_s: planned.min_s, max_s: planned.max_s })
}

fn asked(record: &OperationRecord, stage: &Stage) -> Option<u32> {
    match stage {
        Stage::RollingBack => Some(0),
        Stage::Promoted | Stage::RolledBack => None,
        Stage::Scaling | Stage::Watching | Stage::Promoting | Stage::CleaningUp => {
            let planned = record.step().and_then(|step| record.run.plan.steps.get(step));
            Some(planned.map_or(100, |step| step.percent))
        }
    }
}

fn pods(record: &OperationRecord, world: &World) -> Option<Pods> {
    if record.strategy == Strategy::Rolling {
        return replaced(record, world);
    }
    let counts = |side: Side| (side.available, side.desired);
    let live = |key| world.workload(&key).map(|w| (w.replicas.available, w.replicas.desired));
    let stable = live(record.target.key()).or_else(|| record.seen.stable.map(counts))?;
    Some(Pods { stable, canary: live(record.canary()) })
}

/// Of a rolling update old and new pods are counted as the two sides. Which of
/// them are available nobody counts: the old ones are until they go.
fn replaced(record: &OperationRecord, world: &World) -> Option<Pods> {
    let to = record.run.to;
    let (current, renewed, available, desired) = if let Some(w) = world.workload(&record.target.key()) {
        let r = w.replicas;
        let new = if w.template.digest == to { r.updated } else { r.current.saturating_sub(r.updated) };
        (r.current, new, r.available, r.desired)
    } else {
        let stable = record.seen.stable?;
        let through = stable.template == to && stable.settled;
        (stable.desired, if through { stable.desired } else { 0 }, stable.available, stable.desired)
    };
    let old = current.saturating_sub(renewed);
    let old_available = old.min(available);
    let new = (renewed > 0).then(|| (available - old_available, desired.saturating_sub(old)));
    Some(Pods { stable: (old_available, old), canary: new })
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

/// The steps with how far each has come.
fn steps(run: &CanaryRun, stage: &Stage, at: Option<usize>) -> Vec<Step> {
    let planned = run.plan.steps.iter().map(canary::Step::label);
    let labels: Vec<String> = if run.plan.is_in_place() {
        ["update", "watch"].map(str::to_owned).to_vec()
    } else {
        planned.chain(["100%".to_owned()]).collect()
    };
    let failed = run.turned.filter(|_| stage.is_back());
    let progress = |number: usize| match (stage, at.or(failed)) {
        (Stage::Promoted, _) => StepState::Done,
        (_, Some(at)) if number < at => StepState::Done,
        (_, Some(at)) if number == at && failed.is_some() => StepState::Failed,
        (_, Some(at)) if number == at => StepState::Now,
        (_, Some(_) | None) => StepState::Next,
    };
    labels.into_iter().enumerate().map(|(number, label)| Step { label, state: progress(number) }).collect()
}
