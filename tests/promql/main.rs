//! PromQL from outside: our own scripts, Prometheus' scripts when they are at
//! hand, a real Prometheus on the same data, and arbitrary input.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests read files, start processes and say what they skip"
)]

mod arbitrary;
mod scripts;
