//! The verbs of the real program against the embedded cluster.

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

mod bench;
mod change;
mod files;
mod look;
mod objectives;
mod query;
mod recovery;
#[path = "../support/served.rs"]
mod served;
