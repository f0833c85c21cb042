//! Metrics: reading what pods expose, keeping it, and asking a Prometheus.
//!
//! ```text
//! page ──text──▶ samples ──scrape──▶ store ──▶ promql (a `Series` source)
//! Prometheus ──prometheus──▶ values
//! Alertmanager ──alertmanager──▶ alerts, silences
//! ```
//!
//! Doing: this is one of the places that touch the network. What decides
//! inside it (parsing, appending, scheduling) takes the time as an input.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a doing module: this is where the crate touches the outside world"
)]

mod access;
pub mod alertmanager;
pub mod prometheus;
pub mod scrape;
pub mod store;
pub mod text;

pub use access::Access;
