//! One order being carried out.

use crate::domain::{AuditKind, Fault, Now, Order, Phase, RolloutState, Verb, Workload, WriteOutcome};
use std::time::Duration;

/// What the object is to be after the write, from the server's own dry run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Digest of the template.
    pub template: u64,
    /// Replicas asked for.
    pub replicas: u32,
    /// Whether rolling out is suspended.
    pub paused: bool,
}

impl From<&Workload> for Expected {
    fn from(workload: &Workload) -> Self {
        Self {
            template: workload.template.digest,
            replicas: workload.replicas.desired,
            paused: workload.paused,
        }
    }
}

/// An order under way. Made by a confirmed plan, moved only by [`step`](Self::step).
#[derive(Clone, Debug)]
pub struct Run {
    /// What was asked.
    pub order: Order,
    /// How far it has come.
    pub phase: Phase,
    /// One line about the present moment.
    pub progress: String,
    /// When it was asked.
    pub started: Now,
    /// When it ended, if it has.
    pub ended: Option<Now>,
    expected: Expected,
    generation: i64,
}

/// What a run is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// Begin.
    Start,
    /// Whether the intent is safely in the audit log.
    Journaled(Result<(), Fault>),
    /// The server's answer to the write.
    Written(WriteOutcome),
    /// The object as the watch shows it; `None` if it is gone.
    Seen(Option<Box<Workload>>),
    /// The object as read after an unknown outcome.
    ReadBack(Result<Option<Box<Workload>>, Fault>),
}

/// What a run wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Write this to the audit log, and answer [`Input::Journaled`] if it is
    /// an [`AuditKind::Intent`].
    Journal {
        /// What sort of line.
        kind: AuditKind,
        /// `applied`, `refused`, …
        result: String,
        /// Details.
        detail: String,
    },
    /// Send the write, once, and answer [`Input::Written`].
    Write,
    /// Read the object after `wait`, and answer [`Input::ReadBack`].
    ReadBack {
        /// How long to wait first.
        wait: Duration,
    },
}

/// An unknown outcome is read back this long, then left for a person.
const READ_BACK_FOR: Duration = Duration::from_mins(10);
/// An object whose deletion nobody answered for is given this long to go: twice
/// the grace most pods have.
const GRACE: Duration = Duration::from_mins(1);

impl Run {
    /// A run that has not begun.
    pub fn new(order: Order, expected: Expected, now: Now) -> Self {
        let progress = "recording the intent".to_owned();
        Self { order, phase: Phase::Asked, progress, started: now, ended: None, expected, generation: 0 }
    }

    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// Moves on. Inputs that do not fit the phase change nothing: answers may
    /// come late, and the watch speaks at all times.
    pub fn step(&mut self, input: Input, now: Now) -> Vec<Intent> {
        if self.is_over() {
            return Vec::new();
        }
        match (&self.phase, input) {
            (Phase::Asked, Input::Start) => vec![journal(AuditKind::Intent, "", "")],
            (Phase::Asked, Input::Journaled(Ok(()))) => {
                self.phase = Phase::Writing;
                "sending the change".clone_into(&mut self.progress);
                vec![Intent::Write]
            }
            (Phase::Asked, Input::Journaled(Err(fault))) => {
                self.end(Phase::Refused(format!("nothing was sent: {fault}")), now)
            }
            (Phase::Writing, Input::Written(outcome)) => self.written(outcome, now),
            (Phase::Unknown(_), Input::ReadBack(read)) => self.read_back(read, now),
            (Phase::Watching, Input::Seen(seen)) => self.seen(seen.as_deref(), now),
            _ => Vec::new(),
        }
    }

    fn written(&mut self, outcome: WriteOutcome, now: Now) -> Vec<Intent> {
        match outcome {
            WriteOutcome::Applied { generation, .. } => {
                self.generation = generation;
                self.phase = Phase::Watching;
                if self.order.verb.ends_with_the_write() {
                    let detail =
                        if let Verb::Unlock { .. } = self.order.verb { "deleted" } else { "created" };
                    let mut intents = vec![journal(AuditKind::Written, "applied", detail)];
                    intents.extend(self.end(Phase::Succeeded, now));
                    return intents;
                }
                "written; waiting for the controller".clone_into(&mut self.progress);
                vec![journal(AuditKind::Written, "applied", &format!("generation {generation}"))]
            }
            WriteOutcome::Refused(fault) => self.end(Phase::Refused(fault.text), now),
            WriteOutcome::Unknown(fault) => {
                self.phase = Phase::Unknown(fault.text.clone());
                "no answer to the write; reading back".clone_into(&mut self.progress);
                vec![
                    journal(AuditKind::Written, "unknown", &fault.text),
                    Intent::ReadBack { wait: Duration::ZERO },
                ]
            }
        }
    }

    fn read_back(&mut self, read: Result<Option<Box<Workload>>, Fault>, now: Now) -> Vec<Intent> {
        if self.happens_once() {
            return self.once_read_back(&read, now);
        }
        let workload = match read {
            Ok(Some(workload)) if workload.uid == self.order.target.uid => workload,
            Ok(_) => return self.end(Phase::Failed("the object is gone".to_owned()), now),
            Err(fault) => {
                self.progress = format!("cannot read back yet: {fault}");
                if now.elapsed(self.started) > READ_BACK_FOR {
                    let why = format!("no answer to the write, and no read since: {fault}");
                    return self.end(Phase::Unknown(why), now);
                }
                return vec![Intent::ReadBack { wait: Duration::from_secs(5) }];
            }
        };
        if !self.overtaken(&workload) {
            self.generation = workload.generation;
            self.phase = Phase::Watching;
            let mut intents = vec![journal(AuditKind::Written, "applied", "found by reading back")];
            intents.extend(self.seen(Some(&workload), now));
            return intents;
        }
        self.end(Phase::Refused("read back: the change was not made".to_owned()), now)
    }

