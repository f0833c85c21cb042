//! The real program in a pseudo-terminal: what a person's terminal gets to see.

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

mod demo;
#[path = "../support/cluster/embedded.rs"]
mod embedded;
mod job;
mod killed;
mod looking;
mod monkey;
mod plain;
#[path = "../support/served.rs"]
mod served;
mod settings;
mod storm;
mod terminal;
mod unhappy;
#[path = "../support/until.rs"]
mod until;
mod wire;
