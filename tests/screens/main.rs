//! The whole console under virtual time: events in, effects and screens out.

mod answers;
mod docs;
mod fixture;
mod harness;
mod robust;
mod snapshots;
mod trust;
