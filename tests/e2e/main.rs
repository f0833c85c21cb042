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
///
/// Tunnels: the fake kubelet's port forwarding has not been seen behind a real API server yet.
const OPEN: [&str; 5] = [
    "real::forward::a_request_goes_through_and_ctrl_c_closes_it",
    "real::forward::a_port_that_is_taken_is_said_with_its_remedy",
    "real::forward::a_port_nobody_listens_on_is_said_and_the_tunnel_stays",
    "real::forward::without_the_right_it_is_refused_by_name",
    "real::forward::a_service_goes_on_with_its_next_pod",
];

fn main() -> ExitCode {
    let all = [rollback::ALL, change::ALL, kinds::ALL, doctor::ALL, forward::ALL].concat();
    cluster::main(&all, &OPEN, Vec::new())
}
