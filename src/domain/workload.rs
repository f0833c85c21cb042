//! What keeps pods running, slimmed.

use super::{Going, Kind, ObjectKey, Ownership, ResourceVersion, RevisionNumber, Template, Uid};
use jiff::Timestamp;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What keeps pods or runs them: a Deployment, StatefulSet, DaemonSet, CronJob
/// or Job. A pod that no watched controller keeps, or one read for an action, is a workload of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// Which one.
    pub key: ObjectKey,
    /// Its identity.
    pub uid: Uid,
    /// Its controller: the CronJob of a Job.
    pub owner: Option<Uid>,
    /// Its version as last seen.
    pub resource_version: ResourceVersion,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// How often its spec changed.
    pub generation: i64,
    /// The generation its controller has acted on.
    pub observed_generation: i64,
    /// Pods asked for and counted.
    pub replicas: Replicas,
    /// Whether rolling out is suspended.
    pub paused: bool,
    /// The revision its template is, where the controller has said so.
    pub revision: Option<RevisionNumber>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations that carry meaning for people: `kubernetes.io/change-cause`
    /// and those of our own prefix; everything else is dropped at the door.
    pub notes: BTreeMap<String, String>,
    /// What it is to run.
    pub template: Template,
    /// Conditions in the order served.
    pub conditions: Vec<Condition>,
    /// Who else writes to it.
    pub ownership: Ownership,
    /// `RollingUpdate 25%/25%`, `Recreate`, `OnDelete`.
    pub strategy: String,
    /// Pods numbered below this keep the old template (StatefulSet); else 0.
    pub partition: u32,
    /// What only Jobs and CronJobs have.
    pub batch: Option<Batch>,
    /// What it waits for if it was deleted and is still there.
    pub going: Option<Box<Going>>,
}

/// What a Job or CronJob adds to a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// `*/5 * * * *`; empty for a Job.
    pub schedule: String,
    /// When it last started something.
    pub last: Option<Timestamp>,
    /// Pods that ended well, of a Job.
    pub succeeded: u32,
    /// Pods that failed, of a Job.
    pub failed: u32,
    /// Pods or Jobs at work now.
    pub active: u32,
}

/// Those of a service's workloads that its name can mean: a pod of its own only
/// where there is nothing else. Beside a Deployment somebody must name it.
pub fn meant_by_name(all: &[Arc<Workload>]) -> Vec<Arc<Workload>> {
    let others: Vec<_> = all.iter().filter(|workload| !workload.is_bare_pod()).cloned().collect();
    if others.is_empty() { all.to_vec() } else { others }
}

impl Workload {
    /// Whether it is a pod of its own: no controller that is watched makes another one.
    pub fn is_bare_pod(&self) -> bool {
        self.key.kind == Kind::Pod
    }

    /// Who makes another one if it is a pod of its own and goes away: `Cluster/pg`.
    pub fn keeper(&self) -> Option<&str> {
        let Ownership::Controller { owner } = &self.ownership else { return None };
        self.is_bare_pod().then_some(owner)
    }

    /// What becomes of a pod of its own that goes away.
    pub fn bare_words(&self) -> String {
        match self.keeper() {
            Some(keeper) => format!("kept by {keeper}, which is not watched"),
            None => "a pod of its own: nothing makes another one".to_owned(),
        }
    }

    /// Where it stands among the workloads of its service, the main one first.
    pub(super) fn rank(&self) -> (bool, Reverse<u32>, &ObjectKey) {
        (self.is_bare_pod(), Reverse(self.replicas.desired), &self.key)
    }

    /// How a Job ended: well or not; none while it runs, or for other kinds.
    pub fn ended(&self) -> Option<bool> {
        let holds = |kind| self.condition(kind).is_some_and(|condition| condition.holds);
        self.batch.as_ref()?;
        if holds("Complete") { Some(true) } else { holds("Failed").then_some(false) }
    }
}

/// Pod counts of a workload or ReplicaSet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replicas {
    /// Asked for.
    pub desired: u32,
    /// Existing, of any revision.
    pub current: u32,
    /// Existing, of the newest template.
    pub updated: u32,
    /// Passing their readiness probe.
    pub ready: u32,
    /// Ready for at least `minReadySeconds`.
    pub available: u32,
}

/// One condition of a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// `Available`, `Progressing`, `ReplicaFailure`.
    pub kind: String,
    /// `True`; anything else is not true.
    pub holds: bool,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// When it last became what it is.
    pub since: Option<Timestamp>,
}

/// What scales a workload by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Autoscaler {
    /// Which one.
    pub key: ObjectKey,
    /// The workload it scales.
    pub scales: ObjectKey,
    /// Lower bound of replicas.
    pub min: u32,
    /// Upper bound of replicas.
    pub max: u32,
    /// Replicas it wants now.
    pub desired: u32,
}

/// The label that tells a canary's workload and pods from stable's.
pub const TRACK: &str = "quarterdeck/track";

impl Workload {
    /// Whether it is the canary of a delivery: stable beside it is the service.
    pub fn is_canary(&self) -> bool {
        self.labels.get(TRACK).is_some_and(|track| track == "canary")
    }

    /// The condition of this kind.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// The change cause people write for `kubectl rollout history`.
    pub fn change_cause(&self) -> Option<&str> {
        self.notes.get("kubernetes.io/change-cause").map(String::as_str)
    }
}
