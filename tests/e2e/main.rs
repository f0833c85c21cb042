//! The built program against a cluster, as a person at a shell uses it: on the
//! embedded cluster, and on a real one.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::needless_pass_by_value,
    reason = "a test program with its own harness, where a panic is a failed test"
)]

mod change;
#[path = "../support/cluster/mod.rs"]
mod cluster;
mod doctor;
mod forward;
mod kinds;
mod program;
mod rollback;

use std::process::ExitCode;

pub(crate) use cluster::{Behaviour, behaviours, case, http, make};

/// What does not hold yet, with the reason.
const OPEN: [&str; 0] = [];

fn main() -> ExitCode {
    let all = [rollback::ALL, change::ALL, kinds::ALL, doctor::ALL, forward::ALL].concat();
    cluster::main(&all, &OPEN, Vec::new())
}
