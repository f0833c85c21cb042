//! The run: its state, and the one entry that moves it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

use super::analysis::Progress;
use super::input::{Answer, Input, Observed, Request};
use super::intent::Intent;
use super::is_zero;
use super::phase::Phase;
use super::plan::{Plan, Step};
use crate::domain::Now;
use crate::engine::verdict::{Inputs, Verdict};

/// A canary rollout under way. Serialized, it is the operation's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanaryRun {
    /// What is to be done.
    pub plan: Plan,
    /// Digest of the template stable had at the start.
    pub from: u64,
    /// Digest of the new template.
    pub to: u64,
    /// How far it has come.
    pub phase: Phase,
    /// A person holds it: no promotion.
    pub held: bool,
    /// One line about the present moment.
    pub progress: String,
    /// At which step the way back began, from 0, the promotion as the last; none
    /// before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turned: Option<usize>,
    /// How often somebody has taken a step's weight back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) reverts: u32,
    /// How the plan's analyses go, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) analyses: Vec<Progress>,
    /// The newest verdict with its inputs, to be stored and replayed.
    pub judged: Option<Arc<Judgement>>,
    /// Since when the router was seen as it was before, on the way out.
    #[serde(skip)]
    pub(super) drained: Option<Timestamp>,
    /// Since when stable was seen whole with the new template.
    #[serde(skip)]
    pub(super) whole: Option<Timestamp>,
    /// Both Deployments as last seen.
    #[serde(skip)]
    pub(super) seen: Option<Observed>,
    /// When this driver saw the cluster for the first time.
    #[serde(skip)]
    first_seen: Option<Timestamp>,
    /// The last write. A successor does not know it and asks again, which
    /// absolute values allow.
    #[serde(skip)]
    sent: Option<Sent>,
    /// Failed writes in a row, and when the last one failed.
    #[serde(skip)]
    failures: Option<(u32, Timestamp)>,
}

/// A verdict with what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// When.
    pub at: Timestamp,
    /// The inputs; `verdict(&inputs)` gives `verdict` again.
    pub inputs: Inputs,
    /// The verdict.
    pub verdict: Verdict,
}

/// A write that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sent {
    intent: Intent,
    at: Timestamp,
    answered: bool,
}

/// How long an answer may take. After that the write is asked for again; the
/// caller's own deadline must be shorter.
const ANSWER: Duration = Duration::from_secs(30);

/// How long the watch may lag behind a write. Until then it is neither
/// repeated nor is the run ended on what may be an old picture.
const SETTLE: Duration = Duration::from_secs(5);

