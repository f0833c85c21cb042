//! One container's life as a state machine in simulated time.

use std::sync::Arc;

use jiff::Timestamp;

use super::behaviour::{Behaviour, End};
use super::spec::{ContainerSpec, RestartPolicy};
use crate::demo::controllers::stamp::{after, seconds_between};

/// Longest wait between two restarts or pulls, in seconds.
const MAX_WAIT_S: f64 = 300.0;
/// A container that ran this long starts over with the shortest wait.
const FORGIVEN_AFTER_S: f64 = 600.0;
/// How long `ErrImagePull` shows before it becomes `ImagePullBackOff`.
const PULL_ERROR_SHOWS_S: f64 = 12.0;

/// Where a container is.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Not begun: its turn has not come.
    Waiting,
    /// The image is on its way. Edge: `Creating`, or `PullError`.
    Pulling {
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

/// One container of one pod.
#[derive(Clone, Debug)]
pub struct Container {
    /// What was asked for.
    pub spec: Arc<ContainerSpec>,
    /// What it will do.
    pub behaviour: Behaviour,
    /// Where it is.
    pub state: State,
    /// How it ended last.
    pub last: Option<Ending>,
    /// How often it was started again.
    pub restarts: u32,
    failures: u32,
    pulls: u32,
    /// Runs to its end before others start.
    pub init: bool,
}

impl Container {
    /// A container that has not begun.
    pub fn new(spec: Arc<ContainerSpec>, init: bool) -> Self {
        Self {
            spec,
            behaviour: Behaviour::default(),
            state: State::Waiting,
            last: None,
            restarts: 0,
            failures: 0,
            pulls: 0,
            init,
        }
    }

    /// Its turn has come: fetch the image, unless the node has it.
    pub fn begin(&mut self, behaviour: Behaviour, present: bool, now: Timestamp, jitter: f64) -> Vec<Moment> {
        self.behaviour = behaviour;
        if present && self.behaviour.pull_error.is_none() {
            self.state = State::Creating { done: after(now, 0.15 + 0.2 * jitter) };
            return vec![Moment::Present];
        }
        let took = if self.behaviour.pull_error.is_some() { 0.6 } else { self.behaviour.pull_s };
        self.state = State::Pulling { done: after(now, took * (0.7 + 0.6 * jitter)) };
        vec![Moment::Pulling]
    }

    /// When its state changes by itself next.
    pub fn next(&self) -> Option<Timestamp> {
        match &self.state {
            State::Waiting | State::Ended => None,
            State::Pulling { done } | State::Creating { done } => Some(*done),
            State::PullError { until, .. } | State::BackOff { until, .. } => Some(*until),
            State::PullBackOff { retry } => Some(*retry),
            State::Running { ends, .. } => *ends,
        }
    }

    /// Takes the one edge that is due at `at` (see [`Container::next`]).
    pub fn advance(&mut self, at: Timestamp, policy: RestartPolicy) -> Vec<Moment> {
        match self.state.clone() {
            State::Pulling { .. } => {
                if let Some(error) = self.behaviour.pull_error.clone() {
                    return self.pull_failed(at, error);
                }
                self.state = State::Creating { done: after(at, 0.25) };
                vec![Moment::Pulled(self.behaviour.pull_s)]
            }
            State::PullError { retry, .. } => {
                self.state = State::PullBackOff { retry };
                vec![Moment::PullBackOff]
            }
            State::PullBackOff { .. } => {
                self.state = State::Pulling { done: after(at, 0.6) };
                vec![Moment::Pulling]
            }
            State::Creating { .. } => {
                self.start(at);
                vec![Moment::Started]
            }
            State::Running { since, .. } => self.died(since, at, policy),
            State::BackOff { .. } => {
                self.restarts += 1;
                self.state = State::Creating { done: after(at, 0.3) };
                vec![Moment::Present]
            }
            State::Waiting | State::Ended => Vec::new(),
        }
    }

    fn pull_failed(&mut self, at: Timestamp, error: String) -> Vec<Moment> {
        self.pulls += 1;
        let wait = backoff(self.pulls);
        let until = after(at, PULL_ERROR_SHOWS_S.min(wait - 1.0));
        self.state = State::PullError { until, retry: after(at, wait) };
        vec![Moment::PullFailed(error)]
    }

    fn start(&mut self, at: Timestamp) {
        let b = &self.behaviour;
        let answers = b.ready_after_s;
        let started = self.spec.startup_probe.as_ref().map_or(0.0, |p| p.passes_after(answers));
        let ready =
            self.spec.readiness_probe.as_ref().map_or(started, |p| p.passes_after(answers.max(started)));
        let never = b.unready.is_some() && self.spec.readiness_probe.is_some();
        self.state = State::Running {
            since: at,
            ready_at: (!never).then(|| after(at, ready)),
            ends: b.end.as_ref().map(|e| after(at, e.after_s)),
        };
    }

    fn died(&mut self, since: Timestamp, at: Timestamp, policy: RestartPolicy) -> Vec<Moment> {
        let end = self.behaviour.end.clone().unwrap_or(End {
            after_s: 0.0,
            exit_code: 0,
            reason: "Completed",
            last_lines: Vec::new(),
        });
        let ending = Ending { exit_code: end.exit_code, reason: end.reason, started: since, finished: at };
        self.last = Some(ending.clone());
        let mut moments = vec![Moment::Died(ending, end.last_lines)];
        let ok = end.exit_code == 0;
        let stays = match policy {
            RestartPolicy::Always => self.init && ok,
            RestartPolicy::OnFailure => ok,
            RestartPolicy::Never => true,
        };
        if stays {
            self.state = State::Ended;
            return moments;
        }
        if seconds_between(since, at) > FORGIVEN_AFTER_S {
            self.failures = 0;
        }
        // The first restart comes at once; then 10 s, doubled each time.
        let wait_s = if self.failures == 0 { 1.0 } else { backoff(self.failures) };
        self.failures += 1;
        self.state = State::BackOff { until: after(at, wait_s), wait_s };
        if wait_s > 1.0 {
            moments.push(Moment::BackOff(wait_s));
        }
        moments
    }

    /// Whether the process runs.
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    /// Whether it runs and its probes pass at `now`.
    pub fn is_ready(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Running { ready_at: Some(at), .. } if at <= now)
    }

    /// When its probes begin to pass, if that lies ahead.
    pub fn ready_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Running { ready_at, .. } => ready_at,
            State::Waiting
            | State::Pulling { .. }
            | State::PullError { .. }
            | State::PullBackOff { .. }
            | State::Creating { .. }
            | State::BackOff { .. }
            | State::Ended => None,
        }
    }

    /// Whether it ended for good, and well.
    pub fn succeeded(&self) -> bool {
        self.state == State::Ended && self.last.as_ref().is_some_and(|e| e.exit_code == 0)
    }
}

