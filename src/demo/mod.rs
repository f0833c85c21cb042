//! Doing: the embedded cluster, a Kubernetes-API-compatible server inside the
//! process, for `qd demo` and for tests. It stands apart from the rest of the
//! crate; the console reaches it over HTTP like any other cluster.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a doing module: this is where the crate touches the outside world"
)]

pub mod clock;
pub mod controllers;
pub mod crd;
pub mod kinds;
pub mod kubelet;
mod rules;
pub mod scenario;
pub mod status;
pub mod store;
