//! Where PodMonitor and ServiceMonitor objects (the Prometheus operator's) say
//! that pods offer metrics.
//!
//! Absent on purpose: endpoints over https (the pod proxy would need to be told
//! whom to trust), relabelling and authorisation: who needs those has a
//! Prometheus.

use super::Cluster;
use super::paths::{escape, list};
use super::read::selector;
use crate::domain::{Fault, FaultKind, Kind, Name, Namespace, ScrapePoint};
use serde_json::Value;
use std::collections::HashMap;

/// Monitors looked at; each costs one question or a few.
const MOST: usize = 50;

/// Pods of each place and name, with where they offer metrics.
pub type MonitoredPods = HashMap<(Namespace, Name), ScrapePoint>;

/// A way a pod's port is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port<'a> {
    Named(&'a str),
    Number(u16),
}

impl<'a> Port<'a> {
    /// A name, or a number as a number or text.
    fn of(value: &'a Value) -> Option<Self> {
        let number = |n: u64| u16::try_from(n).ok().filter(|n| *n > 0).map(Self::Number);
        match value {
            Value::String(text) => Some(text.parse().ok().and_then(number).unwrap_or(Self::Named(text))),
            Value::Number(value) => value.as_u64().and_then(number),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Its number in a pod; a named one must be declared.
    fn number(self, pod: &Value) -> Option<u16> {
        let wanted = match self {
            Self::Named(wanted) => wanted,
            Self::Number(number) => return Some(number),
        };
        let containers = items(pod, "/spec/containers");
        let mut ports = containers.flat_map(|container| items(container, "/ports"));
        let port = ports.find(|port| text(port, "/name") == wanted)?;
        port.get("containerPort").and_then(Value::as_u64).and_then(|n| u16::try_from(n).ok())
    }
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn items<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

impl Cluster {
    /// The pods that monitors select, with where they offer metrics; none where
    /// no monitors are served or may be seen.
    ///
    /// # Errors
    /// No answer.
    pub async fn monitored_pods(&self, namespace: Option<&Namespace>) -> Result<MonitoredPods, Fault> {
        let mut found = MonitoredPods::new();
        for monitor in self.monitors("podmonitors", namespace).await? {
            for place in places(&monitor, namespace) {
                let pods = self.pods_with(place.as_ref(), &selecting(&monitor)).await?;
                for endpoint in items(&monitor, "/spec/podMetricsEndpoints") {
                    take(&mut found, &pods, endpoint, pod_port(endpoint));
                }
            }
        }
        for monitor in self.monitors("servicemonitors", namespace).await? {
            for place in places(&monitor, namespace) {
                let wanted = selecting(&monitor);
                for service in self.labelled("services", place.as_ref(), &wanted).await? {
                    let home = Namespace::from(text(&service, "/metadata/namespace"));
                    let labels = behind(&service);
                    if labels.is_empty() {
                        continue;
                    }
                    let pods = self.pods_with(Some(&home), &labels).await?;
                    for endpoint in items(&monitor, "/spec/endpoints") {
                        take(&mut found, &pods, endpoint, service_port(endpoint, &service));
                    }
                }
            }
        }
        Ok(found)
    }

    async fn monitors(&self, plural: &str, namespace: Option<&Namespace>) -> Result<Vec<Value>, Fault> {
        let within = namespace.map(|ns| format!("/namespaces/{}", escape(ns.as_str()))).unwrap_or_default();
        let path = format!("/apis/monitoring.coreos.com/v1{within}/{plural}");
        match self.list_all(&format!("list {plural}"), &path, &[]).await {
            Ok(mut monitors) => {
                monitors.truncate(MOST);
                Ok(monitors)
            }
            Err(fault) if matches!(fault.kind, FaultKind::NotFound | FaultKind::Forbidden) => Ok(Vec::new()),
            Err(fault) => Err(fault),
        }
    }

    async fn pods_with(&self, namespace: Option<&Namespace>, labels: &str) -> Result<Vec<Value>, Fault> {
        self.list_all("list monitored pods", &list(Kind::Pod, namespace), &[("labelSelector", labels)]).await
    }

    async fn labelled(
        &self,
        plural: &str,
        namespace: Option<&Namespace>,
        labels: &str,
    ) -> Result<Vec<Value>, Fault> {
        let within = namespace.map(|ns| format!("/namespaces/{}", escape(ns.as_str()))).unwrap_or_default();
        let asked = format!("list monitored {plural}");
        self.list_all(&asked, &format!("/api/v1{within}/{plural}"), &[("labelSelector", labels)]).await
    }
}

/// The namespaces a monitor selects in: its own, those it names, or all; never
/// others than the one looked at.
fn places(monitor: &Value, looked_at: Option<&Namespace>) -> Vec<Option<Namespace>> {
    if monitor.pointer("/spec/namespaceSelector/any").and_then(Value::as_bool) == Some(true) {
        return vec![looked_at.cloned()];
    }
    let named: Vec<Namespace> = items(monitor, "/spec/namespaceSelector/matchNames")
        .filter_map(Value::as_str)
        .map(Namespace::from)
        .collect();
    let own = Namespace::from(text(monitor, "/metadata/namespace"));
    let all = if named.is_empty() { vec![own] } else { named };
    all.into_iter().filter(|place| looked_at.is_none_or(|only| only == place)).map(Some).collect()
}

/// What a monitor selects by; an empty selector selects everything.
fn selecting(monitor: &Value) -> String {
    monitor.pointer("/spec/selector").map(selector).unwrap_or_default()
}

/// The selector of the pods behind a Service, which is a plain map.
fn behind(service: &Value) -> String {
    let pairs = service.pointer("/spec/selector").and_then(Value::as_object).into_iter().flatten();
    let pairs = pairs.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
    pairs.collect::<Vec<_>>().join(",")
}

fn pod_port(endpoint: &Value) -> Option<Port<'_>> {
    ["port", "portNumber", "targetPort"].iter().find_map(|key| Port::of(endpoint.get(key)?))
}

/// The pod's port behind a Service's, by its name; or the one the endpoint names itself.
fn service_port<'a>(endpoint: &'a Value, service: &'a Value) -> Option<Port<'a>> {
    let Some(name) = endpoint.get("port").and_then(Value::as_str) else {
        return Port::of(endpoint.get("targetPort")?);
    };
    let port = items(service, "/spec/ports").find(|port| text(port, "/name") == name)?;
    Port::of(port.get("targetPort").or_else(|| port.get("port"))?)
}

/// Takes the pods in that have the port; the first endpoint of a pod counts.
fn take(found: &mut MonitoredPods, pods: &[Value], endpoint: &Value, port: Option<Port<'_>>) {
    let Some(port) = port.filter(|_| !text(endpoint, "/scheme").eq_ignore_ascii_case("https")) else {
        return;
    };
    let path = match text(endpoint, "/path") {
        "" => "/metrics",
        path => path,
    };
    for pod in pods {
        let Some(number) = port.number(pod) else { continue };
        let key = (text(pod, "/metadata/namespace").into(), text(pod, "/metadata/name").into());
        found.entry(key).or_insert_with(|| ScrapePoint { port: number, path: path.into() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str) -> Value {
        json!({
            "metadata": {"namespace": "shop", "name": name},
            "spec": {"containers": [
                {"name": "proxy"},
                {"name": "app", "ports": [{"name": "web", "containerPort": 8080}, {"name": "admin", "containerPort": 9000}]},
            ]},
        })
    }

    fn point(endpoint: &Value, port: Option<Port<'_>>) -> Option<(u16, String)> {
        let mut found = MonitoredPods::new();
        take(&mut found, &[pod("a")], endpoint, port);
        found.into_values().next().map(|point| (point.port, point.path.to_string()))
    }

    #[test]
    fn ports_are_found_by_name_number_and_through_a_service() {
        let service = json!({"spec": {"ports": [
            {"name": "http", "port": 80, "targetPort": "web"},
            {"name": "admin", "port": 81, "targetPort": 9000},
            {"name": "plain", "port": 8080},
        ]}});
        for (endpoint, expected) in [
            (json!({"port": "http"}), Some(8080)),
            (json!({"port": "admin"}), Some(9000)),
            (json!({"port": "plain"}), Some(8080)),
            (json!({"port": "gone"}), None),
            (json!({"targetPort": "admin"}), Some(9000)),
        ] {
            let found = point(&endpoint, service_port(&endpoint, &service)).map(|(port, _)| port);
            assert_eq!(found, expected, "{endpoint}");
        }
        for (endpoint, expected) in [
            (json!({"port": "web", "path": "/stats?all=1"}), Some((8080, "/stats?all=1"))),
            (json!({"portNumber": 9000}), Some((9000, "/metrics"))),
            (json!({"targetPort": "9000"}), Some((9000, "/metrics"))),
            (json!({"port": "web", "scheme": "https"}), None),
            (json!({"port": "nothing"}), None),
            (json!({}), None),
        ] {
            let expected = expected.map(|(port, path)| (port, path.to_owned()));
            assert_eq!(point(&endpoint, pod_port(&endpoint)), expected, "{endpoint}");
        }
    }

    #[test]
    fn monitors_select_in_their_own_namespace_in_named_ones_or_everywhere() {
        let monitor = |selector: Value| json!({"metadata": {"namespace": "monitoring"}, "spec": {"namespaceSelector": selector}});
        let some = |names: &[&str]| names.iter().map(|n| Some(Namespace::from(*n))).collect::<Vec<_>>();
        assert_eq!(places(&monitor(Value::Null), None), some(&["monitoring"]));
        assert_eq!(places(&monitor(json!({"matchNames": ["a", "b"]})), None), some(&["a", "b"]));
        assert_eq!(places(&monitor(json!({"matchNames": ["a", "b"]})), Some(&"b".into())), some(&["b"]));
        assert_eq!(places(&monitor(json!({"any": true})), None), vec![None]);
        assert_eq!(places(&monitor(json!({"any": true})), Some(&"b".into())), some(&["b"]));
        assert_eq!(places(&monitor(Value::Null), Some(&"b".into())), Vec::new());
    }
}
