//! Sizes of ReplicaSets: one at a time, or all in proportion.

use serde_json::json;

use super::{DESIRED_REPLICAS, MAX_REPLICAS, Rollout, annotation_patch};
use crate::demo::controllers::change::Change;

impl Rollout<'_> {
    /// Brings set `index` to `size`; returns whether the size changed. Without
    /// `force`, annotations alone are no reason to write.
    pub(super) fn resize(&mut self, index: usize, size: i32, force: bool) -> bool {
        let old = self.sets[index].desired();
        if old == size && !force {
            return false;
        }
        let before = self.sets[index].metadata.annotations.clone();
        let mut after = before.clone();
        self.set_sizes(&mut after);
        let annotations = annotation_patch(&before, &after);
        if old == size && annotations.is_none() {
            return false;
        }
        let mut patch = annotations.unwrap_or_else(|| json!({}));
        if old != size {
            patch["spec"] = json!({"replicas": size});
        }
        self.sets[index].metadata.annotations = after;
        self.sets[index].spec.replicas = Some(size);
        self.changes.push(Change::Patch { key: self.set_key(index), patch });
        if old != size {
            let way = if old < size { "up" } else { "down" };
            let name = &self.sets[index].metadata.name;
            let message = format!("Scaled {way} replica set {name} from {old} to {size}");
            self.note(false, "ScalingReplicaSet", message);
        }
        old != size
    }

    /// Follows a changed `spec.replicas`.
    pub(super) fn scale(&mut self) {
        let active: Vec<usize> = self.active();
        match active.as_slice() {
            [] => {
                let latest = self.newest.or_else(|| self.old_sets().last().copied());
                if let Some(index) = latest {
                    self.resize(index, self.d.desired(), false);
                }
            }
            [only] => {
                self.resize(*only, self.d.desired(), false);
            }
            _ if self.is_saturated() => {
                let newest = self.newest;
                for index in active.into_iter().filter(|i| Some(*i) != newest) {
                    self.resize(index, 0, false);
                }
            }
            _ => self.scale_in_proportion(active),
        }
    }

    fn active(&self) -> Vec<usize> {
        (0..self.sets.len()).filter(|i| self.sets[*i].desired() > 0).collect()
    }

    /// Whether the newest set alone already gives everything asked for.
    fn is_saturated(&self) -> bool {
        let wanted = self.d.desired();
        self.newest.map(|i| &self.sets[i]).is_some_and(|rs| {
            rs.desired() == wanted
                && rs.number(DESIRED_REPLICAS) == Some(i64::from(wanted))
                && rs.status.available_replicas == wanted
        })
    }

    /// Several sets share the change by their size, larger ones first: so a
    /// bad release in mid-rollout gets no more than its share.
    fn scale_in_proportion(&mut self, mut active: Vec<usize>) {
        if self.d.spec.strategy.kind == super::StrategyKind::Recreate {
            return;
        }
        let total: i32 = active.iter().map(|i| self.sets[*i].desired()).sum();
        let allowed = if self.d.desired() > 0 { self.d.desired() + self.d.max_surge() } else { 0 };
        let to_add = allowed - total;
        // Newer first when growing, older first when shrinking.
        active.sort_by_key(|i| {
            let age = i32::try_from(*i).unwrap_or(i32::MAX);
            (-self.sets[*i].desired(), if to_add > 0 { -age } else { age })
        });
        let mut added = 0;
        let mut sizes = Vec::with_capacity(active.len());
        for index in &active {
            let share = self.share(*index, to_add, added);
            added += share;
            sizes.push(self.sets[*index].desired() + share);
        }
        if let Some(first) = sizes.first_mut() {
            *first = (*first + to_add - added).max(0);
        }
        for (index, size) in active.into_iter().zip(sizes) {
            self.resize(index, size, true);
        }
    }

    /// The part of `to_add` (either sign) that falls to one set.
    fn share(&self, index: usize, to_add: i32, added: i32) -> i32 {
        if to_add == 0 || to_add == added {
            return 0;
        }
        let fraction = self.fraction(index);
        let left = to_add - added;
        if to_add > 0 { fraction.min(left) } else { fraction.max(left) }
    }

    fn fraction(&self, index: usize) -> i32 {
        let size = self.sets[index].desired();
        if self.d.desired() == 0 {
            return -size;
        }
        let before = self.sets[index]
            .number(MAX_REPLICAS)
            .filter(|n| *n > 0)
            .unwrap_or_else(|| i64::from(self.d.status.replicas));
        if before <= 0 {
            return 0;
        }
        let after = self.d.desired() + self.d.max_surge();
        let exact = f64::from(size) * f64::from(after) / before as f64;
        exact.round() as i32 - size
    }
}
