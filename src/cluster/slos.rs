//! Objectives that are kept in the cluster: Sloth's and Pyrra's resources.

use super::Cluster;
use crate::domain::{Fault, FaultKind, Namespace};
use serde_json::{Value, json};

/// API group and version, plural, and kind.
const KINDS: [(&str, &str, &str); 2] = [
    ("sloth.slok.dev/v1", "prometheusservicelevels", "PrometheusServiceLevel"),
    ("pyrra.dev/v1alpha1", "servicelevelobjectives", "ServiceLevelObjective"),
];

impl Cluster {
    /// The objectives kept in the cluster, each as (where it is, its text as
    /// JSON). A kind that is not served, or may not be seen, has none.
    ///
    /// # Errors
    /// No answer.
    pub async fn slo_resources(&self, namespace: Option<&Namespace>) -> Result<Vec<(String, String)>, Fault> {
        let mut found = Vec::new();
        for (version, plural, kind) in KINDS {
            let within = namespace.map(|ns| format!("/namespaces/{ns}")).unwrap_or_default();
            let path = format!("/apis/{version}{within}/{plural}");
            let items = match self.list_all(&format!("list {plural}"), &path, &[]).await {
                Ok(items) => items,
                Err(fault) if matches!(fault.kind, FaultKind::NotFound | FaultKind::Forbidden) => continue,
                Err(fault) => return Err(fault),
            };
            found.extend(items.into_iter().map(|item| document(item, version, kind)));
        }
        Ok(found)
    }
}

fn document(mut item: Value, version: &str, kind: &str) -> (String, String) {
    // Items of a list need not say what they are.
    if let Some(map) = item.as_object_mut() {
        map.insert("apiVersion".to_owned(), json!(version));
        map.insert("kind".to_owned(), json!(kind));
    }
    let text = |path: &str| item.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let place = format!("{kind} {}/{}", text("/metadata/namespace"), text("/metadata/name"));
    (place, item.to_string())
}
