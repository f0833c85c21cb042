//! The rolling update: up within the surge, down within what may be missing.

use super::Rollout;
use super::view::ReplicaSet;

impl Rollout<'_> {
    /// One step: grow the new set, else shrink old ones, else tidy up.
    pub(super) fn roll(&mut self) {
        self.sync_revision(true);
        let Some(newest) = self.newest else {
            self.sync_rollout_status();
            return;
        };
        if !self.grow(newest) && !self.shrink(newest) && self.is_complete() {
            self.clean_up();
        }
        self.sync_rollout_status();
    }

    fn grow(&mut self, newest: usize) -> bool {
        let (size, wanted) = (self.sets[newest].desired(), self.d.desired());
        if size >= wanted {
            return self.resize(newest, wanted, false);
        }
        let room = self.room(self.total());
        self.resize(newest, size + room.max(0).min(wanted - size), false)
    }

    fn total(&self) -> i32 {
        self.sets.iter().map(ReplicaSet::desired).sum()
    }

    fn shrink(&mut self, newest: usize) -> bool {
        let old: Vec<usize> = self.old_sets().into_iter().filter(|i| self.sets[*i].desired() > 0).collect();
        let least = self.d.desired() - self.d.max_unavailable();
        let new = &self.sets[newest];
        let new_missing = new.desired() - new.status.available_replicas;
        // Pods of the new set that are not there yet must not make old ones go.
        let may_go = self.total() - least - new_missing;
        if old.is_empty() || may_go <= 0 {
            return false;
        }
        // More available than wanted: that status is from before the last
        // scale-down. Deciding on it would take the same pods twice.
        if old.iter().any(|i| self.sets[*i].status.available_replicas > self.sets[*i].desired()) {
            return false;
        }
        let unhealthy = self.drop_unhealthy(&old, may_go);
        let healthy = self.drop_healthy(&old, newest, least);
        unhealthy + healthy > 0
    }

    /// Old pods that serve nobody go first; the ReplicaSet picks not-ready
    /// pods when it shrinks.
    fn drop_unhealthy(&mut self, old: &[usize], most: i32) -> i32 {
        let mut dropped = 0;
        for index in old {
            let rs = &self.sets[*index];
            let (size, idle) = (rs.desired(), rs.desired() - rs.status.available_replicas);
            let count = idle.min(most - dropped);
            if count > 0 {
                self.resize(*index, size - count, false);
                dropped += count;
            }
        }
        dropped
    }

    /// Sets already at zero are not counted: their pods are going.
    fn drop_healthy(&mut self, old: &[usize], newest: usize, least: i32) -> i32 {
        let counted = old.iter().chain([&newest]);
        let available: i32 = counted.map(|i| self.sets[*i].status.available_replicas).sum();
        let spare = available - least;
        let mut dropped = 0;
        for index in old {
            let size = self.sets[*index].desired();
            let count = size.min(spare - dropped);
            if count > 0 {
                self.resize(*index, size - count, false);
                dropped += count;
            }
        }
        dropped
    }
}
