//! PromQL from outside: our own scripts, Prometheus' scripts when they are at
//! hand, a real Prometheus on the same data, and arbitrary input.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests read files, start processes, say what they skip and panic on a surprise"
)]

mod arbitrary;
mod client;
mod differential;
mod real;
mod scripts;
