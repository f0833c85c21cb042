//! The real program in a pseudo-terminal: what a person's terminal gets to see.

#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program: it looks at files, clocks and processes"
)]

mod contexts;
mod demo;
#[path = "../support/cluster/embedded.rs"]
mod embedded;
mod gone;
mod job;
mod killed;
mod looking;
mod monkey;
mod plain;
#[path = "../support/served.rs"]
mod served;
mod settings;
mod shop;
mod slots;
mod storm;
mod terminal;
mod unhappy;
#[path = "../support/until.rs"]
mod until;
mod wire;
