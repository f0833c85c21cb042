//! Client of the Prometheus HTTP API, and of those who speak it (Thanos,
//! Mimir, VictoriaMetrics).
//!
//! At most four requests are in flight. What a server does not have (404, 405,
//! 501) is remembered and not asked again. Proxies answer with web pages: the
//! status and first line are shown, never a JSON error. Warnings and infos
//! come beside the data, since partial answers arrive as warnings.
//!
//! The transport is a trait: [`HttpTransport`] is reqwest (whose rustls
//! provider the caller installs, and whose client carries mutual TLS); the API
//! server's service proxy is another.
//!
//! Deliberately absent: retries and back-off (the caller knows what is still
//! wanted), `query_exemplars`, admin endpoints.

pub(super) mod answer;
mod ask;
mod auth;
mod endpoints;
mod error;
mod plan;
mod transport;
mod types;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

pub use ask::Asking;
pub use auth::{Auth, Settings};
pub use error::ApiError;
pub use plan::{RangePlan, plan_range};
pub use transport::{How, HttpTransport, Reply, Request, Transport};
pub use types::{ActiveTarget, Alert, BuildInfo, DroppedTarget, Metadata, Rule, RuleGroup, Targets};

/// Requests at once to one server.
pub const IN_FLIGHT: usize = 4;

/// Data of an answer and what the server said beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// The data.
    pub data: T,
    /// Warnings: the data may be partial or not what was meant.
    pub warnings: Vec<String>,
    /// Infos, e.g. "metric might not be a counter".
    pub infos: Vec<String>,
}

/// A client of one server.
pub struct Client<T = HttpTransport> {
    transport: T,
    slots: Semaphore,
    missing: Mutex<BTreeSet<&'static str>>,
    timeout: Duration,
}

impl<T: Transport> Client<T> {
    /// A client over a transport. `timeout` is sent along, so that the server
    /// stops too.
    pub fn new(transport: T, timeout: Duration) -> Self {
        let slots = Semaphore::new(IN_FLIGHT);
        Self { transport, slots, missing: Mutex::default(), timeout }
    }

    /// Endpoints this server turned out not to have.
    pub fn missing(&self) -> Vec<&'static str> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    async fn call<D: DeserializeOwned>(
        &self,
        endpoint: &'static str,
        path: String,
        form: Vec<(String, String)>,
        post: bool,
    ) -> Result<Answer<D>, ApiError> {
        if self.missing.lock().unwrap_or_else(PoisonError::into_inner).contains(endpoint) {
            return Err(ApiError::Missing { endpoint });
        }
        let _slot = self.slots.acquire().await.map_err(|_closed| ApiError::Closed)?;
        let how = if post { How::Form } else { How::Get };
        let request = Request { path, form, how };
        let reply = self.transport.send(request.clone()).await?;
        // Some proxies allow GET only.
        let reply = if post && reply.status == 405 {
            self.transport.send(Request { how: How::Get, ..request }).await?
        } else {
            reply
        };
        let read = answer::read(endpoint, &reply);
        if let Err(ApiError::Missing { .. }) = read {
            self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(endpoint);
        }
        read
    }
}

#[cfg(test)]
mod tests;
