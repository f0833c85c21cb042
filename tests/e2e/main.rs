//! The built program against a cluster, as a person at a shell uses it: on the
//! embedded cluster, and on a real one.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program: it looks at files, clocks and processes"
)]

mod budgets;
mod change;
#[path = "../support/cluster/mod.rs"]
mod cluster;
mod conditions;
mod cut;
mod deliver;
mod doctor;
mod drivers;
mod engine;
mod forward;
mod gates;
mod kinds;
mod legacy;
mod meshes;
mod objects;
mod preflight;
mod program;
#[path = "../promql/real.rs"]
mod real;
mod restricted;
mod rollback;
mod routes;
mod shop;

use std::process::ExitCode;

pub(crate) use cluster::{Behaviour, behaviours, case, gateway, http, make, mesh, until};

/// What does not hold yet, with the reason.
const OPEN: [&str; 1] = [
    // The embedded cluster issues no tokens.
    "embedded::engine::manifest_gives_what_it_needs_and_no_more",
];

fn main() -> ExitCode {
    let all = [
        rollback::ALL,
        change::ALL,
        kinds::ALL,
        objects::ALL,
        doctor::ALL,
        forward::ALL,
        restricted::ALL,
        deliver::ALL,
        gates::ALL,
        preflight::ALL,
        drivers::ALL,
        routes::ALL,
        budgets::ALL,
        conditions::ALL,
        meshes::ALL,
        legacy::ALL,
        engine::ALL,
    ]
    .concat();
    cluster::main(&all, &OPEN, Vec::new())
}
