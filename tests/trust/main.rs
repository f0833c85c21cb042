//! The rules of trust, each held by a test named after it, with the real
//! client against a server that behaves as badly as the test says.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program: it looks at files, clocks and processes"
)]

mod bad_input;
mod fixtures;
mod monitoring;
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
