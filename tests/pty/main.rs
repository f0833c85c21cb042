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
mod plain;
mod settings;
mod slots;
mod storm;
mod terminal;
mod unhappy;
