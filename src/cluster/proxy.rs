//! HTTP of pods and Services, through the API server.

use super::paths::{escape, finish, get};
use super::wire::Limits;
use super::{Cluster, status};
use crate::domain::{Fault, Name, Namespace};
use bytes::Bytes;
use serde_json::Value;
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

/// A Service's HTTP port, reached through the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePlace {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: Name,
    /// Port name or number.
    pub port: String,
}

/// What is sent to a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent<'a> {
    /// GET.
    Get,
    /// POST of this body, with its content type.
    Post(&'static str, &'a str),
    /// DELETE.
    Delete,
}

/// Answers of monitoring may be long: 11,000 points of 100 series are 25 MB.
const MONITORING_BYTES: usize = 64 << 20;

impl Cluster {
    /// Services that carry a label (`app=prometheus`), with their ports by name
    /// and number.
    ///
    /// # Errors
    /// The list may not be read, or no answer came.
    pub async fn services_with(&self, label: &str) -> Result<Vec<(ServicePlace, Vec<(String, u16)>)>, Fault> {
        let pairs = [("labelSelector", label)];
        let items = self.list_all("list services", "/api/v1/services", &pairs).await?;
        let place = |item: &Value| {
            let text = |path: &str| item.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
            let ports = item.pointer("/spec/ports").and_then(Value::as_array).cloned().unwrap_or_default();
            let port = |port: &Value| {
                let name = port.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
                let number = port.get("port").and_then(Value::as_u64)?;
                Some((name, u16::try_from(number).ok()?))
            };
            let ports = ports.iter().filter_map(port).collect();
            let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
            let port = String::new();
            (ServicePlace { namespace: namespace.as_str().into(), name: name.as_str().into(), port }, ports)
        };
        Ok(items.iter().map(place).collect())
    }

    /// Sends a request to a Service (`path` with its query) and returns status
    /// and body, whatever the status. What the API server itself refuses is a
    /// fault, not an answer.
    ///
    /// # Errors
    /// Not allowed (`services/proxy`), nobody behind the Service, no answer in
    /// `time`, or a body that is too long.
    pub async fn service_send(
        &self,
        place: &ServicePlace,
        path: &str,
        sent: Sent<'_>,
        time: Duration,
    ) -> Result<(u16, Bytes), Fault> {
        let ServicePlace { namespace, name, port } = place;
        let asked = format!("ask svc/{name} -n {namespace}");
        let (ns, service) = (escape(namespace.as_str()), escape(name.as_str()));
        let path = path.trim_start_matches('/');
        let url = format!("/api/v1/namespaces/{ns}/services/{service}:{}/proxy/{path}", escape(port));
        let request = match sent {
            Sent::Get => get(&url)?,
            Sent::Delete => finish(http::Request::delete(&url), Vec::new())?,
            Sent::Post(kind, body) => {
                let builder = http::Request::post(&url).header(http::header::CONTENT_TYPE, kind);
                finish(builder, body.as_bytes().to_vec())?
            }
        };
        let limits = Limits { time, bytes: MONITORING_BYTES };
        let answer = self.wire.call(&asked, request, limits).await.map_err(|error| error.fault)?;
        let own = answer.code >= 400
            && serde_json::from_slice::<Value>(&answer.body)
                .is_ok_and(|body| body.get("kind").and_then(Value::as_str) == Some("Status"));
        if own {
            Err(status::of_answer(&asked, &answer, &self.wire.site))
        } else {
            Ok((answer.code, answer.body))
        }
    }
}
