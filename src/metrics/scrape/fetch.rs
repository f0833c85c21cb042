//! Getting a page.

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use thiserror::Error;

use super::Target;
use crate::metrics::text::Format;

/// A fetched page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The body, decompressed.
    pub body: Bytes,
    /// Its format.
    pub format: Format,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FetchError {
    /// The server answered, but not with a page.
    #[error("the server answered {status}: {first_line}")]
    Status {
        /// HTTP status.
        status: u16,
        /// First line of the body.
        first_line: String,
    },
    /// The body grew beyond the cap (also when compressed).
    #[error("the page is larger than {cap} bytes")]
    TooLarge {
        /// The cap.
        cap: usize,
    },
    /// No answer in time.
    #[error("no answer within {0:?}")]
    Timeout(std::time::Duration),
    /// Anything below HTTP.
    #[error("{0}")]
    Connection(String),
}

/// Fetches the page of a target. The pod proxy of the API server is another
/// implementation.
pub trait Fetch: Send + Sync {
    /// One attempt; the caller enforces the timeout and drops the future.
    fn fetch<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Page, FetchError>>;
}

/// What is asked for: OpenMetrics if the pod has it, text otherwise.
pub const ACCEPTED: &str = "application/openmetrics-text;version=1.0.0;q=0.75,\
                            text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// Fetches straight from the target's URL.
#[derive(Debug, Clone)]
pub struct HttpFetch {
    client: reqwest::Client,
    /// Bytes of a decompressed body; a gzip bomb stops here.
    cap: usize,
}

impl HttpFetch {
    /// Uses a client made elsewhere (it decides about TLS and proxies).
    pub fn new(client: reqwest::Client, cap: usize) -> Self {
        Self { client, cap }
    }

    async fn get(&self, target: &Target) -> Result<Page, FetchError> {
        let seconds = target.timeout.as_secs_f64().to_string();
        let request = self
            .client
            .get(&target.url)
            .header(ACCEPT, ACCEPTED)
            .header("X-Prometheus-Scrape-Timeout-Seconds", seconds);
        let mut answer = request.send().await.map_err(|error| connection(&error))?;
        let status = answer.status();
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let format = Format::of_content_type(kind.unwrap_or_default());
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| connection(&error))? {
            if body.len() + piece.len() > self.cap {
                return Err(FetchError::TooLarge { cap: self.cap });
            }
            body.extend_from_slice(&piece);
        }
        if !status.is_success() {
            let text = String::from_utf8_lossy(&body);
            let first_line = text.lines().next().unwrap_or_default().chars().take(120).collect();
            return Err(FetchError::Status { status: status.as_u16(), first_line });
        }
        Ok(Page { body: body.freeze(), format })
    }
}

impl Fetch for HttpFetch {
    fn fetch<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Page, FetchError>> {
        Box::pin(self.get(target))
    }
}

/// The innermost cause: reqwest's own text only repeats the URL.
fn connection(error: &reqwest::Error) -> FetchError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    FetchError::Connection(cause.to_string())
}
