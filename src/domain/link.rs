//! How well we see the cluster.

use super::{Fault, FaultKind};
use jiff::Timestamp;
use std::time::Duration;

/// One watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StreamState {
    /// The first list has not come yet.
    #[default]
    Loading,
    /// News arrive as they happen.
    Live,
    /// News stopped; what is shown is what was.
    Stale {
        /// Since when.
        since: Timestamp,
        /// Why.
        fault: Fault,
    },
    /// We may not see this kind. Costs its panel, nothing else.
    Forbidden {
        /// What the server said.
        fault: Fault,
    },
}

impl StreamState {
    /// Whether what is known of `what` is how it is now.
    ///
    /// # Errors
    /// Why it is not.
    pub fn listed(&self, what: &str) -> Result<(), Fault> {
        match self {
            Self::Live => Ok(()),
            Self::Forbidden { fault } | Self::Stale { fault, .. } => Err(fault.clone()),
            Self::Loading => {
                Err(Fault::new(FaultKind::Timeout, format!("the list of {what} has not come yet")))
            }
        }
    }
}

/// The connection as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// No answer yet.
    #[default]
    Connecting,
    /// The server answers.
    Live {
        /// Round trip of the last question.
        latency: Duration,
    },
    /// The server does not answer; the last picture stays.
    Lost {
        /// Since when.
        since: Timestamp,
        /// Why.
        fault: Fault,
    },
}
