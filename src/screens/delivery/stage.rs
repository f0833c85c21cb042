//! How far an operation has come, what it waits for, and who drives it.

use super::Delivery;
use crate::domain::Now;
use crate::engine::verdict::{Cause, Decision};
use crate::ui::{Role, Sign};
use jiff::Timestamp;
use std::time::Duration;

/// How far an operation has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The pods of a step are being made.
    Scaling,
    /// The weight is real and the verdict is asked.
    Watching,
    /// Stable takes the new version.
    Promoting,
    /// Stable is through; the canary goes.
    CleaningUp,
    /// Back to stable.
    RollingBack,
    /// Over: stable runs the new version.
    Promoted,
    /// Over: stable runs what it ran before.
    RolledBack,
}

impl Stage {
    /// One or two words.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Scaling => "scaling",
            Self::Watching => "watching",
            Self::Promoting => "promoting",
            Self::CleaningUp => "cleaning up",
            Self::RollingBack => "rolling back",
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled back",
        }
    }

    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Promoted | Self::RolledBack)
    }

    /// Whether it is on its way back, or was brought back.
    pub fn is_back(&self) -> bool {
        matches!(self, Self::RollingBack | Self::RolledBack)
    }
}

/// A step of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its weight, or what it picks; `100%` is the promotion.
    pub label: String,
    /// How far it has come.
    pub state: StepState,
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Behind us.
    Done,
    /// Under way.
    Now,
    /// It was under way when the way back began.
    Failed,
    /// Before us.
    Next,
}

/// What an operation waits for, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitsFor {
    /// Nobody drives it: somebody has to take it over.
    Driver,
    /// A person.
    Human,
    /// The repository the object is applied from.
    Git,
    /// Requests to be counted.
    Metrics,
    /// Pods to come or go.
    Pods,
    /// The step's minimum time.
    Time,
    /// Nothing: it is over.
    Nothing,
}

impl WaitsFor {
    /// The word in the column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Driver => "driver",
            Self::Human => "human",
            Self::Git => "git",
            Self::Metrics => "metrics",
            Self::Pods => "pods",
            Self::Time => "time",
            Self::Nothing => "",
        }
    }

    /// Its role: what needs a person stands out.
    pub fn role(self) -> Role {
        match self {
            Self::Driver => Role::Bad,
            Self::Human | Self::Git => Role::Warn,
            Self::Metrics | Self::Pods | Self::Time => Role::Text,
            Self::Nothing => Role::Dim,
        }
    }
}

/// Who drives an operation, by the heartbeat in its Lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Driver {
    /// The holder; empty if nobody ever took it.
    pub who: String,
    /// When the heartbeat was last seen to move; none if it never was.
    pub heard: Option<Timestamp>,
    /// Silence after which the driver counts as lost.
    pub patience: Duration,
    /// Whether it is this console.
    pub here: bool,
}

/// How the driver is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driven {
    /// This console drives.
    Here,
    /// Somebody else drives.
    Elsewhere,
    /// Nobody was heard for this long.
    Silent(Duration),
    /// Nobody ever took it.
    Nobody,
}

impl Driver {
    /// How it is doing at `now`.
    pub fn state(&self, now: Now) -> Driven {
        let Some(heard) = self.heard.filter(|_| !self.who.is_empty()) else { return Driven::Nobody };
        let silent = now.since(heard);
        match (silent > self.patience, self.here) {
            (true, _) => Driven::Silent(silent),
            (false, true) => Driven::Here,
            (false, false) => Driven::Elsewhere,
        }
    }

    /// Whether nobody drives.
    pub fn is_lost(&self, now: Now) -> bool {
        matches!(self.state(now), Driven::Silent(_) | Driven::Nobody)
    }
}

impl Delivery {
    /// Whether it is under way and nobody drives it.
    pub fn is_orphaned(&self, now: Now) -> bool {
        self.is_running() && self.driver.is_lost(now)
    }

    /// What it waits for, and the same in a sentence.
    pub fn waits_for(&self, now: Now) -> (WaitsFor, String) {
        if self.is_orphaned(now) {
            return (WaitsFor::Driver, self.lost_sentence(now));
        }
        match self.stage {
            Stage::Promoted | Stage::RolledBack => (WaitsFor::Nothing, self.progress.clone()),
            Stage::Scaling | Stage::Promoting | Stage::CleaningUp | Stage::RollingBack => {
                (WaitsFor::Pods, self.progress.clone())
            }
            Stage::Watching if self.held => (WaitsFor::Human, self.progress.clone()),
            Stage::Watching => self.watching_for(),
        }
    }

    fn watching_for(&self) -> (WaitsFor, String) {
        let Some(verdict) = self.verdict() else {
            return (WaitsFor::Metrics, "the first measurements of this step".to_owned());
        };
        let fine = verdict.decision == Decision::Promote;
        let what = match verdict.cause {
            _ if verdict.page || (fine && self.manual) => WaitsFor::Human,
            _ if fine && !self.pods.is_none_or(super::Pods::are_whole) => WaitsFor::Pods,
            Cause::Inconclusive | Cause::Environment | Cause::Advisory | Cause::Invalid => WaitsFor::Human,
            Cause::MinimumTime | Cause::Fine => WaitsFor::Time,
            Cause::Outage | Cause::NoData | Cause::Share | Cause::Collecting => WaitsFor::Metrics,
            Cause::Guard | Cause::Ceiling | Cause::Worse | Cause::Condition | Cause::EndOfStep => {
                WaitsFor::Pods
            }
        };
        (what, super::draw::missing(verdict).unwrap_or_else(|| self.progress.clone()))
    }

    /// What the engine says of the moment, unless that is the verdict's own
    /// sentence, which is shown with its numbers.
    pub fn moment(&self) -> Option<&str> {
        let told = self.verdict().is_some_and(|verdict| self.progress.ends_with(&verdict.reason));
        let word = self.progress.as_str() == self.stage.word();
        (!told && !word).then_some(self.progress.as_str())
    }

    /// What to say and do when nobody drives.
    pub fn lost_sentence(&self, now: Now) -> String {
        let way_out = "`qd engine` or Adopt takes over";
        match self.driver.state(now) {
            Driven::Silent(time) => {
                // In tens of seconds: the screen wakes for no less.
                let time = crate::engine::verdict::number::duration(time.as_secs() / 10 * 10);
                format!("driver silent for {time}: {way_out}")
            }
            Driven::Nobody => format!("nobody drives it: {way_out}"),
            Driven::Here | Driven::Elsewhere => String::new(),
        }
    }

    /// Its sign and role: the worst that can be said of it.
    pub fn sign(&self, now: Now) -> (Role, Sign) {
        if self.is_orphaned(now) {
            return (Role::Bad, Sign::Unknown);
        }
        match self.stage {
            Stage::RollingBack => (Role::Bad, Sign::Bad),
            Stage::RolledBack => (Role::Warn, Sign::Warn),
            Stage::Promoted => (Role::Good, Sign::Good),
            _ if self.held => (Role::Paused, Sign::Paused),
            Stage::Scaling | Stage::Watching | Stage::Promoting | Stage::CleaningUp => {
                (Role::Moving, Sign::Moving)
            }
        }
    }

    /// Its phase in a word or two.
    pub fn phase_word(&self, now: Now) -> &'static str {
        if self.is_orphaned(now) {
            return "orphaned";
        }
        if self.held && matches!(self.stage, Stage::Scaling | Stage::Watching) {
            return "held";
        }
        self.stage.word()
    }
}
