//! The way back, and cleaning up.

use super::input::Observed;
use super::intent::Intent;
use super::phase::{Ending, Phase};
use super::run::CanaryRun;
use crate::domain::Now;

impl CanaryRun {
    /// The write that brings everything back to stable, or cleans up after a
    /// promotion: first stable's template, then the canary.
    pub(super) fn removing(&self, observed: Observed, now: Now) -> Option<Intent> {
        if self.must_restore(observed) {
            return Some(Intent::RestoreStable);
        }
        if let Some(intent) = Self::unweighing(observed) {
            return Some(intent);
        }
        if observed.canary?.available > 0 && self.is_draining(observed, now) {
            return None;
        }
        // Deleting the canary while stable has no pod would turn a bad
        // release into an outage.
        let serving = observed.stable.is_some_and(|s| s.available > 0);
        serving.then_some(Intent::DeleteCanary)
    }

    /// Rolling back, and stable has (some of) the new template. A template
    /// that is neither old nor new is somebody else's and left alone.
    fn must_restore(&self, observed: Observed) -> bool {
        let ours = observed.stable.is_some_and(|s| s.template == self.to);
        matches!(self.phase, Phase::RollingBack { .. }) && ours && self.from != self.to
    }

    /// Ends the run once nothing is left to remove.
    pub(super) fn removed(&mut self, observed: Observed, now: Now) {
        let back = observed.router.is_none_or(|shares| shares.restored);
        if back {
            self.drained.get_or_insert(now.wall);
        }
        if observed.canary.is_some() {
            if observed.stable.is_none_or(|s| s.available == 0) {
                self.note("stable has no available pod; the canary stays, because it is all that serves");
            }
            return;
        }
        if !back {
            return;
        }
        // A write still on its way could bring the canary, or the new
        // template, back after the end.
        if self.must_restore(observed) || self.is_unsettled(now) {
            return;
        }
        let ending = match &self.phase {
            Phase::RollingBack { why } => Ending::RolledBack { why: why.clone() },
            Phase::Scaling { .. }
            | Phase::Watching { .. }
            | Phase::Promoting { .. }
            | Phase::CleaningUp
            | Phase::Over(_) => Ending::Promoted,
        };
        match &ending {
            Ending::Promoted => self.note("promoted"),
            Ending::RolledBack { why } => self.note(format!("rolled back: {why}")),
        }
        self.enter(Phase::Over(ending));
    }
}
