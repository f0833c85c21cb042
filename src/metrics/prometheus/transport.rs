//! Carrying requests.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::auth::{Auth, Settings};
use super::error::ApiError;

/// A request to the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Path from `/api/v1` on, already encoded.
    pub path: String,
    /// Parameters.
    pub form: Vec<(String, String)>,
    /// How it is sent.
    pub how: How,
}

/// How a request is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// GET, the parameters in the query.
    Get,
    /// POST, the parameters as a form: queries may be long.
    Form,
    /// POST of this JSON.
    Json(String),
    /// DELETE.
    Delete,
}

/// An answer of any status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// Something that carries requests to a Prometheus.
pub trait Transport: Send + Sync {
    /// Sends a request and reads the whole answer.
    fn send(&self, request: Request) -> impl Future<Output = Result<Reply, ApiError>> + Send;
}

/// Bytes of an answer we read: 11,000 points of 100 series are 25 MB.
const BODY_CAP: usize = 64 << 20;

/// reqwest, straight to the server.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    settings: Settings,
    headers: HeaderMap,
    timeout: Duration,
}

impl HttpTransport {
    /// A transport over a client made elsewhere (TLS, proxies).
    ///
    /// # Errors
    /// A header of the settings is not one.
    pub fn new(client: reqwest::Client, mut settings: Settings, timeout: Duration) -> Result<Self, ApiError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let bad = |_: &dyn std::error::Error| ApiError::Setting { what: "header", value: name.clone() };
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|error| bad(&error))?;
            let value = HeaderValue::from_str(value).map_err(|error| bad(&error))?;
            headers.insert(key, value);
        }
        let trimmed = settings.base.trim_end_matches('/').to_owned();
        if reqwest::Url::parse(&trimmed).is_err() {
            return Err(ApiError::Setting { what: "URL", value: settings.base });
        }
        settings.base = trimmed;
        Ok(Self { client, settings, headers, timeout })
    }

    async fn authorised(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::RequestBuilder, ApiError> {
        Ok(match &self.settings.auth {
            Auth::None => request,
            Auth::Basic { user, password } => request.basic_auth(user, Some(password)),
            Auth::BasicFile { user, path } => request.basic_auth(user, Some(secret(path).await?)),
            Auth::Bearer(token) => request.bearer_auth(token),
            Auth::BearerFile(path) => request.bearer_auth(secret(path).await?),
        })
    }

    fn failed(&self, error: &reqwest::Error) -> ApiError {
        if error.is_timeout() {
            return ApiError::Timeout(self.timeout);
        }
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        ApiError::Connection(cause.to_string())
    }
}

/// What a file of one secret holds; read for every request.
async fn secret(path: &Path) -> Result<String, ApiError> {
    let read = tokio::fs::read_to_string(path).await;
    let text = read.map_err(|error| ApiError::Token { path: path.to_owned(), why: error.to_string() })?;
    Ok(text.trim().to_owned())
}

impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Reply, ApiError> {
        let url = format!("{}{}", self.settings.base, request.path);
        let built = match request.how {
            How::Get => self.client.get(url).query(&request.form),
            How::Form => self.client.post(url).form(&request.form),
            How::Json(text) => self
                .client
                .post(url)
                .query(&request.form)
                .header(header::CONTENT_TYPE, "application/json")
                .body(text),
            How::Delete => self.client.delete(url).query(&request.form),
        };
        let built = built.headers(self.headers.clone()).timeout(self.timeout);
        let sent = self.authorised(built).await?.send().await;
        let mut answer = sent.map_err(|error| self.failed(&error))?;
        let status = answer.status().as_u16();
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.failed(&error))? {
            if body.len() + piece.len() > BODY_CAP {
                return Err(ApiError::TooLarge(BODY_CAP));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Reply { status, body: body.freeze() })
    }
}