    fn seen(&mut self, seen: Option<&Workload>, now: Now) -> Vec<Intent> {
        if matches!(self.order.verb, Verb::Delete | Verb::Evict) {
            return self.going(seen, now);
        }
        let Some(workload) = seen else {
            return self.end(Phase::Failed("the object was deleted".to_owned()), now);
        };
        if workload.uid != self.order.target.uid {
            return self.end(Phase::Failed("the object was deleted and created again".to_owned()), now);
        }
        if workload.generation < self.generation {
            // The watch lags behind our own write.
            return Vec::new();
        }
        if workload.generation > self.generation && self.overtaken(workload) {
            let now_runs = workload.template.version();
            return self
                .end(Phase::Failed(format!("somebody changed it again: it now asks for {now_runs}")), now);
        }
        let state = RolloutState::of(workload);
        self.progress = state.sentence();
        match (&self.order.verb, &state) {
            (_, RolloutState::Unobserved) => Vec::new(),
            (Verb::Pause | Verb::Resume, _) => self.end(Phase::Succeeded, now),
            (_, RolloutState::Complete) if is_all_there(workload) => self.end(Phase::Succeeded, now),
            (_, RolloutState::Stuck { .. }) => self.end(Phase::Failed(state.sentence()), now),
            (_, RolloutState::Paused { .. }) => {
                "somebody paused it; waiting".clone_into(&mut self.progress);
                Vec::new()
            }
            (_, RolloutState::Progressing { .. } | RolloutState::Complete) => Vec::new(),
        }
    }

    /// Whether the object does not have what this run set: somebody set it to
    /// something else, or it was never set. Replicas are compared only where
    /// they were what was asked for: an autoscaler may change them at any time.
    fn overtaken(&self, workload: &Workload) -> bool {
        let template = workload.template.digest != self.expected.template;
        let replicas = workload.replicas.desired != self.expected.replicas;
        let paused = workload.paused != self.expected.paused;
        match self.order.verb {
            Verb::Rollback { .. } | Verb::Restart | Verb::SetImage { .. } => template,
            Verb::Scale { .. } => replicas,
            Verb::Pause | Verb::Resume => paused,
            Verb::Edit { .. } => template || paused,
            Verb::Delete | Verb::Evict | Verb::RunNow { .. } | Verb::Lock { .. } | Verb::Unlock { .. } => {
                false
            }
        }
    }

    /// Whether the object is not watched to a state: it goes, or another one comes.
    fn happens_once(&self) -> bool {
        matches!(self.order.verb, Verb::Delete | Verb::Evict) || self.order.verb.ends_with_the_write()
    }

    /// The object is to go away.
    fn going(&mut self, seen: Option<&Workload>, now: Now) -> Vec<Intent> {
        if seen.is_none_or(|there| there.uid != self.order.target.uid) {
            return self.end(Phase::Succeeded, now);
        }
        self.progress = match seen.and_then(|there| there.going.as_ref()) {
            Some(going) if !going.finalizers.is_empty() => {
                format!("the server has taken it; it stays in Terminating, {}", going.waits_for())
            }
            Some(_) | None => "the server has taken it; waiting until it is gone".to_owned(),
        };
        Vec::new()
    }

    /// What reading shows of something that happens once: that an object is
    /// gone, or that the Job named in advance is there.
    fn once_read_back(&mut self, read: &Result<Option<Box<Workload>>, Fault>, now: Now) -> Vec<Intent> {
        let again = vec![Intent::ReadBack { wait: Duration::from_secs(5) }];
        let target = &self.order.target.uid;
        let happened = match (read, &self.order.verb) {
            (Err(fault), _) if now.elapsed(self.started) > READ_BACK_FOR => {
                let why = format!("no answer to the write, and no read since: {fault}");
                return self.end(Phase::Unknown(why), now);
            }
            (Err(fault), _) => {
                self.progress = format!("cannot read back yet: {fault}");
                return again;
            }
            (Ok(job), Verb::RunNow { .. }) => {
                job.as_ref().is_some_and(|job| job.owner.as_ref() == Some(target))
            }
            (Ok(lock), Verb::Lock { .. }) => lock.is_some(),
            (Ok(there), Verb::Unlock { lock, .. }) => there.as_ref().is_none_or(|there| there.uid != *lock),
            (Ok(there), _) => there.as_ref().is_none_or(|there| there.uid != *target),
        };
        if happened {
            let mut intents = vec![journal(AuditKind::Written, "applied", "found by reading back")];
            intents.extend(self.end(Phase::Succeeded, now));
            return intents;
        }
        // A pod may take its grace to go.
        if now.elapsed(self.started) < GRACE && !self.order.verb.ends_with_the_write() {
            return again;
        }
        self.end(Phase::Refused("read back: the change was not made".to_owned()), now)
    }

    fn end(&mut self, phase: Phase, now: Now) -> Vec<Intent> {
        self.ended = Some(now);
        let line = journal(AuditKind::Outcome, phase.word(), phase.why());
        phase.why().clone_into(&mut self.progress);
        self.phase = phase;
        vec![line]
    }
}

/// Stricter than a complete rollout, which a Deployment stays after it was
/// scaled up and before the new pods are available.
fn is_all_there(workload: &Workload) -> bool {
    let r = workload.replicas;
    let renewed = r.desired.saturating_sub(workload.partition);
    workload.batch.is_some() || (r.current == r.desired && r.updated >= renewed && r.available >= r.desired)
}

fn journal(kind: AuditKind, result: &str, detail: &str) -> Intent {
    Intent::Journal { kind, result: result.to_owned(), detail: detail.to_owned() }
}
