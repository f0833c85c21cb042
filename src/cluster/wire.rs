//! One request, one answer: bounded in size and time, never repeated.

use super::connect::renewed;
use super::fault::{CallError, of_error, too_slow};
use super::kubeconfig::ConnectOptions;
use super::site::Site;
use super::{status, warning};
use crate::domain::{Fault, FaultKind};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use serde::de::DeserializeOwned;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How long, and how much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time: Duration,
    pub(super) bytes: usize,
}

impl Limits {
    /// For a single object: etcd holds at most 1.5 MiB, an aggregated API a little more.
    pub(super) const ONE: Self = Self { time: Duration::from_secs(15), bytes: 16 << 20 };
    /// For a write: the API server itself gives up after 34 s by default.
    pub(super) const WRITE: Self = Self { time: Duration::from_secs(40), bytes: 16 << 20 };
    /// For a page of a list: 500 pods are 2.5 MB as a rule, 750 MB at worst.
    pub(super) const PAGE: Self = Self { time: Duration::from_mins(1), bytes: 32 << 20 };
}

/// What came back, whatever its code.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) code: u16,
    /// Seconds the server asks to wait.
    pub(super) retry_after: Option<u64>,
    /// The server's `Date`.
    pub(super) date: Option<String>,
    /// Where a redirect points.
    pub(super) location: Option<String>,
    /// What the server warns of.
    pub(super) warnings: Vec<String>,
    pub(super) body: Bytes,
}

/// The connection.
#[derive(Clone)]
pub(super) struct Wire {
    /// Replaced when credentials are renewed.
    client: Arc<RwLock<Client>>,
    pub(super) site: Arc<Site>,
    pub(super) options: Arc<ConnectOptions>,
}

impl Wire {
    pub(super) fn new(client: Client, site: Site, options: ConnectOptions) -> Self {
        Self { client: Arc::new(RwLock::new(client)), site: Arc::new(site), options: Arc::new(options) }
    }

    /// The client itself, for what only kube speaks.
    pub(super) fn kube(&self) -> Client {
        self.client()
    }

    fn client(&self) -> Client {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the credentials end within a minute, as far as they say.
    pub(super) fn is_expiring(&self) -> bool {
        let soon = Timestamp::now() + Duration::from_mins(1);
        self.client().valid_until().is_some_and(|until| until < soon)
    }

    /// Gets credentials anew; all clones use them from now on.
    pub(super) async fn renew(&self) -> Result<(), Fault> {
        let fresh = renewed(self).await?;
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Sends `request` and reads the whole answer.
    pub(super) async fn call(
        &self,
        asked: &str,
        request: Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<Answer, CallError> {
        let exchange = async {
            let response = self.client().send(request.map(Body::from)).await;
            let response = response.map_err(|error| of_error(asked, &error, &self.site))?;
            let (parts, body) = response.into_parts();
            let body = self.collect(asked, body, limits.bytes).await?;
            Ok(answer(parts.status, &parts.headers, body))
        };
        let slow = |_elapsed| CallError {
            fault: too_slow(asked, limits.time.as_secs(), &self.site),
            maybe_sent: true,
            too_large: false,
        };
        tokio::time::timeout(limits.time, exchange).await.map_err(slow)?
    }

    async fn collect(&self, asked: &str, body: Body, most: usize) -> Result<Bytes, CallError> {
        let collected = Limited::new(body, most).collect().await;
        collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                let text = format!("cannot {asked}: the answer is larger than {} MiB", most >> 20);
                return CallError {
                    fault: Fault::new(FaultKind::Server, text),
                    maybe_sent: true,
                    too_large: true,
                };
            }
            let broken = of_error(asked, &kube::Error::Service(error), &self.site);
            CallError { maybe_sent: true, ..broken }
        })
    }

    /// Sends `request`, and reads the answer only if it is a refusal: else the
    /// body is the caller's, to be read as it comes.
    pub(super) async fn open(
        &self,
        asked: &str,
        request: Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<Result<Body, Answer>, Fault> {
        let opening = async {
            let response = self.client().send(request.map(Body::from)).await;
            let response = response.map_err(|error| of_error(asked, &error, &self.site).fault)?;
            if response.status().is_success() {
                return Ok(Ok(response.into_body()));
            }
            let (parts, body) = response.into_parts();
            let body = self.collect(asked, body, limits.bytes).await.map_err(|error| error.fault)?;
            Ok(Err(answer(parts.status, &parts.headers, body)))
        };
        let slow = |_elapsed| too_slow(asked, limits.time.as_secs(), &self.site);
        tokio::time::timeout(limits.time, opening).await.map_err(slow)?
    }

    /// Sends `request`; anything but success is a fault.
    pub(super) async fn body(
        &self,
        asked: &str,
        request: Request<Vec<u8>>,
        limits: Limits,
    ) -> Result<Bytes, Fault> {
        let answer = self.call(asked, request, limits).await.map_err(|error| error.fault)?;
        if (200..300).contains(&answer.code) {
            Ok(answer.body)
        } else {
            Err(status::of_answer(asked, &answer, &self.site))
        }
    }

    /// Sends `request` and reads the answer as JSON.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        asked: &str,
        request: Request<Vec<u8>>,
    ) -> Result<T, Fault> {
        let body = self.body(asked, request, Limits::ONE).await?;
        serde_json::from_slice(&body).map_err(|error| status::not_json(asked, &body, &error, &self.site))
    }
}

fn answer(code: StatusCode, headers: &HeaderMap, body: Bytes) -> Answer {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    Answer {
        code: code.as_u16(),
        retry_after: text(header::RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok()),
        date: text(header::DATE).map(str::to_owned),
        location: text(header::LOCATION).map(str::to_owned),
        warnings: warning::of(headers),
        body,
    }
}
