//! Where a rollout stands, by the algorithm of `kubectl rollout status`.

use super::Workload;
use serde::Serialize;

/// The state of a workload's latest change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum RolloutState {
    /// The controller has not looked at the newest spec yet.
    Unobserved,
    /// Pods are being replaced.
    Progressing {
        /// Pods of the new template.
        updated: u32,
        /// Of those, available.
        available: u32,
        /// Asked for.
        desired: u32,
        /// Pods of old templates still there.
        old: u32,
    },
    /// Suspended by a person.
    Paused {
        /// Pods of the new template.
        updated: u32,
        /// Asked for.
        desired: u32,
    },
    /// The progress deadline passed, or pods cannot be created at all.
    Stuck {
        /// One word.
        reason: String,
        /// The controller's sentence.
        message: String,
    },
    /// Everything asked for is there and available.
    Complete,
}

impl RolloutState {
    /// The state of `workload`, in the order kubectl decides it, with two
    /// additions kubectl leaves to the reader: paused, and `ReplicaFailure`
    /// (quota or admission), which no waiting will mend.
    pub fn of(workload: &Workload) -> Self {
        if workload.batch.is_some() || workload.is_bare_pod() {
            // Jobs and CronJobs have no rollout: what they run next is of the template there is.
            // Nothing rolls a pod of its own either.
            return Self::Complete;
        }
        let r = workload.replicas;
        if workload.generation > workload.observed_generation {
            return Self::Unobserved;
        }
        if let Some(stuck) = Self::stuck(workload) {
            return stuck;
        }
        // Pods below the partition of a StatefulSet are meant to stay old.
        let old = r.current.saturating_sub(r.updated).saturating_sub(workload.partition);
        let complete = r.updated >= r.desired.saturating_sub(workload.partition)
            && old == 0
            && r.available >= r.updated.max(r.desired.min(workload.partition));
        if complete {
            return Self::Complete;
        }
        // All pods are of the newest template and were available once: a pod that
        // fails later is ill health, not a rollout.
        let settled = workload
            .condition("Progressing")
            .is_some_and(|c| c.reason == "NewReplicaSetAvailable" && r.updated >= r.desired && old == 0);
        if settled {
            return Self::Complete;
        }
        if workload.paused {
            return Self::Paused { updated: r.updated, desired: r.desired };
        }
        Self::Progressing {
            updated: r.updated,
            available: r.available.min(r.updated),
            desired: r.desired,
            old,
        }
    }

    fn stuck(workload: &Workload) -> Option<Self> {
        let deadline = workload.condition("Progressing").filter(|c| c.reason == "ProgressDeadlineExceeded");
        let refused = workload.condition("ReplicaFailure").filter(|c| c.holds);
        let condition = refused.or(deadline)?;
        Some(Self::Stuck { reason: condition.reason.clone(), message: condition.message.clone() })
    }

    /// Whether pods are still to be replaced.
    pub fn is_moving(&self) -> bool {
        matches!(self, Self::Unobserved | Self::Progressing { .. })
    }

    /// Whether it waits for a person.
    pub fn needs_a_person(&self) -> bool {
        matches!(self, Self::Paused { .. } | Self::Stuck { .. })
    }

    /// One line.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unobserved => "waiting for the controller to see the change".to_owned(),
            Self::Progressing { updated, available, desired, old } => {
                format!("{updated}/{desired} updated, {available} available, {old} old left")
            }
            Self::Paused { updated, desired } => format!("paused at {updated}/{desired} updated"),
            Self::Stuck { reason, message } => format!("{reason}: {message}"),
            Self::Complete => "complete".to_owned(),
        }
    }

    /// One word for a column.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unobserved => "starting",
            Self::Progressing { .. } => "rolling",
            Self::Paused { .. } => "paused",
            Self::Stuck { .. } => "stuck",
            Self::Complete => "done",
        }
    }
}
