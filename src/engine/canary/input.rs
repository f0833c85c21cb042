//! What a run is told.

use serde::{Deserialize, Serialize};

use super::analysis::Answered;
use crate::engine::router::Shares;
use crate::engine::verdict::guards::Fact;
use crate::engine::verdict::{Health, Metric};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Both Deployments as the watch shows them.
    Seen(Observed),
    /// The metrics were read, or could not be.
    Measured(Measurements),
    /// Expressions of the plan were asked for.
    Answered(Vec<Answered>),
    /// A person asks for something.
    Asked {
        /// What.
        request: Request,
        /// Who, for the log.
        by: String,
    },
    /// The answer to the last write.
    Written(Answer),
}

/// Both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The stable Deployment; `None` if it does not exist.
    pub stable: Option<Side>,
    /// The canary Deployment; `None` if it does not exist.
    pub canary: Option<Side>,
    /// What shares requests out; none if only pods do, or if it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router: Option<Shares>,
}

/// One Deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Digest of its pod template.
    pub template: u64,
    /// Replicas asked for.
    pub desired: u32,
    /// Pods available, of whatever template.
    pub available: u32,
    /// The controller is through: it has seen the newest spec
    /// (`observedGeneration`), and only pods of this template are left.
    pub settled: bool,
}

impl Side {
    /// Every pod asked for is there, available and of this template.
    pub fn is_whole(&self) -> bool {
        self.settled && self.available >= self.desired
    }
}

/// What was measured since the weight of the step took effect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    /// Metrics, counted from the run's [`super::CanaryRun::watching_since`].
    pub metrics: Vec<Metric>,
    /// Complaints about the canary's pods (while promoting, stable's new
    /// ones, too).
    pub facts: Vec<Fact>,
    /// Whether the source answers.
    pub health: Health,
}

/// What a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Go on to the next step, whatever the verdict says.
    Promote,
    /// Skip all further steps.
    PromoteFull,
    /// No promotion until resumed. A bad verdict still rolls back.
    Hold,
    /// Let the verdict promote again.
    Resume,
    /// Back to stable, now.
    Abort,
}

impl Request {
    /// What it is called in logs: `promote`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::PromoteFull => "promote fully",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Abort => "abort",
        }
    }
}

/// How a write went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was applied.
    Applied,
    /// It was refused, or nobody knows. Both are tried again after looking,
    /// because every intent is absolute.
    Failed(String),
}
