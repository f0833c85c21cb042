//! `qd demo`: the console on an embedded cluster.

use crate::cli::args::DemoArgs;
use crate::cli::setup::Setup;
use crate::domain::{Fault, FaultKind};
use tokio::runtime::Runtime;

/// Runs it.
pub(in crate::cli) fn run(runtime: &Runtime, setup: &Setup, args: &DemoArgs) -> Result<u8, Fault> {
    let _ = (runtime, setup, args);
    Err(Fault::new(FaultKind::Internal, "not yet"))
}
