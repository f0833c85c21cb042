//! Response bodies.

use bytes::Bytes;
use futures::Stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use jiff::Timestamp;
use serde_json::Value;

use super::server::Cut;
use crate::demo::status::ApiError;

/// What every handler returns.
pub type Body = UnsyncBoxBody<Bytes, Cut>;
/// An answer or a refusal.
pub type Answer = Result<Response<Body>, ApiError>;

/// A complete body.
pub fn whole(code: u16, content_type: &'static str, bytes: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Full::new(bytes.into()).map_err(Cut::from).boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    common_headers(&mut response, content_type);
    response
}

/// A body sent as it comes; an error cuts the connection.
pub fn streamed<S>(content_type: &'static str, frames: S) -> Response<Body>
where
    S: Stream<Item = Result<Bytes, Cut>> + Send + 'static,
{
    use futures::StreamExt as _;
    let mut response = Response::new(StreamBody::new(frames.map(|f| f.map(Frame::data))).boxed_unsync());
    common_headers(&mut response, content_type);
    response
}

fn common_headers(response: &mut Response<Body>, content_type: &'static str) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
}

/// The answer with the cluster's time in it: a client that compares clocks
/// compares with the one its objects are dated by.
pub fn dated(mut response: Response<Body>, at: Timestamp) -> Response<Body> {
    let text = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

/// JSON of a value with kind and apiVersion wherever the map puts them, and a newline.
pub fn json(code: u16, value: &Value) -> Response<Body> {
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    whole(code, "application/json", bytes)
}

/// Already serialized JSON, and a newline.
pub fn json_bytes(code: u16, json: &[u8]) -> Response<Body> {
    let mut bytes = Vec::with_capacity(json.len() + 1);
    bytes.extend_from_slice(json);
    bytes.push(b'\n');
    whole(code, "application/json", bytes)
}

/// `text/plain`.
pub fn text(code: u16, text: impl Into<Bytes>) -> Response<Body> {
    whole(code, "text/plain; charset=utf-8", text)
}

/// A refusal as a Status.
pub fn refuse(error: &ApiError) -> Response<Body> {
    let mut response = whole(error.code, "application/json", error.body());
    let seconds = error.details.as_ref().map_or(0, |d| d.retry_after_seconds);
    if seconds > 0 {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The answer to HEAD: everything but the body.
pub fn without_body(response: Response<Body>) -> Response<Body> {
    let (parts, _) = response.into_parts();
    Response::from_parts(parts, Full::new(Bytes::new()).map_err(Cut::from).boxed_unsync())
}

/// Adds a `Warning` header as the API writes it.
pub fn warn(response: &mut Response<Body>, warnings: &[String]) {
    for warning in warnings {
        let quoted = crate::demo::status::quote(warning);
        if let Ok(value) = HeaderValue::from_bytes(format!("299 - {quoted}").as_bytes()) {
            response.headers_mut().append(http::header::WARNING, value);
        }
    }
}
