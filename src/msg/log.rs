//! Lines of containers' logs.

use crate::domain::{Fault, Name, Namespace};
use jiff::Timestamp;
use std::time::Duration;

/// Which logs to follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Comes back with every update, so that late lines of an older query are dropped.
    pub ticket: u64,
    /// Of these containers.
    pub sources: Vec<LogSource>,
    /// The run before the last restart.
    pub previous: bool,
    /// Not older than this; none for the last lines, however old.
    pub since: Option<Duration>,
    /// Lines to begin with, of each container.
    pub tail: u32,
}

/// A container whose log is followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSource {
    /// Where the pod is.
    pub namespace: Namespace,
    /// The pod.
    pub pod: Name,
    /// The container; none for the only one.
    pub container: Option<String>,
}

/// One line, already cleaned of escape sequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When the container runtime saw it; none if the server gave none.
    pub at: Option<Timestamp>,
    /// Whose line it is: its place among the sources asked for.
    pub source: u16,
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
