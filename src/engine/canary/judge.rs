//! Asking the verdict, and doing what it says.

use super::input::Measurements;
use super::phase::Phase;
use super::run::{CanaryRun, Judgement};
use crate::domain::{Now, short_duration};
use crate::engine::verdict::{Decision, Inputs, StepClock, verdict};
use crate::engine::weights::Routing;
use std::sync::Arc;
use std::time::Duration;

impl CanaryRun {
    /// New measurements. Outside of a step only the facts about pods count:
    /// there is no settled weight to judge traffic by.
    pub(super) fn measured(&mut self, m: Measurements, now: Now) {
        match self.phase.clone() {
            Phase::Watching { step, since } if self.planned(step).is_some_and(|step| !step.is_judged()) => {
                self.condemned_by_facts(m, now);
                self.previewed(step, since, now);
            }
            Phase::Watching { step, since } => self.judged_step(m, step, now, since),
            Phase::Scaling { .. } | Phase::Promoting { .. } => self.condemned_by_facts(m, now),
            Phase::CleaningUp | Phase::RollingBack { .. } | Phase::Over(_) => {}
        }
    }

    fn condemned_by_facts(&mut self, m: Measurements, now: Now) {
        let facts_only = Measurements { facts: m.facts, ..Measurements::default() };
        let never = StepClock { elapsed_s: 0, min_s: 0, max_s: u32::MAX };
        let judgement = self.ask(facts_only, never, 0.5, now);
        if judgement.verdict.decision == Decision::Rollback {
            self.roll_back(judgement.verdict.reason.clone());
            self.judged = Some(judgement);
        }
    }

    /// Nobody uses it yet: its pods have to stay whole for the step's time.
    fn previewed(&mut self, step: usize, since: jiff::Timestamp, now: Now) {
        let Phase::Watching { .. } = self.phase else { return };
        let Some(planned) = self.planned(step) else { return };
        let left = Duration::from_secs(u64::from(planned.min_s)).saturating_sub(now.since(since));
        if !left.is_zero() {
            let left = short_duration(left);
            self.note(format!("the new version can be looked at; nobody is sent to it for {left} more"));
        } else if self.held {
            self.note("held by a person; the new version can be looked at");
        } else if planned.manual {
            let what =
                if self.plan.routing == Routing::Switch { "switch to it" } else { "send requests to it" };
            self.note(format!("waits for a person to {what}"));
        } else if !self.is_ready(step) {
            self.note("waits until every pod is available");
        } else {
            self.go_on(step, now);
        }
    }

    fn judged_step(&mut self, m: Measurements, step: usize, now: Now, since: jiff::Timestamp) {
        let Some(planned) = self.planned(step) else { return };
        // The real weight, not the requested one: three replicas make 25 %
        // of 10 %, and that is what the traffic must show.
        let split = self.seen.and_then(|observed| self.split(step, observed));
        let Some(share) = split.map(|split| planned.share(&split)) else { return };
        let elapsed = u32::try_from(now.since(since).as_secs()).unwrap_or(u32::MAX);
        let clock = StepClock { elapsed_s: elapsed, min_s: planned.min_s, max_s: planned.max_s };
        let metrics = m.metrics.into_iter().chain(self.analysed(step, now)).collect();
        let judgement = self.ask(Measurements { metrics, ..m }, clock, share, now);
        let (decision, reason) = (judgement.verdict.decision, judgement.verdict.reason.clone());
        self.judged = Some(judgement);
        match decision {
            Decision::Rollback => self.roll_back(reason),
            Decision::Hold | Decision::Environment if planned.percent == 100 && elapsed < planned.max_s => {
                let left = short_duration(Duration::from_secs(u64::from(planned.max_s - elapsed)));
                self.note(if self.plan.is_in_place() {
                    format!("every pod runs the new version; it is watched for {left} more; {reason}")
                } else {
                    format!("switched; the old version is kept for {left} more; {reason}")
                });
            }
            Decision::Hold | Decision::Environment => self.note(reason),
            Decision::Promote if self.held => self.note(format!("held by a person; {reason}")),
            Decision::Promote if planned.manual => {
                self.note(format!("waits for a person to promote; {reason}"));
            }
            Decision::Promote if !self.is_ready(step) => {
                self.note(format!("waits until every pod is available; {reason}"));
            }
            Decision::Promote => {
                self.note(reason);
                self.go_on(step, now);
            }
        }
    }

    fn ask(&self, m: Measurements, clock: StepClock, share: f64, now: Now) -> Arc<Judgement> {
        let inputs = Inputs {
            policy: self.plan.policy.clone(),
            clock,
            requested_share: share,
            metrics: m.metrics,
            facts: m.facts,
            health: m.health,
        };
        let verdict = verdict(&inputs);
        Arc::new(Judgement { at: now.wall, inputs, verdict })
    }
}
