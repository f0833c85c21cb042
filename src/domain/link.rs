//! How well we see the cluster.

use super::Fault;
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
