//! What a change touches.

use serde::Serialize;
use std::time::Duration;

/// The reach of a change, stated before it is confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Blast {
    /// Pods that will be replaced.
    pub pods_replaced: u32,
    /// Pods serving now.
    pub pods_serving: u32,
    /// Pods asked for.
    pub pods_desired: u32,
    /// Services that depend on it, as far as the catalogue knows; `None` if
    /// there is no catalogue to ask.
    pub dependents: Option<Vec<String>>,
    /// How long replacing will take, from how long the pods of this workload
    /// took to become ready; `None` if none of them ever was.
    pub estimate: Option<Duration>,
}
