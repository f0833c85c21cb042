//! The heartbeats of drivers.

use crate::domain::{Name, Namespace, ObjectKey};
use crate::engine::record::Beat;
use std::time::Duration;

/// A Lease to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseAsk {
    /// The record it is the heartbeat of.
    pub record: ObjectKey,
    /// Where it is.
    pub namespace: Namespace,
    /// What it is called.
    pub name: Name,
}

/// A Lease that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseSeen {
    /// What it says; none if there is none.
    pub beat: Option<Beat>,
    /// How long ago it was written, as far as the server says.
    pub age: Option<Duration>,
}
