//! The whole console under virtual time: events in, effects and screens out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "helpers of tests fail loudly; docs/keys.md is read from disk; fixtures are long tables"
)]

mod answers;
mod docs;
mod fixture;
mod harness;
mod robust;
mod snapshots;
mod trust;
