//! Counting pods, and saying whether the rollout moves, is done or is stuck.

use super::Rollout;
use super::condition::condition;
use super::view::{Condition, DeploymentStatus, ReplicaSet};
use crate::demo::controllers::change::Change;
use crate::demo::controllers::stamp::{after, seconds_between};

impl Rollout<'_> {
    /// Whether the last written status says that all is as asked for.
    pub(super) fn is_complete(&self) -> bool {
        self.complete(&self.d.status)
    }

    fn complete(&self, status: &DeploymentStatus) -> bool {
        let wanted = self.d.desired();
        status.updated_replicas == wanted
            && status.replicas == wanted
            && status.available_replicas == wanted
            && status.observed_generation >= self.d.metadata.generation
    }

    /// Counts only; used while scaling, paused or being deleted.
    pub(super) fn sync_status(&mut self) {
        self.d.status = self.counted();
    }

    fn counted(&self) -> DeploymentStatus {
        let sum = |f: fn(&ReplicaSet) -> i32| self.sets.iter().map(f).sum::<i32>();
        let available = sum(|rs| rs.status.available_replicas);
        let mut status = DeploymentStatus {
            observed_generation: self.d.metadata.generation,
            replicas: sum(|rs| rs.status.replicas),
            updated_replicas: self.newest.map_or(0, |i| self.sets[i].status.replicas),
            ready_replicas: sum(|rs| rs.status.ready_replicas),
            available_replicas: available,
            unavailable_replicas: (sum(ReplicaSet::desired) - available).max(0),
            terminating_replicas: Some(sum(|rs| rs.status.terminating_replicas.unwrap_or(0))),
            conditions: self.d.status.conditions.clone(),
            collision_count: self.d.status.collision_count,
        };
        let enough = available >= self.d.desired() - self.d.max_unavailable();
        let (truth, reason, message) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        status.set(condition("Available", truth, reason, message.to_owned(), self.now));
        status
    }

    /// Counts, and judges progress against the deadline.
    pub(super) fn sync_rollout_status(&mut self) {
        let mut status = self.counted();
        if self.d.deadline().is_none() {
            status.remove("Progressing");
        }
        let current = self.d.status.condition("Progressing").cloned();
        let done_before = status.replicas == status.updated_replicas
            && current.as_ref().is_some_and(|c| c.reason == "NewReplicaSetAvailable");
        if self.d.deadline().is_some() && !done_before {
            self.judge(&mut status, current.as_ref());
        }
        match self.replica_failure() {
            Some(failure) => status.set(failure),
            None => status.remove("ReplicaFailure"),
        }
        if status == self.d.status {
            self.wake_for_deadline(&status);
        }
        self.d.status = status;
    }

    fn judge(&self, status: &mut DeploymentStatus, current: Option<&Condition>) {
        let subject = match self.newest {
            Some(i) => format!("ReplicaSet \"{}\"", self.sets[i].metadata.name),
            None => format!("Deployment \"{}\"", self.d.metadata.name),
        };
        if self.complete(status) {
            let message = format!("{subject} has successfully progressed.");
            status.set(condition("Progressing", "True", "NewReplicaSetAvailable", message, self.now));
        } else if self.progressed(status) {
            let message = format!("{subject} is progressing.");
            let mut new = condition("Progressing", "True", "ReplicaSetUpdated", message, self.now);
            // Progress renews the update time even if the reason stays.
            if let Some(old) = current {
                if old.status == "True" {
                    new.last_transition_time = old.last_transition_time;
                }
                status.remove("Progressing");
            }
            status.set(new);
        } else if self.timed_out(status) {
            let message = format!("{subject} has timed out progressing.");
            status.set(condition("Progressing", "False", "ProgressDeadlineExceeded", message, self.now));
        }
    }

    fn progressed(&self, new: &DeploymentStatus) -> bool {
        let old = &self.d.status;
        new.updated_replicas > old.updated_replicas
            || new.replicas - new.updated_replicas < old.replicas - old.updated_replicas
            || new.ready_replicas > old.ready_replicas
            || new.available_replicas > old.available_replicas
    }

    fn timed_out(&self, status: &DeploymentStatus) -> bool {
        let Some((deadline, condition)) = self.d.deadline().zip(status.condition("Progressing")) else {
            return false;
        };
        match condition.reason.as_str() {
            "NewReplicaSetAvailable" => false,
            "ProgressDeadlineExceeded" => true,
            _ => condition
                .last_update_time
                .is_some_and(|t| seconds_between(t.time(), self.now) > f64::from(deadline)),
        }
    }

    /// Nothing changed and the rollout is not done: look again when the
    /// deadline has passed (a second later, as times are cut to seconds).
    fn wake_for_deadline(&mut self, status: &DeploymentStatus) {
        let Some((deadline, condition)) = self.d.deadline().zip(status.condition("Progressing")) else {
            return;
        };
        let settled = self.complete(status) || condition.reason == "ProgressDeadlineExceeded";
        if let (false, Some(from)) = (settled, condition.last_update_time) {
            let at = after(from.time(), f64::from(deadline) + 1.0).max(after(self.now, 1.0));
            self.changes.push(Change::Wake { key: self.own_key(), at });
        }
    }

    fn replica_failure(&self) -> Option<Condition> {
        let newest = self.newest.into_iter();
        let order = newest.chain(self.old_sets());
        let found =
            order.flat_map(|i| self.sets[i].status.conditions.iter()).find(|c| c.kind == "ReplicaFailure")?;
        Some(Condition { last_update_time: found.last_transition_time, ..found.clone() })
    }
}
