//! A pod's own HTTP, through the API server.

use super::Cluster;
use super::paths::{escape, get};
use super::wire::Limits;
use crate::domain::{Fault, Name, Namespace};
use std::time::Duration;

/// A large `/metrics` is 2 MiB; a scrape that takes longer than this is late anyway.
const SCRAPE: Limits = Limits { time: Duration::from_secs(10), bytes: 8 << 20 };

impl Cluster {
    /// GETs `path` (with its query, as in `/metrics`) from `port` of a pod. The
    /// text is as the pod sent it: not yet safe for a terminal.
    ///
    /// # Errors
    /// Not allowed (`pods/proxy`), no answer within 10 s, or more than 8 MiB.
    pub async fn pod_get(
        &self,
        namespace: &Namespace,
        pod: &Name,
        port: u16,
        path: &str,
    ) -> Result<String, Fault> {
        let asked = format!("get {path} from po/{pod} -n {namespace}");
        let (ns, name) = (escape(namespace.as_str()), escape(pod.as_str()));
        let path = path.trim_start_matches('/');
        let request = get(&format!("/api/v1/namespaces/{ns}/pods/{name}:{port}/proxy/{path}"))?;
        let body = self.wire.body(&asked, request, SCRAPE).await?;
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}
