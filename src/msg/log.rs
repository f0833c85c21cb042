//! Lines of a container's log.

use crate::domain::{Fault, Name, Namespace};
use jiff::Timestamp;

/// Which log to follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Comes back with every update, so that late lines of an older query are dropped.
    pub ticket: u64,
    /// Where the pod is.
    pub namespace: Namespace,
    /// The pod.
    pub pod: Name,
    /// The container; none for the only or first one.
    pub container: Option<String>,
    /// The run before the last restart.
    pub previous: bool,
    /// Lines to begin with.
    pub tail: u32,
}

/// One line, already cleaned of escape sequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When the container runtime saw it; none if the server gave none.
    pub at: Option<Timestamp>,
    /// The text.
    pub text: String,
}

/// News of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogUpdate {
    /// The query it belongs to.
    pub ticket: u64,
    /// What came.
    pub lines: Vec<LogLine>,
    /// Set when nothing more will come: `Ok` at the end, else why.
    pub ended: Option<Result<(), Fault>>,
}
