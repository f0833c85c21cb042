//! The way forward: sizing the canary, entering steps, promoting.

use super::input::Observed;
use super::intent::Intent;
use super::phase::Phase;
use super::plan::Step;
use super::run::CanaryRun;
use super::traffic::ROUTER_GONE;
use crate::domain::Now;
use crate::engine::weights::Split;
use std::time::Duration;

/// A container without a readiness probe is available the moment it runs, and
/// may crash a second later. The kubelet starts it again after 10 s and after
/// 20 s more: within 30 s one that crashes is seen to.
const PROOF: Duration = Duration::from_secs(30);

impl CanaryRun {
    /// Looks at both sides and enters the next phase if it is reached.
    pub(super) fn advance(&mut self, observed: Observed, now: Now) {
        if let Some(why) = self.foreign_change(observed) {
            self.roll_back(why);
        }
        match self.phase.clone() {
            Phase::Scaling { step, since } => self.scaled(step, since, observed, now),
            Phase::Promoting { since } => self.promoted(since, observed, now),
            Phase::CleaningUp | Phase::RollingBack { .. } => self.removed(observed, now),
            Phase::Watching { step, .. } => self.watched(step, observed, now),
            Phase::Over(_) => {}
        }
    }

    /// Pods of `step` beside the present stable. Sized anew at every look,
    /// because an autoscaler may have changed stable.
    pub(super) fn split(&self, step: usize, observed: Observed) -> Option<Split> {
        self.plan.split(step, observed.stable?.desired)
    }

    /// The write that gives the canary the size of its step. A canary is
    /// only *raised* while all pods of both sides are available; shrinking
    /// follows a shrinking stable at once.
    pub(super) fn sizing(&self, step: usize, observed: Observed) -> Option<Intent> {
        let replicas = self.split(step, observed)?.canary;
        let whole = observed.stable.is_some_and(|s| s.is_whole());
        match observed.canary {
            None => whole.then_some(Intent::CreateCanary { replicas }),
            Some(canary) if replicas < canary.desired => Some(Intent::ScaleCanary { replicas }),
            Some(canary) if replicas > canary.desired => {
                (whole && canary.is_whole()).then_some(Intent::ScaleCanary { replicas })
            }
            Some(_) => None,
        }
    }

    fn scaled(&mut self, step: usize, since: jiff::Timestamp, observed: Observed, now: Now) {
        let Some(split) = self.split(step, observed) else {
            self.note("waiting: stable has no replicas to weigh a canary against");
            return;
        };
        if self.is_routed() && observed.router.is_none() {
            self.roll_back(ROUTER_GONE);
            return;
        }
        let (ready, desired) = observed.canary.map_or((0, 0), |c| (c.available, c.desired));
        let there = desired == split.canary && observed.canary.is_some_and(|c| c.is_whole());
        if there && self.is_weighed(step, observed) {
            self.note(format!("watching at {}", self.step_words(step, &split)));
            self.enter(Phase::Watching { step, since: now.wall });
        } else if now.since(since).as_secs() > u64::from(self.plan.deadline_s) {
            let after = self.plan.deadline_s;
            self.roll_back(if there {
                format!("the traffic was not shifted to {} within {after} s", self.asks(step))
            } else {
                format!("{ready} of {} canary pods available after {after} s", split.canary)
            });
        } else if there {
            self.note(format!("shifting the traffic to {}", self.asks(step)));
        } else if !observed.stable.is_some_and(|s| s.is_whole()) {
            self.note("waiting for every stable pod before the canary is raised");
        } else {
            self.note(format!("{ready} of {} canary pods available", split.canary));
        }
    }

    fn step_words(&self, step: usize, split: &Split) -> String {
        self.plan.steps.get(step).map_or_else(|| split.to_string(), |planned| planned.words(split))
    }

    fn asks(&self, step: usize) -> String {
        self.plan.steps.get(step).map(Step::asks).unwrap_or_default()
    }

    /// The next step, or the promotion after the last.
    pub(super) fn go_on(&mut self, from_step: usize, now: Now) {
        let next = from_step + 1;
        if self.planned(next).is_some() {
            self.enter(Phase::Scaling { step: next, since: now.wall });
        } else {
            self.leave_steps(now);
        }
    }

