//! `revisionHistoryLimit`: the oldest, empty ReplicaSets go.

use super::{REVISION, Rollout};
use crate::demo::controllers::change::Change;

impl Rollout<'_> {
    /// Deletes old sets beyond the limit, lowest revision first; one that
    /// still has pods, or that its controller has not yet looked at, is
    /// skipped this time.
    pub(super) fn clean_up(&mut self) {
        let Some(limit) = self.d.spec.revision_history_limit.filter(|n| *n != i32::MAX) else { return };
        let mut alive: Vec<usize> = self
            .old_sets()
            .into_iter()
            .filter(|i| self.sets[*i].metadata.deletion_timestamp.is_none())
            .collect();
        let extra = alive.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        alive.sort_by_key(|i| (self.sets[*i].number(REVISION).unwrap_or(0), *i));
        for index in alive.into_iter().take(extra) {
            let rs = &self.sets[index];
            let idle = rs.status.replicas == 0
                && rs.desired() == 0
                && rs.metadata.generation <= rs.status.observed_generation;
            if idle {
                let uid = rs.metadata.uid.clone();
                self.changes.push(Change::Delete { key: self.set_key(index), uid, grace: None });
            }
        }
    }
}
