//! What deliveries keep in the cluster, as it is stored: text in a ConfigMap.

use super::{ObjectKey, ResourceVersion, Uid};
use std::sync::Arc;

/// What such a ConfigMap is, by its label `quarterdeck/op`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordSort {
    /// `true`: the record of a delivery.
    #[default]
    Delivery,
    /// `lock`: nobody may deliver to its target.
    Lock,
    /// `approval`: a plan that asks for approval.
    Approval,
}

impl RecordSort {
    const ALL: [Self; 3] = [Self::Delivery, Self::Lock, Self::Approval];

    /// The label's value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Delivery => "true",
            Self::Lock => "lock",
            Self::Approval => "approval",
        }
    }

    /// What the label says; none if it is of a program that knows more.
    pub fn of(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.label() == label)
    }
}

/// A ConfigMap labelled `quarterdeck/op`, kept as text:
/// `engine::record::decode` reads it where it is needed, so that a record
/// nobody looks at costs nothing and a malformed one can be shown as such.
///
/// The text holds pod templates, and with them values of the environment: it
/// is never shown, and prints its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordText {
    /// What it is.
    pub sort: RecordSort,
    /// The ConfigMap.
    pub key: ObjectKey,
    /// Its identity; the canary is owned by it.
    pub uid: Uid,
    /// Its version, for compare-and-swap.
    pub resource_version: ResourceVersion,
    /// Name of the workload it is about, from its label; empty if it has none.
    /// Names beyond 63 characters are shortened in labels.
    pub target: String,
    /// `data.record`; empty if it is missing.
    pub text: Arc<str>,
}

impl std::fmt::Debug for RecordText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecordText({} at {}, {} bytes)", self.key, self.resource_version, self.text.len())
    }
}