/// Longest wait between attempts of a write that fails. Going back is tried
/// every second: it never waits.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl CanaryRun {
    /// A run that has not written anything.
    pub fn new(plan: Plan, from: u64, to: u64, now: Now) -> Self {
        Self {
            plan,
            from,
            to,
            phase: Phase::Scaling { step: 0, since: now.wall },
            held: false,
            progress: "starting".to_owned(),
            turned: None,
            analyses: Vec::new(),
            judged: None,
            reverts: 0,
            drained: None,
            whole: None,
            seen: None,
            first_seen: None,
            sent: None,
            failures: None,
        }
    }

    /// A rolling update under the same rules: no canary, stable takes the new
    /// template at once, and gets its old one back if its pods fail or the
    /// deadline passes; and while it is watched then, if the plan has a step
    /// for that.
    pub fn rolling(plan: Plan, from: u64, to: u64, now: Now) -> Self {
        Self { phase: Phase::Promoting { since: now.wall }, ..Self::new(plan, from, to, now) }
    }

    /// Moves on, and returns the write to be made, if any. The caller stores
    /// the run whenever its phase or `held` changed, in any case *before* it
    /// carries an intent out, and answers [`Input::Written`] within 30 s.
    ///
    /// Inputs that do not fit the phase change nothing: answers may come
    /// late, and the watch speaks at all times.
    pub fn step(&mut self, input: Input, now: Now) -> Option<Intent> {
        if self.is_over() {
            return None;
        }
        match input {
            Input::Seen(observed) => {
                self.seen = Some(observed);
                self.first_seen.get_or_insert(now.wall);
                self.advance(observed, now);
            }
            Input::Measured(measurements) => self.measured(measurements, now),
            Input::Answered(answers) => self.answered(answers),
            Input::Asked { request, by } => self.asked(request, &by, now),
            Input::Written(answer) => self.written(answer, now),
        }
        self.next_write(now)
    }

    /// The run as it is read after it was stored: without what its driver
    /// alone remembers.
    #[cfg(test)]
    pub(crate) fn into_stored(self) -> Self {
        Self { drained: None, whole: None, seen: None, first_seen: None, sent: None, failures: None, ..self }
    }

    /// Takes in both sides as just read, before what people asked for is
    /// answered: a canary must not be deleted on what was there a turn ago, nor
    /// a promotion be refused by a successor that has not been told of any pods.
    pub fn look(&mut self, observed: Observed) {
        self.seen = Some(observed);
    }

    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over(_))
    }

    /// The number of what it is in, from 0, among the plan's steps with the
    /// promotion behind them; of one in place the promotion is the first. None
    /// on the way back and after the end.
    pub fn number(&self) -> Option<usize> {
        let number = self.phase.step(self.plan.steps.len());
        match self.phase {
            Phase::Promoting { .. } if self.plan.is_in_place() => Some(0),
            Phase::Watching { .. } if self.plan.is_in_place() => number.map(|step| step + 1),
            Phase::Scaling { .. }
            | Phase::Watching { .. }
            | Phase::Promoting { .. }
            | Phase::CleaningUp
            | Phase::RollingBack { .. }
            | Phase::Over(_) => number,
        }
    }

    /// Since when the present step's weight is real: metrics are counted
    /// from here. `None` outside of a step.
    pub fn watching_since(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Watching { since, .. } => Some(since),
            Phase::Scaling { .. }
            | Phase::Promoting { .. }
            | Phase::CleaningUp
            | Phase::RollingBack { .. }
            | Phase::Over(_) => None,
        }
    }

    /// The plan's step `number`, from 0.
    pub(super) fn planned(&self, number: usize) -> Option<Step> {
        self.plan.steps.get(number).cloned()
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.failures = None;
    }

    pub(super) fn note(&mut self, line: impl Into<String>) {
        self.progress = line.into();
    }

    /// Decides to go back. Final: nothing but the end follows.
    pub(super) fn roll_back(&mut self, why: impl Into<String>) {
        if !matches!(self.phase, Phase::RollingBack { .. } | Phase::Over(_)) {
            let why = why.into();
            self.note(format!("rolling back: {why}"));
            self.turned = self.number();
            self.enter(Phase::RollingBack { why });
        }
    }

    fn asked(&mut self, request: Request, by: &str, now: Now) {
        match request {
            Request::Abort => self.roll_back(format!("aborted by {by}")),
            Request::Hold => {
                self.held = true;
                self.note(format!("held by {by}"));
            }
            Request::Resume => {
                self.held = false;
                self.note(format!("resumed by {by}"));
            }
            Request::Promote => self.promote_by(by, false, now),
            Request::PromoteFull => self.promote_by(by, true, now),
        }
    }

    fn written(&mut self, answer: Answer, now: Now) {
        let Some(sent) = self.sent.as_mut().filter(|s| !s.answered) else { return };
        sent.answered = true;
        let intent = sent.intent;
        match answer {
            Answer::Applied => self.failures = None,
            Answer::Failed(error) => {
                self.sent = None;
                let count = self.failures.map_or(0, |(n, _)| n).saturating_add(1);
                self.failures = Some((count, now.wall));
                self.note(format!("could not {} (attempt {count}): {error}", intent.sentence(&self.plan)));
            }
        }
    }

    /// Whether the picture may still be an old one: the last write is on its
    /// way or does not show yet, or this driver has only just begun to look
    /// and does not know what its predecessor wrote last.
    pub(super) fn is_unsettled(&self, now: Now) -> bool {
        self.first_seen.is_none_or(|at| now.since(at) < SETTLE) || self.is_writing(now)
    }

    fn is_writing(&self, now: Now) -> bool {
        self.sent.is_some_and(|s| now.since(s.at) < if s.answered { SETTLE } else { ANSWER })
    }

    /// The write that brings what was seen closer to what the phase wants.
    fn next_write(&mut self, now: Now) -> Option<Intent> {
        let intent = self.wanted(self.seen?, now)?;
        if self.must_wait(intent, now) {
            return None;
        }
        self.sent = Some(Sent { intent, at: now.wall, answered: false });
        Some(intent)
    }

    /// One write at a time, and none twice before it can show. Failed ones
    /// are tried again with growing pauses, the way back every second.
    fn must_wait(&self, intent: Intent, now: Now) -> bool {
        let repeated = self.sent.is_some_and(|s| s.intent == intent || !s.answered);
        if repeated && self.is_writing(now) {
            return true;
        }
        let retreating = matches!(self.phase, Phase::RollingBack { .. });
        self.failures.is_some_and(|(count, at)| {
            let backoff = Duration::from_secs(1 << count.min(5)).min(LONGEST_WAIT);
            now.since(at) < if retreating { Duration::from_secs(1) } else { backoff }
        })
    }

    fn wanted(&self, observed: Observed, now: Now) -> Option<Intent> {
        match &self.phase {
            Phase::Scaling { step, .. } => Self::unserved(observed)
                .or_else(|| self.sizing(*step, observed))
                .or_else(|| self.weighing(*step, observed)),
            // There is no canary to be sized, and nothing that shares out.
            Phase::Watching { .. } if self.plan.is_in_place() => None,
            Phase::Watching { step, .. } => Self::unserved(observed)
                .or_else(|| self.sizing(*step, observed))
                .or_else(|| self.naming(*step, observed)),
            Phase::Promoting { .. } => Self::unserved(observed).or_else(|| self.updating(observed)),
            Phase::CleaningUp | Phase::RollingBack { .. } => self.removing(observed, now),
            Phase::Over(_) => None,
        }
    }
}
