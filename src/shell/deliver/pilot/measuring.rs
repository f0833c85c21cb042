//! Pods and metrics, read when they are due, for the verdict.

use super::super::meter::{Against, Measure};
use super::super::shore::{Look, Pods};
use super::{MEASURE_EVERY, PODS_EVERY, Pilot, Shore};
use crate::domain::{Now, Pod, Workload};
use crate::engine::canary::{Input, Intent, Measurements, Phase, facts_of};
use crate::engine::verdict::guards::Fact;
use jiff::Timestamp;
use std::time::Duration;

impl<S: Shore> Pilot<S> {
    /// Reads pods and metrics when they are due, and asks the verdict.
    pub(super) async fn measure(&mut self, look: &Look) -> Option<Intent> {
        let now = self.shore.now();
        let step = self.measure_of_step();
        // Counts are differences: without a reading at its very beginning a
        // step would not know what its canary served in the first interval.
        if step.is_some() && step != self.measured_for {
            (self.pods_at, self.measured_at, self.measured_for) = (None, None, step);
        }
        let is_due = |at: Option<Now>, every| at.is_none_or(|at| now.elapsed(at) >= every);
        if !is_due(self.pods_at, PODS_EVERY) || self.record.is_over() {
            return None;
        }
        match self.shore.pods(look).await {
            Ok(pods) => self.pods = pods,
            Err(fault) => {
                tracing::warn!(operation = %self.record.id, "cannot list pods: {fault}");
                return None;
            }
        }
        self.pods_at = Some(now);
        let every = step.map_or(MEASURE_EVERY, |step| Duration::from_secs(u64::from(step.interval_s) / 2));
        let measured = is_due(self.measured_at, every.min(MEASURE_EVERY));
        let mut measurements = if measured {
            self.measured_at = Some(now);
            self.shore.measure(&self.sides(), step).await
        } else {
            Measurements::default()
        };
        measurements.facts = self.facts(look, now);
        // Between readings of the metrics only the pods can condemn it.
        if !measured && (measurements.facts.is_empty() || step.is_some()) {
            return None;
        }
        let now = self.shore.now();
        let before = self.record.run.judged.as_ref().map(|judged| judged.at);
        let intent = self.record.run.step(Input::Measured(measurements), now);
        let judged = self.record.run.judged.clone().filter(|judged| Some(judged.at) != before);
        if let Some(judged) = judged {
            self.record.keep_verdict(&judged);
        }
        intent
    }

    /// Asks for the plan's expressions that are due, and takes answers in. One
    /// that ends an analysis has the verdict asked in the next turn.
    pub(super) async fn ask(&mut self) -> Option<Intent> {
        if self.record.run.plan.analyses.is_empty() {
            return None;
        }
        let due = self.record.run.due(self.shore.now());
        let answers = self.shore.question(due, &self.record.run.plan).await;
        if answers.is_empty() {
            return None;
        }
        let before = self.record.run.settled();
        let now = self.shore.now();
        let intent = self.record.run.step(Input::Answered(answers), now);
        if self.record.run.settled() > before {
            (self.pods_at, self.measured_at) = (None, None);
        }
        intent
    }

    fn measure_of_step(&self) -> Option<Measure> {
        let Phase::Watching { step, since } = self.record.run.phase else { return None };
        let plan = &self.record.run.plan;
        let alone = plan.steps.get(step).is_some_and(|step| step.percent == 100);
        let against = match alone {
            true if plan.is_in_place() => Against::Known(plan.before),
            true => Against::Before,
            false => Against::Stable,
        };
        let (interval_s, floor, slow_ms) = (plan.interval_s(step), plan.floor, plan.slow_ms);
        let (requests, slow) = (plan.requests, plan.slow);
        Some(Measure { since, interval_s, floor, requests, against, slow_ms, slow })
    }

    /// Whose requests are counted: once a rolling update is watched, stable's
    /// pods are the new version.
    fn sides(&self) -> Pods {
        let Pods { stable, canary } = self.pods.clone();
        if self.is_watched_in_place() {
            Pods { stable: Vec::new(), canary: stable }
        } else {
            Pods { stable, canary }
        }
    }

    fn is_watched_in_place(&self) -> bool {
        let run = &self.record.run;
        run.plan.is_in_place() && matches!(run.phase, Phase::Watching { .. })
    }

    /// Whether a pod of stable came with the promotion: it runs the new images,
    /// or was made since. The server's clock is not ours and counts in whole
    /// seconds; where images tell the two apart they decide.
    fn is_new(&self, pod: &Pod, since: Timestamp) -> bool {
        let (from, to) = (&self.record.from.images, &self.record.to.images);
        let runs = |(name, image): &(String, String)| {
            pod.containers.iter().any(|it| *it.name == **name && *it.image == **image)
        };
        let by_image = from != to && to.iter().all(runs);
        by_image || pod.created.is_some_and(|created| created.as_second() >= since.as_second())
    }

    fn facts(&self, look: &Look, now: Now) -> Vec<Fact> {
        if let Phase::Promoting { since } = self.record.run.phase {
            let new: Vec<_> =
                self.pods.stable.iter().filter(|pod| self.is_new(pod, since)).cloned().collect();
            let makers: Vec<&Workload> = look.stable.as_deref().into_iter().collect();
            return facts_of(&new, &makers, now);
        }
        if self.is_watched_in_place() {
            // Stable was whole: whatever is there now was made of the new template.
            return facts_of(&self.pods.stable, &look.stable.as_deref().into_iter().collect::<Vec<_>>(), now);
        }
        let makers: Vec<&Workload> = look.canary.as_deref().into_iter().collect();
        facts_of(&self.pods.canary, &makers, now)
    }
}
