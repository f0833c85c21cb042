//! The rules of trust, each held by a test named after it, with the real
//! client against a server that behaves as badly as the test says.
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

mod bad_input;
mod fixtures;
mod never_twice;
mod real_lane;
mod right_target;
mod secrets;
mod server;
mod stale;
mod terminal;
#[path = "../support/until.rs"]
mod until;
mod watching;
mod world;
