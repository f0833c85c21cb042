//! The whole console under virtual time: events in, effects and screens out.

mod answers;
mod fixture;
mod harness;
mod snapshots;
