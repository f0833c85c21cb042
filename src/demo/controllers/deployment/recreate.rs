//! The `Recreate` strategy: all old pods gone before the first new one.

use super::Rollout;

impl Rollout<'_> {
    /// One step: shrink everything old to zero, wait, then start anew.
    pub(super) fn recreate(&mut self) {
        self.sync_revision(false);
        let mut shrunk = false;
        for index in self.old_sets() {
            shrunk |= self.resize(index, 0, false);
        }
        if !shrunk && !self.old_pods_live() {
            if self.newest.is_none() {
                self.sync_revision(true);
            }
            if let Some(newest) = self.newest {
                self.resize(newest, self.d.desired(), false);
            }
            if self.is_complete() {
                self.clean_up();
            }
        }
        self.sync_rollout_status();
    }

    fn old_pods_live(&self) -> bool {
        let newest = self.newest.map(|i| self.sets[i].metadata.uid.as_str());
        self.old_sets().iter().any(|i| self.sets[*i].status.replicas > 0)
            || self.view.live_pods.iter().any(|(uid, n)| Some(uid.as_str()) != newest && *n > 0)
    }
}
