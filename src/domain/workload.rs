//! What keeps pods running, slimmed.

use super::{ObjectKey, Ownership, ResourceVersion, RevisionNumber, Template, Uid};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// A Deployment, StatefulSet or DaemonSet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// Which one.
    pub key: ObjectKey,
    /// Its identity.
    pub uid: Uid,
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
    /// `RollingUpdate 25%/25%`, `Recreate`.
    pub strategy: String,
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

impl Workload {
    /// The condition of this kind.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// The change cause people write for `kubectl rollout history`.
    pub fn change_cause(&self) -> Option<&str> {
        self.notes.get("kubernetes.io/change-cause").map(String::as_str)
    }
}
