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
mod cut;
mod deliver;
mod doctor;
mod drivers;
mod engine;
mod kinds;
mod program;
mod rollback;
mod shop;

use std::process::ExitCode;

pub(crate) use cluster::{Behaviour, behaviours, case, http, make};

/// What does not hold yet, with the reason.
const OPEN: [&str; 1] = [
    // The embedded cluster issues no tokens.
    "embedded::engine::manifest_gives_what_it_needs_and_no_more",
];

fn main() -> ExitCode {
    let all = [rollback::ALL, change::ALL, kinds::ALL, doctor::ALL, deliver::ALL, drivers::ALL, engine::ALL]
        .concat();
    cluster::main(&all, &OPEN, Vec::new())
}