/// 10 s, 20 s, 40 s … 5 minutes.
fn backoff(failures: u32) -> f64 {
    (10.0 * f64::from(1_u32 << failures.saturating_sub(1).min(10))).min(MAX_WAIT_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_loop_waits_ten_seconds_then_twice_as_long_up_to_five_minutes() {
        let mut at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut c =
            Container::new(Arc::new(ContainerSpec { name: "app".into(), ..ContainerSpec::default() }), false);
        let end = End { after_s: 3.0, exit_code: 1, reason: "Error", last_lines: vec!["FATAL".into()] };
        c.begin(Behaviour { end: Some(end), ..Behaviour::default() }, true, at, 0.5);
        let mut waits = Vec::new();
        while waits.len() < 8 {
            at = c.next().unwrap();
            for moment in c.advance(at, RestartPolicy::Always) {
                if let Moment::BackOff(s) = moment {
                    waits.push(s as u32);
                }
            }
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(c.restarts, 8, "the first restart did not wait");
    }

    #[test]
    fn a_missing_image_is_tried_again_for_ever() {
        let mut at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut c = Container::new(Arc::default(), false);
        c.begin(Behaviour { pull_error: Some("not found".into()), ..Behaviour::default() }, false, at, 0.5);
        let mut seen = Vec::new();
        for _ in 0..6 {
            at = c.next().unwrap();
            seen.extend(c.advance(at, RestartPolicy::Always));
        }
        let failed = Moment::PullFailed("not found".into());
        assert_eq!(seen[..4], [failed.clone(), Moment::PullBackOff, Moment::Pulling, failed]);
    }

    #[test]
    fn a_job_container_that_succeeds_stays_ended() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut c = Container::new(Arc::default(), false);
        let end = End { after_s: 5.0, exit_code: 0, reason: "Completed", last_lines: Vec::new() };
        c.begin(Behaviour { end: Some(end), ..Behaviour::default() }, true, now, 0.0);
        while let Some(at) = c.next() {
            c.advance(at, RestartPolicy::OnFailure);
        }
        assert!(c.succeeded() && c.restarts == 0);
    }
}
