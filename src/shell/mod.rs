//! Carrying out: the terminal, the loop, effects, the engine's runs.
//!
//! What is decided is decided by `app` and `engine`; this module asks the
//! clock, moves bytes, owns tasks and puts answers back into the loop as
//! events. Absent on purpose: any state of the screen, any rule about what may
//! be done.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a doing module: this is where the crate touches the outside world"
)]

mod at_once;
pub mod catalogue;
mod charts;
pub mod clock;
mod collector;
mod connection;
pub mod console;
pub mod deliver;
pub mod docs;
pub mod engine;
mod follow;
pub mod forward;
pub mod gates;
mod hyperlinks;
mod journal;
pub mod logging;
pub(crate) mod look;
pub mod monitoring;
pub mod outside;
pub mod panic;
pub(crate) mod patience;
mod picture;
pub mod planner;
pub mod probes;
mod signals;
pub mod slos;
mod sparse;
mod tasks;
pub mod terminal;

pub use collector::{Readings, read_twice};
pub use connection::{Link, arrive};
pub use journal::{newest, write_note};
pub use monitoring::open_server;
pub use signals::{Signal, Signals};
pub use tasks::{Panicked, Tasks};
