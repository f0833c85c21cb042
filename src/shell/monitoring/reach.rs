//! Straight to a server, or through the API server's service proxy.

use crate::cluster::{Cluster, Sent, ServicePlace};
use crate::domain::FaultKind;
use crate::metrics::prometheus::{ApiError, How, HttpTransport, Reply, Request, Transport};
use std::fmt::Write as _;
use std::time::Duration;

/// A way to a server.
#[derive(Debug)]
pub enum Reach {
    /// By its own address.
    Direct(HttpTransport),
    /// Through the API server, with the rights of the person at the keyboard.
    Proxied {
        /// The connection.
        cluster: Cluster,
        /// The Service.
        place: ServicePlace,
        /// The longest an answer may take.
        patience: Duration,
    },
}

/// A query longer than this is sent as a form: servers and proxies cut long
/// URLs, and a POST takes the right to `create`, which fewer people have.
const LONGEST_URL: usize = 6_000;

impl Transport for Reach {
    async fn send(&self, request: Request) -> Result<Reply, ApiError> {
        match self {
            Self::Direct(direct) => direct.send(request).await,
            Self::Proxied { cluster, place, patience } => {
                let form = encoded(&request.form);
                let (path, sent) = match &request.how {
                    How::Form if form.len() > LONGEST_URL => {
                        (request.path.clone(), Sent::Post("application/x-www-form-urlencoded", &form))
                    }
                    How::Get | How::Form => (with_query(&request.path, &form), Sent::Get),
                    How::Json(text) => {
                        (with_query(&request.path, &form), Sent::Post("application/json", text))
                    }
                    How::Delete => (with_query(&request.path, &form), Sent::Delete),
                };
                let answer = cluster.service_send(place, &path, sent, *patience).await;
                let (status, body) = answer.map_err(|fault| {
                    let late = fault.kind == FaultKind::Timeout;
                    if late { ApiError::Timeout(*patience) } else { ApiError::Connection(fault.text) }
                })?;
                Ok(Reply { status, body })
            }
        }
    }
}

fn with_query(path: &str, form: &str) -> String {
    if form.is_empty() { path.to_owned() } else { format!("{path}?{form}") }
}

/// `a=1&b=x%20y`
fn encoded(pairs: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        for (sign, text) in [(if out.is_empty() { "" } else { "&" }, name), ("=", value)] {
            out.push_str(sign);
            for byte in text.bytes() {
                if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                    out.push(char::from(byte));
                } else {
                    let _infallible = write!(out, "%{byte:02X}");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded() {
        let pairs = [("query", "up{a=\"b\"}"), ("match[]", "x y")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(encoded(&pairs), "query=up%7Ba%3D%22b%22%7D&match%5B%5D=x%20y");
        assert_eq!(with_query("/a", ""), "/a");
    }
}
