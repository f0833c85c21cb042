//! Conditions that do not come from counting pods: paused and resumed.

use jiff::Timestamp;

use super::Rollout;
use super::view::Condition;
use crate::demo::controllers::stamp::Stamp;

/// A fresh condition of a Deployment.
pub(super) fn condition(
    kind: &str,
    status: &str,
    reason: &str,
    message: String,
    now: Timestamp,
) -> Condition {
    Condition {
        kind: kind.to_owned(),
        status: status.to_owned(),
        last_update_time: Some(Stamp::new(now)),
        last_transition_time: Some(Stamp::new(now)),
        reason: reason.to_owned(),
        message,
    }
}

impl Rollout<'_> {
    /// Marks the switch to and from `paused` as `Progressing=Unknown`, so that
    /// the time spent paused never counts against the progress deadline. A
    /// reported timeout is not overwritten.
    pub(super) fn check_paused(&mut self) {
        if self.d.deadline().is_none() {
            return;
        }
        let reason = self.d.status.condition("Progressing").map(|c| c.reason.clone());
        if reason.as_deref() == Some("ProgressDeadlineExceeded") {
            return;
        }
        let was_paused = reason.as_deref() == Some("DeploymentPaused");
        let (reason, message) = match (self.d.spec.paused, was_paused) {
            (true, false) => ("DeploymentPaused", "Deployment is paused"),
            (false, true) => ("DeploymentResumed", "Deployment is resumed"),
            (true, true) | (false, false) => return,
        };
        self.d.status.set(condition("Progressing", "Unknown", reason, message.to_owned(), self.now));
    }
}
