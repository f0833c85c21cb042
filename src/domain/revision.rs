//! The revisions of a Deployment are its ReplicaSets.

use super::{ObjectKey, Replicas, RevisionNumber, Template, Uid};
use jiff::Timestamp;
use serde::Serialize;

/// A ReplicaSet: one revision of a Deployment, kept so that it can come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplicaSet {
    /// Which one.
    pub key: ObjectKey,
    /// Its identity.
    pub uid: Uid,
    /// The Deployment it belongs to.
    pub owner: Option<Uid>,
    /// Its number; none while the controller has not written it.
    pub revision: Option<RevisionNumber>,
    /// Pods asked for and counted.
    pub replicas: Replicas,
    /// What it runs.
    pub template: Template,
    /// When this template first ran.
    pub created: Option<Timestamp>,
    /// Why, in the words of who did it.
    pub change_cause: Option<String>,
}
