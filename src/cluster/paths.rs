//! Where things are on an API server.

use crate::domain::{Fault, FaultKind, Kind, Namespace, ObjectKey};
use http::Request;
use std::fmt::Write as _;

/// `/apis/apps/v1`
pub(super) fn group(kind: Kind) -> String {
    match kind.group() {
        "" => format!("/api/{}", kind.version()),
        group => format!("/apis/{group}/{}", kind.version()),
    }
}

/// `/apis/apps/v1/namespaces/shop/deployments`; of all namespaces without one.
pub(super) fn list(kind: Kind, namespace: Option<&Namespace>) -> String {
    let mut path = group(kind);
    if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty() && kind != Kind::Namespace) {
        let _infallible = write!(path, "/namespaces/{}", escape(namespace.as_str()));
    }
    let _infallible = write!(path, "/{}", kind.plural());
    path
}

/// The path of one object.
pub(super) fn object(key: &ObjectKey) -> String {
    format!("{}/{}", list(key.kind, Some(&key.namespace)), escape(key.name.as_str()))
}

/// `?a=1&b=2`, escaped; empty for no pairs.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (key, value) in pairs {
        let mark = if out.is_empty() { '?' } else { '&' };
        let _infallible = write!(out, "{mark}{key}={}", escape(value));
    }
    out
}

/// Percent-encodes everything but unreserved characters (RFC 3986), so that
/// no name can add a path segment or a parameter.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A GET of `path`.
pub(super) fn get(path: &str) -> Result<Request<Vec<u8>>, Fault> {
    finish(Request::get(path), Vec::new())
}

/// A POST of JSON.
pub(super) fn post(path: &str, body: &serde_json::Value) -> Result<Request<Vec<u8>>, Fault> {
    let builder = Request::post(path).header(http::header::CONTENT_TYPE, "application/json");
    finish(builder, body.to_string().into_bytes())
}

pub(super) fn finish(builder: http::request::Builder, body: Vec<u8>) -> Result<Request<Vec<u8>>, Fault> {
    builder
        .body(body)
        .map_err(|error| Fault::new(FaultKind::Internal, format!("cannot form a request: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_servers_and_names_cannot_leave_them() {
        let key = ObjectKey::new(Kind::Deployment, "shop", "../../nodes?x=1");
        assert_eq!(object(&key), "/apis/apps/v1/namespaces/shop/deployments/..%2F..%2Fnodes%3Fx%3D1");
        assert_eq!(list(Kind::Pod, None), "/api/v1/pods");
        assert_eq!(object(&ObjectKey::new(Kind::Namespace, "", "a")), "/api/v1/namespaces/a");
        assert_eq!(query(&[("a", "b c"), ("d", "e&f")]), "?a=b%20c&d=e%26f");
    }
}
