//! The one gate: every mutation passes [`admit`], and only [`admit`] makes the
//! [`Permit`] that `cluster::write` takes. There is no other way to write.

use super::{Check, CheckOutcome, ClusterUrl, Confirmation, ContextName, Now, ObjectKey, OperationId, Plan};
use std::time::Duration;

/// Whether writing is switched on, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WriteMode {
    /// Nothing may be written. The default.
    #[default]
    ReadOnly,
    /// Writing is on in this context until this boot time.
    Until {
        /// Only here.
        context: ContextName,
        /// Boot time at which it ends by itself.
        until: Duration,
    },
    /// The command line: the person typed the verb itself.
    CommandLine,
}

impl WriteMode {
    /// Time left for writing in `context`; none if it is read-only there.
    pub fn remaining(&self, context: &ContextName, now: Now) -> Option<Duration> {
        match self {
            Self::ReadOnly => None,
            Self::CommandLine => Some(Duration::MAX),
            Self::Until { context: on, until } => {
                until.checked_sub(now.boot).filter(|left| on == context && !left.is_zero())
            }
        }
    }
}

/// Where and when somebody answers: what every gate looks at first.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// Whether writing is on.
    pub mode: &'a WriteMode,
    /// The context connected now.
    pub context: &'a ContextName,
    /// The server connected now.
    pub cluster: &'a ClusterUrl,
    /// The moment of the answer.
    pub now: Now,
}

impl Here<'_> {
    /// Whether something may be written to `cluster` in `context` from here.
    ///
    /// # Errors
    /// Writing is off there, or something else is connected.
    pub(super) fn may_write(&self, context: &ContextName, cluster: &ClusterUrl) -> Result<(), Refusal> {
        if self.mode.remaining(context, self.now).is_none() {
            return Err(Refusal::ReadOnly);
        }
        if context != self.context || cluster != self.cluster {
            return Err(Refusal::OtherCluster {
                planned: format!("{context} ({cluster})"),
                connected: format!("{} ({})", self.context, self.cluster),
            });
        }
        Ok(())
    }
}

/// What the gate looks at.
#[derive(Debug)]
pub struct GateInput<'a> {
    /// The plan the person saw.
    pub plan: &'a Plan,
    /// Where they answer.
    pub here: Here<'a>,
    /// An operation still running on the same object.
    pub running: Option<&'a OperationId>,
    /// What the person typed: `y`, or the word asked for.
    pub answer: &'a str,
}

/// Why the gate stayed shut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Writing is off.
    #[error("read-only: nothing was written")]
    ReadOnly,
    /// The connection is not the one the target was frozen in.
    #[error("the target is in {planned}, but this console is connected to {connected}")]
    OtherCluster {
        /// Context and server of the target.
        planned: String,
        /// Context and server now.
        connected: String,
    },
    /// Somebody's action on the same object has not ended.
    #[error("operation {0} on the same object has not ended")]
    AlreadyRunning(OperationId),
    /// A check is in the way.
    #[error("{}: {}", .0.name, .0.observed)]
    Check(Box<Check>),
    /// The plan rests on old data.
    #[error("the plan is {} s old: read the object again", .0.as_secs())]
    Stale(Duration),
    /// The answer was not the one asked for.
    #[error("not confirmed: {0}")]
    NotConfirmed(String),
    /// A reason is demanded and none was given.
    #[error("this needs a reason")]
    NeedsReason,
    /// A silence that makes no sense, or hides too much.
    #[error("no such silence: {0}")]
    Silence(String),
    /// A delivery wants to write to something that is none of its objects.
    #[error("{0} is none of this operation's objects")]
    Foreign(ObjectKey),
}

impl Refusal {
    /// What to do next.
    pub fn remedy(&self) -> String {
        match self {
            Self::ReadOnly => {
                "type :write (w on an action's page) to allow writing here for a while".to_owned()
            }
            Self::OtherCluster { .. } => {
                "go back to that context, or choose the target again here".to_owned()
            }
            Self::AlreadyRunning(_) => "wait for it, or look at it under Operations".to_owned(),
            Self::Check(check) => check.remedy.clone(),
            Self::Stale(_) => "the plan is being read again; look at it and answer again".to_owned(),
            Self::NotConfirmed(_) => "type exactly what is asked for, or esc to leave".to_owned(),
            Self::Silence(_) => "name labels and a time, such as alertname=… for 2h".to_owned(),
            Self::NeedsReason => "say why, it goes into the audit log".to_owned(),
            Self::Foreign(_) => "this is a mistake in quarterdeck: please report it".to_owned(),
        }
    }
}

/// Leave to carry out one mutation, once. Not `Clone`, no public constructor.
#[derive(Debug)]
pub struct Permit {
    operation: OperationId,
    digest: String,
}

impl Permit {
    /// For the gates only.
    pub(super) fn new(operation: OperationId, digest: String) -> Self {
        Self { operation, digest }
    }

    /// The operation it was given for.
    pub fn operation(&self) -> &OperationId {
        &self.operation
    }

    /// The digest of the one mutation it is good for.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// Decides whether a confirmed plan may be carried out. Order matters: the
/// first reason is the one shown, so the most fundamental comes first.
pub fn admit(input: &GateInput<'_>) -> Result<Permit, Refusal> {
    let plan = input.plan;
    let target = &plan.order.target;
    input.here.may_write(&target.context, &target.cluster)?;
    // An emergency rollback never waits: what it overtakes ends by seeing so.
    if let Some(running) = input.running.filter(|_| !plan.order.verb.is_emergency()) {
        return Err(Refusal::AlreadyRunning(running.clone()));
    }
    if let Some(check) = plan.checks.iter().find(|check| check.outcome == CheckOutcome::Fail) {
        return Err(Refusal::Check(Box::new(check.clone())));
    }
    if plan.order.override_owner && plan.order.reason.trim().is_empty() {
        return Err(Refusal::NeedsReason);
    }
    if plan.is_stale(input.here.now) {
        return Err(Refusal::Stale(input.here.now.elapsed(plan.read_at)));
    }
    confirmed(&plan.confirmation, input.answer)?;
    Ok(Permit::new(plan.order.id.clone(), plan.mutation.digest()))
}

pub(super) fn confirmed(asked: &Confirmation, answer: &str) -> Result<(), Refusal> {
    match asked {
        Confirmation::Key if answer == "y" => Ok(()),
        Confirmation::Key => Err(Refusal::NotConfirmed("press y".to_owned())),
        Confirmation::Type(word) if answer == word => Ok(()),
        Confirmation::Type(word) => Err(Refusal::NotConfirmed(format!("type {word}"))),
    }
}
