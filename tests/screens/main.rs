//! The whole console under virtual time: events in, effects and screens out.

#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program: it looks at files, clocks and processes"
)]

mod acting;
mod alerts;
mod answers;
mod approvals;
mod away;
mod catalogue;
mod charts;
mod cockpits;
mod complete;
mod configs;
mod contexts;
mod deliveries;
mod deploying;
mod docs;
mod documents;
mod environments;
mod fixture;
mod forwards;
mod freezes;
mod harness;
mod heartbeats;
mod kept;
mod leaving;
mod lists;
mod logs;
mod pages;
mod plain;
mod requests;
mod right_target;
mod robust;
mod slos;
mod snapshots;
mod told_apart;
mod trust;
mod typed_on;
