//! What the cluster itself has to say about an object.

use super::{Name, ObjectKey, Uid};
use jiff::Timestamp;
use serde::Serialize;

/// How loud an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Severity {
    /// Something happened.
    Normal,
    /// Something went wrong.
    Warning,
}

/// A Kubernetes Event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterEvent {
    /// The event object itself.
    pub key: ObjectKey,
    /// The identity of what it is about.
    pub about: Uid,
    /// Kind of what it is about, as written.
    pub about_kind: String,
    /// Name of what it is about.
    pub about_name: Name,
    /// How loud.
    pub severity: Severity,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// How often it was seen.
    pub count: u32,
    /// When it was last seen.
    pub last: Option<Timestamp>,
}
