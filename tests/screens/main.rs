//! The whole console under virtual time: events in, effects and screens out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    clippy::pedantic,
    reason = "a test program: a panic is a failed test, and it may look at files, clocks and processes"
)]

mod acting;
mod answers;
mod catalogue;
mod cockpits;
mod deliveries;
mod deploying;
mod docs;
mod fixture;
mod harness;
mod leaving;
mod lists;
mod logs;
mod pages;
mod requests;
mod robust;
mod slos;
mod snapshots;
mod trust;
