//! SPDY/3.1, as far as `kubectl port-forward` speaks it: many streams on one
//! connection, two of them for each connection to a port of a pod.
//!
//! [`frame`] reads and writes frames, [`headers`] their compressed header
//! blocks, [`session`] decides what a frame means, and [`serve()`] carries it
//! out. The source is "SPDY Protocol - Draft 3.1" and, where clients differ
//! from it, moby/spdystream, which kubectl and the kubelet both use.
//!
//! Absent on purpose: flow control. Neither kubectl nor the kubelet counts
//! windows; a stream whose reader is slow slows its whole connection, and no
//! buffer grows. Also streams opened by the server, priorities, settings.

mod dictionary;
pub mod frame;
pub mod headers;
mod serve;
pub mod session;
#[cfg(test)]
pub(crate) mod tests;

pub use serve::serve;

/// The value of the `Upgrade` header.
pub const UPGRADE: &str = "SPDY/3.1";
/// The protocol spoken on the streams.
pub const PORT_FORWARD: &str = "portforward.k8s.io";
/// The header in which clients offer protocols, and a server picks one.
pub const PROTOCOL_HEADER: &str = "x-stream-protocol-version";

/// Why a connection cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Not version 3.
    #[error("a control frame of SPDY version {0}, not 3")]
    Version(u16),
    /// A frame longer than is taken, in bytes.
    #[error("a frame of {0} bytes, which is more than is taken")]
    TooLong(usize),
    /// A frame of this type that ends before its fields.
    #[error("a frame of type {0} that is too short")]
    Short(u16),
    /// A header block that cannot be read.
    #[error("a header block that {0}")]
    Headers(&'static str),
}
