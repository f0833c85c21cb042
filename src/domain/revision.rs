//! Revisions: the ReplicaSets of a Deployment, the ControllerRevisions of a
//! StatefulSet or DaemonSet.

use super::{ObjectKey, Replicas, RevisionNumber, Template, Uid};
use jiff::Timestamp;
use serde::Serialize;

/// One revision of a workload, kept so that it can come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplicaSet {
    /// Which one.
    pub key: ObjectKey,
    /// Its identity.
    pub uid: Uid,
    /// The workload it belongs to.
    pub owner: Option<Uid>,
    /// Its number; none while the controller has not written it.
    pub revision: Option<RevisionNumber>,
    /// Pods asked for and counted; all zero for a ControllerRevision, which has none of its own.
    pub replicas: Replicas,
    /// What it runs.
    pub template: Template,
    /// When this template first ran.
    pub created: Option<Timestamp>,
    /// Why, in the words of who did it.
    pub change_cause: Option<String>,
}