    /// What comes behind the last step: of one in place only the end.
    fn leave_steps(&mut self, now: Now) {
        let promoting = Phase::Promoting { since: now.wall };
        self.enter(if self.plan.is_in_place() { Phase::CleaningUp } else { promoting });
    }

    /// A person promotes. The canary's pods must be there: a person may
    /// overrule the verdict, not the invariants.
    pub(super) fn promote_by(&mut self, by: &str, full: bool, now: Now) {
        let Phase::Watching { step, .. } = self.phase else {
            self.note(format!("{by} asked to promote; possible once the step's pods are available"));
            return;
        };
        if !self.is_ready(step) {
            self.note(format!("{by} asked to promote; not all pods are available"));
            return;
        }
        self.held = false;
        self.note(format!("promoted by {by}"));
        if full {
            self.leave_steps(now);
        } else {
            self.go_on(step, now);
        }
    }

    /// Every pod of both sides is available and the canary has its size.
    pub(super) fn is_ready(&self, step: usize) -> bool {
        let Some(observed) = self.seen else { return false };
        if self.plan.is_in_place() {
            return observed.stable.is_some_and(|stable| stable.is_whole());
        }
        let sized = self.split(step, observed).map(|s| s.canary) == observed.canary.map(|c| c.desired);
        sized && [observed.stable, observed.canary].iter().all(|s| s.is_some_and(|s| s.is_whole()))
    }

    pub(super) fn updating(&self, observed: Observed) -> Option<Intent> {
        let stable = observed.stable?;
        (stable.template == self.from && self.from != self.to).then_some(Intent::UpdateStable)
    }

    fn promoted(&mut self, since: jiff::Timestamp, observed: Observed, now: Now) {
        let Some(stable) = observed.stable else { return };
        let there = stable.template == self.to && stable.is_whole();
        if !there {
            self.whole = None;
        }
        if there && now.since(*self.whole.get_or_insert(now.wall)) >= self.proof() {
            self.proven(now);
        } else if there {
            let proof = self.proof().as_secs();
            self.note(format!("every pod is available; it counts when they were for {proof} s"));
        } else if now.since(since).as_secs() > u64::from(self.plan.deadline_s) {
            self.roll_back(format!(
                "{} of {} stable pods available after {} s of promotion",
                stable.available, stable.desired, self.plan.deadline_s
            ));
        } else {
            self.note(format!("promoting: {} of {} stable pods available", stable.available, stable.desired));
        }
    }

    fn proven(&mut self, now: Now) {
        if self.plan.is_in_place() && self.planned(0).is_some() {
            self.note("every pod runs the new version; watching it");
            self.enter(Phase::Watching { step: 0, since: now.wall });
        } else {
            self.note("stable runs the new version; removing the canary");
            self.enter(Phase::CleaningUp);
        }
    }

    /// How long stable must be whole. Behind a canary at once: its pods were
    /// watched for minutes.
    fn proof(&self) -> Duration {
        if self.plan.steps.is_empty() || self.plan.is_in_place() { PROOF } else { Duration::ZERO }
    }

    /// Somebody else changed a template we rely on: the evidence is about
    /// something that no longer runs.
    fn foreign_change(&self, observed: Observed) -> Option<String> {
        let stable = observed.stable.map(|s| s.template);
        let stable_ours = match self.phase {
            Phase::Watching { .. } if self.plan.is_in_place() => stable.is_none_or(|t| t == self.to),
            Phase::Scaling { .. } | Phase::Watching { .. } => stable.is_none_or(|t| t == self.from),
            Phase::Promoting { .. } => stable.is_none_or(|t| t == self.from || t == self.to),
            Phase::CleaningUp | Phase::RollingBack { .. } | Phase::Over(_) => true,
        };
        if !stable_ours {
            return Some("somebody changed stable's template meanwhile".to_owned());
        }
        let canary_ours = observed.canary.is_none_or(|c| c.template == self.to);
        (!canary_ours).then(|| "somebody changed the canary's template meanwhile".to_owned())
    }
}
