//! One list of behaviours of a Kubernetes API, held against two servers: the
//! embedded cluster and a real one. Where they differ the embedded cluster is
//! wrong; `open.txt` lists where it still is.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::similar_names,
    clippy::needless_pass_by_value,
    reason = "a test program: it looks at files, clocks and processes, sends a patch to a path, and makes values where it passes them"
)]

mod areas;
#[path = "../support/cluster/mod.rs"]
mod cluster;

use std::process::ExitCode;

use libtest_mimic::{Failed, Trial};

pub(crate) use cluster::{Behaviour, behaviours, case, gateway, http, make, until};

fn main() -> ExitCode {
    let all: Vec<_> = areas::all().copied().collect();
    let open: Vec<_> = open().map(|line| format!("embedded::{line}")).collect();
    let own = Trial::test("suite::open_list_names_behaviours", open_list_is_true);
    cluster::main(&all, &open, vec![own])
}

/// The behaviours in which the embedded cluster is known to differ.
fn open() -> impl Iterator<Item = &'static str> {
    include_str!("open.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A misspelt line would hide nothing and be believed.
fn open_list_is_true() -> Result<(), Failed> {
    let unknown: Vec<_> = open().filter(|line| areas::all().all(|one| one.name != *line)).collect();
    if unknown.is_empty() { Ok(()) } else { Err(format!("open.txt names no behaviour: {unknown:?}").into()) }
}
