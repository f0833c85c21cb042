//! PromQL from outside: our own scripts, Prometheus' scripts when they are at
//! hand, a real Prometheus on the same data, and arbitrary input.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program: it looks at files, clocks and processes"
)]

mod access;
mod arbitrary;
mod client;
mod differential;
mod panels;
mod real;
mod recorded;
mod relay;
mod scripts;
