//! Objectives kept: read from files and the cluster, counted every round,
//! their slots written down.
//!
//! ```text
//! files, CRs ──▶ Definitions ──▶ Keeper ──measure──▶ slots (memory, disk) ──assess──▶ Board
//! ```
//!
//! Absent on purpose: what a budget means (`slo` decides that) and where
//! expressions are answered (the caller says).

mod definitions;
mod groups;
mod held;
mod keeper;
#[cfg(test)]
mod tests;

pub use definitions::{Definitions, SloSource};
pub use held::digest;
pub use keeper::{History, Keeper};
