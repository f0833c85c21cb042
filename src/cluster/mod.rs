//! Doing: Kubernetes over HTTP. Connects, watches, reads, writes.
//!
//! Everything a cluster says passes [`decode`] on its way in: slimmed, cleaned
//! of control characters, secrets masked. Everything we ask of it passes one
//! function that bounds time and size and never repeats a request. kube gives
//! us configuration, credentials and TLS; its typed `Api` and `watcher` are
//! left out on purpose: they keep whole objects, repeat writes, and notice a
//! dead connection after five minutes.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a doing module: this is where the crate touches the outside world"
)]

mod any;
mod clock;
mod config;
mod connect;
pub mod decode;
mod exec;
mod fault;
mod heads;
mod hear;
mod keys;
mod kubeconfig;
mod lease;
mod lines;
mod login;
mod logs;
mod monitors;
mod moved;
mod paths;
mod plugin;
mod proxy;
mod read;
mod review;
mod site;
mod slos;
mod status;
mod tunnel;
mod warning;
mod watch;
mod wire;
mod write;

pub use connect::connect;
pub use decode::{decode_pod, decode_replica_set, decode_template, decode_workload, digest_template};
pub use exec::Session;
pub use heads::Head;
pub use kubeconfig::{ConnectOptions, ContextInfo, contexts};
pub use lease::{LeaseRead, Tell};
pub use login::{Login, login};
pub use logs::LogQuery;
pub use monitors::MonitoredPods;
pub use proxy::{Sent, ServicePlace};
pub use review::Allowed;
pub use tunnel::{Tunnel, TunnelEnd};

use crate::domain::{ClusterUrl, ContextName, Here, Namespace, Now, WriteMode};
use std::sync::Arc;
use wire::Wire;

/// A connection to one cluster. Cheap to clone; clones share the connection.
#[derive(Clone)]
pub struct Cluster {
    wire: Wire,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The client inside holds credentials.
        write!(f, "Cluster({} at {})", self.context(), self.url())
    }
}

impl Cluster {
    /// The context it was made from; `in-cluster` for a service account.
    pub fn context(&self) -> &ContextName {
        &self.wire.site.context
    }

    /// The API server's address.
    pub fn url(&self) -> &ClusterUrl {
        &self.wire.site.url
    }

    /// Whether both are one connection.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.wire.site, &other.wire.site)
    }

    /// What a gate looks at first, for an answer given now.
    pub fn here<'a>(&'a self, mode: &'a WriteMode, now: Now) -> Here<'a> {
        Here { mode, context: self.context(), cluster: self.url(), now }
    }

    /// The namespace asked for, else that of the context; none if neither says.
    pub fn namespace(&self) -> Option<&Namespace> {
        self.wire.site.namespace.as_ref()
    }
}
