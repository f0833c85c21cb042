//! `proxy`: a request to a pod's port, answered by whoever simulates the pod.

use crate::demo::api::Api;
use crate::demo::api::dispatch::Call;
use crate::demo::api::respond::{self, Answer};
use crate::demo::status::{ApiError, Gr};

/// GET.
pub(super) fn get(api: &Api, call: &Call) -> Answer {
    let (name, _port) = split(&call.route.name);
    let ns = call.route.namespace.as_str();
    let gr = Gr { group: "", resource: "pods" };
    let pod = api.store.get("pods", ns, name).ok_or_else(|| ApiError::not_found(gr, name))?;
    if pod.value()["status"]["podIP"].as_str().unwrap_or_default().is_empty() {
        return Err(ApiError::bad_request("address not allowed"));
    }
    let mut path = format!("/{}", call.route.rest.join("/"));
    if let Some(query) = call.head.uri.query() {
        path = format!("{path}?{query}");
    }
    // Simulated pods listen on one port; whichever is asked for answers.
    let answer = api.pod_proxy().and_then(|proxy| proxy(ns, name, &path));
    match answer {
        Some((code, body)) => Ok(respond::text(code, body)),
        None => Err(ApiError::plain(
            503,
            "ServiceUnavailable",
            format!(
                "error trying to reach service: dial tcp {}: connect: connection refused",
                pod.value()["status"]["podIP"].as_str().unwrap_or_default()
            ),
        )),
    }
}

/// `[scheme:]name[:port]`.
fn split(name: &str) -> (&str, Option<&str>) {
    let parts: Vec<&str> = name.split(':').collect();
    match parts.as_slice() {
        [_scheme, name, port] => (name, Some(port)),
        [name, port] => (name, Some(port)),
        _ => (name, None),
    }
}
