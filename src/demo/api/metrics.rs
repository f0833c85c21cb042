//! `metrics.k8s.io`: what pods and nodes use, computed from the simulation
//! when somebody asks, as a metrics server reports what it scraped last.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Api;
use super::dispatch::Call;
use super::form::Form;
use super::respond::{self, Answer};
use super::select::Selector;
use crate::demo::clock::rfc3339;
use crate::demo::kinds::Resource;
use crate::demo::status::{ApiError, Gr};
use crate::demo::store::Object;

/// What the usage is a mean over.
const WINDOW: &str = "15s";
/// What a node needs for itself: kubelet, runtime, agents.
const NODE_OWN: Usage = Usage { millicores: 140, bytes: 900 << 20 };

#[derive(Clone, Copy, Default)]
struct Usage {
    millicores: u64,
    bytes: u64,
}

impl Usage {
    fn add(&mut self, other: Self) {
        self.millicores += other.millicores;
        self.bytes += other.bytes;
    }

    /// In the units a metrics server reports: nanocores and KiB.
    fn shown(self) -> Value {
        json!({"cpu": format!("{}n", self.millicores * 1_000_000), "memory": format!("{}Ki", self.bytes >> 10)})
    }
}

/// GET of an object or of a list.
pub(super) fn answer(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let form = Form::of(call.header("accept"), &call.query)?;
    match call.route.verb.as_str() {
        "get" => {
            let name = call.route.name.as_str();
            let found = measured(api, row, Some(call.namespace(row)), &mut |o| o.name() == name);
            let gr = Gr { group: &row.group, resource: &row.plural };
            let object = found.first().ok_or_else(|| ApiError::not_found(gr, name))?;
            form.one(200, row, object, api)
        }
        "list" => {
            let selector = Selector::of(&call.query, row)?;
            let ns = (!call.route.namespace.is_empty()).then_some(call.route.namespace.as_str());
            let found = measured(api, row, ns, &mut |o| selector.matches(o));
            Ok(list(api, row, &found, form))
        }
        _ => Err(ApiError::method_not_allowed()),
    }
}

fn list(api: &Api, row: &Resource, objects: &[Arc<Object>], form: Form) -> http::Response<respond::Body> {
    if form != Form::Full {
        return form.list(row, objects, &json!({}), api);
    }
    let items: Vec<Value> = objects
        .iter()
        .map(|object| {
            let mut value = object.value();
            if let Some(map) = value.as_object_mut() {
                map.retain(|key, _| key != "kind" && key != "apiVersion");
            }
            value
        })
        .collect();
    let list =
        json!({"kind": row.list_kind(), "apiVersion": row.api_version(), "metadata": {}, "items": items});
    respond::json(200, &list)
}

/// Measurements of the pods or nodes that are wanted.
fn measured(
    api: &Api,
    row: &Resource,
    ns: Option<&str>,
    wanted: &mut dyn FnMut(&Object) -> bool,
) -> Vec<Arc<Object>> {
    let Some(usage) = api.usage() else { return Vec::new() };
    let of = |pod: &Object| {
        let (millicores, bytes) = usage(pod.namespace(), pod.name())?;
        Some(Usage { millicores, bytes })
    };
    if row.namespaced {
        let pods = api.store.list("pods", ns).0;
        let kept = pods.iter().filter(|pod| wanted(pod));
        return kept.filter_map(|pod| Some(sample(api, row, pod, &of_pod(pod, of(pod)?)))).collect();
    }
    let mut sums: BTreeMap<String, Usage> = BTreeMap::new();
    for pod in api.store.list("pods", None).0 {
        let node = pod.value()["spec"]["nodeName"].as_str().unwrap_or_default().to_owned();
        if let Some(used) = of(&pod) {
            sums.entry(node).or_default().add(used);
        }
    }
    let nodes = api.store.list("nodes", None).0;
    let kept = nodes.iter().filter(|node| wanted(node));
    kept.map(|node| {
        let mut used = NODE_OWN;
        used.add(sums.get(node.name()).copied().unwrap_or_default());
        sample(api, row, node, &json!({"usage": used.shown()}))
    })
    .collect()
}

/// The simulation counts by pod: the first container used it, its helpers idle.
fn of_pod(pod: &Object, used: Usage) -> Value {
    let value = pod.value();
    let containers = value["spec"]["containers"].as_array().into_iter().flatten();
    let all: Vec<Value> = containers
        .enumerate()
        .map(|(index, c)| {
            let own = if index == 0 { used } else { Usage::default() };
            json!({"name": c["name"], "usage": own.shown()})
        })
        .collect();
    json!({"containers": all})
}

fn sample(api: &Api, row: &Resource, of: &Object, body: &Value) -> Arc<Object> {
    let now = rfc3339(api.store.clock().now());
    let mut metadata = json!({"name": of.name(), "creationTimestamp": now});
    if !of.namespace().is_empty() {
        metadata["namespace"] = of.namespace().into();
    }
    let labels: serde_json::Map<String, Value> = of.labels().map(|(k, v)| (k.to_owned(), v.into())).collect();
    if !labels.is_empty() {
        metadata["labels"] = labels.into();
    }
    let mut value = json!({
        "kind": row.kind, "apiVersion": row.api_version(), "metadata": metadata, "timestamp": now, "window": WINDOW
    });
    if let (Some(map), Some(more)) = (value.as_object_mut(), body.as_object()) {
        map.extend(more.clone());
    }
    Arc::new(Object::freeze(value, 0))
}
