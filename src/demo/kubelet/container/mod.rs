//! One container's life as a state machine in simulated time.

mod state;

use std::sync::Arc;

use jiff::Timestamp;

pub use self::state::{Ending, Moment, State};
use super::behaviour::{Behaviour, End};
use super::spec::{ContainerSpec, RestartPolicy};
use crate::demo::controllers::stamp::{after, seconds_between};

/// Longest wait between two restarts or pulls, in seconds.
const MAX_WAIT_S: f64 = 300.0;
/// A container that ran this long starts over with the shortest wait.
const FORGIVEN_AFTER_S: f64 = 600.0;
/// How long `ErrImagePull` shows before it becomes `ImagePullBackOff`.
const PULL_ERROR_SHOWS_S: f64 = 12.0;

/// One container of one pod.
#[derive(Clone, Debug)]
pub struct Container {
    /// What was asked for.
    pub spec: Arc<ContainerSpec>,
    /// What it will do; `None` once it did all of that, as most containers did.
    behaviour: Option<Box<Behaviour>>,
    /// Where it is.
    pub state: State,
    /// How it ended last.
    pub last: Option<Box<Ending>>,
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
            behaviour: None,
            state: State::Waiting,
            last: None,
            restarts: 0,
            failures: 0,
            pulls: 0,
            init,
        }
    }

    /// What it will do, or did last.
    pub fn behaviour(&self) -> &Behaviour {
        const PLAIN: &Behaviour = &Behaviour::PLAIN;
        self.behaviour.as_deref().unwrap_or(PLAIN)
    }

    /// What it will do from now on.
    pub fn will(&mut self, behaviour: Behaviour) {
        self.behaviour = Some(Box::new(behaviour));
    }

    /// It has started and was told of: what it did is forgotten, unless there is more to come.
    pub fn settle(&mut self) {
        self.behaviour.take_if(|b| b.is_over());
    }

    /// Its turn has come: fetch the image, unless the node has it.
    pub fn begin(&mut self, behaviour: Behaviour, present: bool, now: Timestamp, jitter: f64) -> Vec<Moment> {
        self.will(behaviour);
        if present && self.behaviour().pull_error.is_none() {
            self.state = State::Creating { done: after(now, 0.15 + 0.2 * jitter) };
            return vec![Moment::Present];
        }
        let took = if self.behaviour().pull_error.is_some() { 0.6 } else { self.behaviour().pull_s };
        self.state = State::Pulling { since: now, done: after(now, took * (0.7 + 0.6 * jitter)) };
        vec![Moment::Pulling]
    }

    /// When its state changes by itself next.
    pub fn next(&self) -> Option<Timestamp> {
        match &self.state {
            State::Waiting | State::Ended => None,
            State::Pulling { done, .. } | State::Creating { done } => Some(*done),
            State::PullError { until, .. } | State::BackOff { until, .. } => Some(*until),
            State::PullBackOff { retry } => Some(*retry),
            State::Running { ends, .. } => *ends,
        }
    }

    /// Takes the one edge that is due at `at` (see [`Container::next`]).
    pub fn advance(&mut self, at: Timestamp, policy: RestartPolicy) -> Vec<Moment> {
        match self.state.clone() {
            State::Pulling { since, .. } => {
                if let Some(error) = self.behaviour().pull_error.clone() {
                    return self.pull_failed(at, error);
                }
                self.state = State::Creating { done: after(at, 0.25) };
                vec![Moment::Pulled(seconds_between(since, at))]
            }
            State::PullError { retry, .. } => {
                self.state = State::PullBackOff { retry };
                vec![Moment::PullBackOff]
            }
            State::PullBackOff { .. } => {
                self.state = State::Pulling { since: at, done: after(at, 0.6) };
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
        let b = self.behaviour();
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
        let end = self.behaviour().end.clone().unwrap_or(End {
            after_s: 0.0,
            exit_code: 0,
            reason: "Completed",
            last_lines: Vec::new(),
        });
        let ending = Ending { exit_code: end.exit_code, reason: end.reason, started: since, finished: at };
        self.last = Some(Box::new(ending.clone()));
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
mod tests;
