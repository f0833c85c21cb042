//! The built program against a cluster, as a person at a shell uses it: on the
//! embedded cluster, and on a real one.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program: it looks at files, clocks and processes"
)]

mod change;
#[path = "../support/cluster/mod.rs"]
mod cluster;
mod doctor;
mod kinds;
mod program;
mod rollback;

use std::process::ExitCode;

pub(crate) use cluster::{Behaviour, behaviours, case, http, make};

/// What does not hold yet, with the reason.
const OPEN: [&str; 0] = [];

fn main() -> ExitCode {
    let all = [rollback::ALL, change::ALL, kinds::ALL, doctor::ALL].concat();
    cluster::main(&all, &OPEN, Vec::new())
}
