//! The API server: HTTP requests in, kube-apiserver's answers out.
//!
//! A request passes, in this order: faults (tests), authentication, RBAC,
//! the table of resources, then one of `read`, `watch`, `write`,
//! [`sub`] or [`review`]. Deliberately absent: TLS, answers in protobuf,
//! admission webhooks and anything that needs a kubelet.

#[cfg(test)]
mod abuse_tests;
pub mod body;
pub mod delete;
pub mod discovery;
pub mod dispatch;
pub mod draft;
pub mod events;
pub mod faults;
pub mod form;
pub mod labels;
#[cfg(test)]
mod log_tests;
mod metrics;
pub mod options;
pub mod patch;
pub mod query;
pub mod rbac;
pub mod read;
pub mod respond;
pub mod restyle;
pub mod review;
pub mod route;
pub mod select;
pub mod server;
pub mod sub;
pub mod table;
#[cfg(test)]
mod tests;
mod upkeep;
pub mod users;
pub mod watch;
pub mod write;

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::schema::Schema;
use super::store::Store;
use faults::Faults;

/// Answers a request to a pod's port: namespace, pod, path with query → status code and body.
pub type PodProxy = dyn Fn(&str, &str, &str) -> Option<(u16, String)> + Send + Sync;

/// What a pod uses: namespace, pod → CPU in thousandths of a core, memory in bytes.
pub type PodUsage = dyn Fn(&str, &str) -> Option<(u64, u64)> + Send + Sync;

/// Most exec and portforward connections at once.
const MAX_STREAMS: usize = 256;

/// Everything a request handler may use.
pub struct Api {
    /// The objects.
    pub store: Store,
    /// Fields of the built-in kinds.
    pub schema: Schema,
    /// Misbehaviour asked for by tests and scenarios.
    pub faults: Faults,
    /// Ends watches and followed logs.
    pub stop: CancellationToken,
    /// Bounds open exec and portforward connections.
    pub streams: Arc<Semaphore>,
    pod_proxy: RwLock<Option<Arc<PodProxy>>>,
    usage: RwLock<Option<Arc<PodUsage>>>,
}

impl Api {
    /// An API over a store.
    pub fn new(store: Store, stop: CancellationToken) -> Self {
        Self {
            store,
            schema: Schema::default(),
            faults: Faults::default(),
            stop,
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            pod_proxy: RwLock::new(None),
            usage: RwLock::new(None),
        }
    }

    /// Who answers requests proxied to pods.
    pub fn set_pod_proxy(&self, proxy: Arc<PodProxy>) {
        *self.pod_proxy.write().unwrap_or_else(PoisonError::into_inner) = Some(proxy);
    }

    /// Who measures pods; from now on `metrics.k8s.io` is served.
    pub fn set_usage(&self, usage: Arc<PodUsage>) {
        *self.usage.write().unwrap_or_else(PoisonError::into_inner) = Some(usage);
        if !self.store.registry().iter().any(|row| row.computed) {
            self.store.serve(super::kinds::metrics());
        }
    }

    /// The registered measurer.
    pub(super) fn usage(&self) -> Option<Arc<PodUsage>> {
        self.usage.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The registered answerer.
    pub fn pod_proxy(&self) -> Option<Arc<PodProxy>> {
        self.pod_proxy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
