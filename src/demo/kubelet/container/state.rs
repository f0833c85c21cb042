//! Where a container is, how it ended, what happened.

use jiff::Timestamp;

/// Where a container is.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Not begun: its turn has not come.
    Waiting,
    /// The image is on its way. Edge: `Creating`, or `PullError`.
    Pulling {
        /// When the pull began.
        since: Timestamp,
        /// When the pull ends.
        done: Timestamp,
    },
    /// The pull failed just now. Edge: `PullBackOff`.
    PullError {
        /// When it turns into back-off.
        until: Timestamp,
        /// When the next pull begins.
        retry: Timestamp,
    },
    /// Waiting to pull again. Edge: `Pulling`.
    PullBackOff {
        /// When the next pull begins.
        retry: Timestamp,
    },
    /// The runtime sets it up. Edge: `Running`.
    Creating {
        /// When it starts.
        done: Timestamp,
    },
    /// It runs. Edge: `Ended`, or `BackOff`.
    Running {
        /// When it started.
        since: Timestamp,
        /// When its probes pass; `None` means never.
        ready_at: Option<Timestamp>,
        /// When it ends by itself.
        ends: Option<Timestamp>,
    },
    /// It ended and waits to be started again (`CrashLoopBackOff`). Edge: `Creating`.
    BackOff {
        /// When it is started again.
        until: Timestamp,
        /// How long the wait is, in seconds.
        wait_s: f64,
    },
    /// It ended and stays so.
    Ended,
}

/// How it ended last.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// Exit code.
    pub exit_code: i32,
    /// `Error`, `Completed`, `OOMKilled`.
    pub reason: &'static str,
    /// When it had started.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
}

/// What happened in a container: the pod turns it into events and log lines.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// The pull begins.
    Pulling,
    /// The image came; seconds the pull took.
    Pulled(f64),
    /// The image was already there.
    Present,
    /// The pull failed.
    PullFailed(String),
    /// The wait before the next pull begins.
    PullBackOff,
    /// The runtime made and started it.
    Started,
    /// It ended by itself.
    Died(Ending, Vec<String>),
    /// It is not started again before some time; seconds.
    BackOff(f64),
}
