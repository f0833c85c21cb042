//! EndpointSlices: which pods stand behind a Service, and which of them are ready.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::Change;
use super::key::{Key, resource};
use super::meta::{Map, Meta, controller_ref};
use super::pod::PodView;
use super::selector::Selector;
use super::table::Sight;

/// Most endpoints in one slice, as the real controller's default.
const PER_SLICE: usize = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Service {
    metadata: Meta,
    spec: ServiceSpec,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ServiceSpec {
    selector: Map,
    ports: Vec<ServicePort>,
    publish_not_ready_addresses: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ServicePort {
    name: Option<String>,
    port: i64,
    protocol: Option<String>,
    target_port: Value,
    app_protocol: Option<String>,
}

/// Brings the slices of a Service in line with its pods.
pub fn decide(sight: &Sight<'_>, key: &Key, _: Timestamp, _: &mut fastrand::Rng) -> Vec<Change> {
    let cache = sight.cache;
    let Some(service) = cache.read::<Service>(key) else { return Vec::new() };
    if service.spec.selector.is_empty() || service.metadata.deletion_timestamp.is_some() {
        return Vec::new();
    }
    let selector = Selector::from_labels(service.spec.selector.clone());
    let mut pods: Vec<&PodView> = cache
        .pods(&key.ns)
        .filter(|p| !p.ip.is_empty() && !p.is_finished() && p.matches(&selector))
        .collect();
    pods.sort_by(|a, b| a.key.cmp(&b.key));
    let ports = ports(&service, pods.first().copied());
    let mut chunks: Vec<&[&PodView]> = pods.chunks(PER_SLICE).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    let mut changes = Vec::new();
    for (index, chunk) in chunks.iter().enumerate() {
        let name = slice_name(key, service.metadata.uid.as_str(), index);
        let endpoints: Vec<Value> = chunk.iter().map(|p| endpoint(p, &service)).collect();
        let slice_key = Key::new(resource::ENDPOINT_SLICES, &key.ns, &name);
        match cache.object(&slice_key).map(|o| o.value()) {
            None => changes.push(create(&service, &name, &endpoints, &ports)),
            Some(old) if old["endpoints"] != json!(endpoints) || old["ports"] != ports => {
                let patch = json!({"endpoints": endpoints, "ports": ports});
                changes.push(Change::Patch { key: slice_key, patch });
            }
            Some(_) => {}
        }
    }
    let kept = chunks.len();
    for old in cache.dependents(&service.metadata.uid) {
        let stale = &*old.resource == resource::ENDPOINT_SLICES
            && (0..kept).all(|i| slice_name(key, &service.metadata.uid, i) != *old.name);
        if let (true, Some(object)) = (stale, cache.object(old)) {
            changes.push(Change::Delete { key: old.clone(), uid: object.uid().to_owned(), grace: None });
        }
    }
    changes
}

/// `<service>-<five characters>`, the same in every run.
fn slice_name(key: &Key, uid: &str, index: usize) -> String {
    let hash = super::hash::template_hash(&json!([uid, index]), None);
    let tail: String = hash.chars().take(5).collect();
    format!("{}-{tail}", key.name)
}

fn create(service: &Service, name: &str, endpoints: &[Value], ports: &Value) -> Change {
    let meta = &service.metadata;
    let mut labels = meta.labels.clone();
    labels.insert("kubernetes.io/service-name".into(), meta.name.clone());
    labels.insert("endpointslice.kubernetes.io/managed-by".into(), "endpointslice-controller.k8s.io".into());
    let body = json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": name,
            "generateName": format!("{}-", meta.name),
            "namespace": meta.namespace,
            "labels": labels,
            "ownerReferences": [controller_ref(resource::SERVICES, meta)],
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": ports,
    });
    Change::Create { resource: resource::ENDPOINT_SLICES, body }
}

fn endpoint(pod: &PodView, service: &Service) -> Value {
    let serving = pod.is_ready();
    let ready = (serving || service.spec.publish_not_ready_addresses) && !pod.deleting;
    json!({
        "addresses": [&*pod.ip],
        "conditions": {"ready": ready, "serving": serving, "terminating": pod.deleting},
        "nodeName": &*pod.node,
        "targetRef": {"kind": "Pod", "namespace": &*pod.key.ns, "name": &*pod.key.name, "uid": pod.uid()},
    })
}

/// Ports of the slice; a named target port is looked up in the first pod.
fn ports(service: &Service, pod: Option<&PodView>) -> Value {
    let spec = pod.map(|p| p.object.value()).unwrap_or_default();
    let named = |name: &str| {
        let containers = spec.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
        let ports = containers.filter_map(|c| c.get("ports")?.as_array()).flatten();
        ports.into_iter().find(|p| p["name"] == name).and_then(|p| p["containerPort"].as_i64())
    };
    let port = |p: &ServicePort| {
        let target = &p.target_port;
        let number = target.as_str().map_or_else(|| target.as_i64().filter(|n| *n > 0), named);
        let mut out = json!({
            "name": p.name.clone().unwrap_or_default(),
            "port": number.unwrap_or(p.port),
            "protocol": p.protocol.as_deref().unwrap_or("TCP"),
        });
        if let Some(app) = &p.app_protocol {
            out["appProtocol"] = app.clone().into();
        }
        out
    };
    service.spec.ports.iter().map(port).collect()
}
