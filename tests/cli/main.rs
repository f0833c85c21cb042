//! The verbs of the real program against the embedded cluster.

#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program: it looks at files, clocks and processes"
)]

mod alerts;
mod bench;
mod catalogue;
mod change;
mod files;
mod look;
mod objectives;
mod query;
mod recovery;
#[path = "../support/served.rs"]
mod served;
