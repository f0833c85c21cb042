//! What can go wrong between us and a Prometheus.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ApiError {
    /// Prometheus refused, in its own words.
    #[error("Prometheus answered {kind}: {message}")]
    Api {
        /// HTTP status.
        status: u16,
        /// `bad_data`, `execution`, `canceled`, `timeout`, `internal`,
        /// `unavailable`, `not_found`, `not_acceptable`.
        kind: String,
        /// The text.
        message: String,
    },
    /// Something before Prometheus answered: a proxy, a login page.
    #[error("{status} from the server or a proxy before it: {first_line}")]
    Http {
        /// HTTP status.
        status: u16,
        /// First line of the body, without tags.
        first_line: String,
    },
    /// The server does not have this endpoint.
    #[error("this server has no {endpoint} endpoint")]
    Missing {
        /// The endpoint.
        endpoint: &'static str,
    },
    /// No connection, or it broke.
    #[error("cannot reach Prometheus: {0}")]
    Connection(String),
    /// No answer in time.
    #[error("no answer from Prometheus within {0:?}")]
    Timeout(Duration),
    /// The answer is larger than we read.
    #[error("the answer is larger than {0} bytes; narrow the query")]
    TooLarge(usize),
    /// The answer is JSON of another shape.
    #[error("unexpected answer from {endpoint}: {what}")]
    Shape {
        /// The endpoint.
        endpoint: &'static str,
        /// What the JSON reader says.
        what: String,
    },
    /// A file with a token, password or certificate cannot be read.
    #[error("cannot read the file {}: {why}", path.display())]
    Token {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A header or URL from the configuration is not one.
    #[error("bad {what} in the Prometheus settings: {value:?}")]
    Setting {
        /// Which.
        what: &'static str,
        /// The value, never a secret.
        value: String,
    },
    /// The client is shutting down.
    #[error("the client is closed")]
    Closed,
}

impl ApiError {
    /// Whether the same request may succeed later without a change.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Timeout(_) => true,
            Self::Api { status, .. } | Self::Http { status, .. } => *status == 429 || *status >= 500,
            Self::Missing { .. }
            | Self::TooLarge(_)
            | Self::Shape { .. }
            | Self::Token { .. }
            | Self::Setting { .. }
            | Self::Closed => false,
        }
    }
}
