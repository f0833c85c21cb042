//! How far a run has come, and how it ends.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a run has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// The pods of a step are being made; its weight is not yet real.
    Scaling {
        /// Which step, from 0.
        step: usize,
        /// Since when.
        since: Timestamp,
    },
    /// The weight is real and the verdict is asked.
    Watching {
        /// Which step, from 0.
        step: usize,
        /// Since when the weight is real.
        since: Timestamp,
    },
    /// Stable takes the new template; the canary keeps its pods meanwhile.
    Promoting {
        /// Since when.
        since: Timestamp,
    },
    /// Stable is through; the canary goes.
    CleaningUp,
    /// Back to stable.
    RollingBack {
        /// Why, one sentence.
        why: String,
    },
    /// Over.
    Over(Ending),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// Stable runs the new template.
    Promoted,
    /// Stable runs what it ran before.
    RolledBack {
        /// Why, one sentence.
        why: String,
    },
}

impl Phase {
    /// The step of a plan of `steps` it is in, from 0; the promotion is the one
    /// behind the last. None on the way back and after the end.
    pub fn step(&self, steps: usize) -> Option<usize> {
        match self {
            Self::Scaling { step, .. } | Self::Watching { step, .. } => Some(*step),
            Self::Promoting { .. } | Self::CleaningUp => Some(steps),
            Self::RollingBack { .. } | Self::Over(_) => None,
        }
    }
}
