//! The operation record: all that a delivery is, in one ConfigMap.
//!
//! It lives beside the Deployment it is about, under [`names::record`], as
//! JSON in `data.record`. Whoever drives writes it *before* each write it
//! describes, so a successor needs nothing but the record and the cluster.
//! Everybody else reads it, and asks for things by appending a request.
//!
//! | file | what |
//! |---|---|
//! | `model` | [`OperationRecord`] and its parts |
//! | `codec` | [`encode`] and [`decode`], bounded below [`MOST_BYTES`] |
//! | `names` | what the objects of an operation are called and labelled |
//! | `fence` | epochs: who may write, who may take over |
//! | `ask` | requests of other consoles, and their acknowledgement |
//! | `history` | verdicts and log lines, bounded |
//!
//! The pod templates in it may hold values of the environment. They are in
//! the cluster as the Deployment's own are, and readable by the same people
//! only if ConfigMaps are guarded like Deployments; they are never shown or
//! logged ([`PodTemplate`] prints its digest only).
//!
//! Absent: any I/O, and any memory of writes. What a write led to is read
//! from the cluster.

mod ask;
mod codec;
mod fence;
mod history;
mod model;
pub mod names;
#[cfg(test)]
pub(in crate::engine) mod tests;

/// Records kept of one target.
pub const KEPT: u64 = 10;

pub use ask::{ABORT_PATIENCE, Ack, Asked};
pub use codec::{MOST_BYTES, RecordFault, decode, encode};
pub use fence::{Beat, Grip, LeaseWatch, Takeover, lease_time, may_take_over};
pub use history::{LogLine, MOST_LINES, MOST_VERDICTS};
pub use model::{
    Driver, DriverMode, OnDriverLoss, OperationRecord, PodTemplate, RecordTarget, SCHEMA, Strategy,
    Templates, Version,
};
