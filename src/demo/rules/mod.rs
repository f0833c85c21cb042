//! What the API server knows about kinds beyond their names: what a new
//! object gets that its author did not write.

pub mod amount;
mod data;
pub mod defaults;
pub mod names;
mod pods;
pub mod validate;
mod volumes;
pub mod warnings;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock::rfc3339;
use super::kinds::Resource;

/// Completes a new object: everything the registry's strategies and defaults add on create.
pub(super) fn on_create(resource: &Resource, value: &mut Value, now: Timestamp) {
    if !value.is_object() {
        return;
    }
    match &*resource.storage {
        "namespaces" => {
            let name = value["metadata"]["name"].clone();
            value["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
            value["spec"] = json!({"finalizers": ["kubernetes"]});
            value["status"] = json!({"phase": "Active"});
        }
        "customresourcedefinitions" => accept_crd(value, now),
        "pods" => {
            let qos = qos_class(value);
            if let Some(map) = value.as_object_mut() {
                map.entry("status").or_insert_with(|| json!({"phase": "Pending", "qosClass": qos}));
            }
        }
        _ => {}
    }
    defaults::apply(resource, value);
    if resource.has("status")
        && !resource.is_custom()
        && let Some(map) = value.as_object_mut()
    {
        map.entry("status").or_insert_with(|| first_status(resource));
    }
}

/// Completes a changed object.
pub(super) fn on_change(resource: &Resource, value: &mut Value) {
    if !resource.is_custom() {
        defaults::apply(resource, value);
    }
}

/// What the status of a new object says: counters that Go writes even when they are 0.
fn first_status(resource: &Resource) -> Value {
    match &*resource.storage {
        "replicasets" => json!({"replicas": 0}),
        "statefulsets" => json!({"replicas": 0, "availableReplicas": 0}),
        "daemonsets" => json!({
            "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0
        }),
        "horizontalpodautoscalers" => json!({"desiredReplicas": 0, "currentMetrics": null}),
        "poddisruptionbudgets" => {
            json!({"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0})
        }
        "services" => json!({"loadBalancer": {}}),
        _ => json!({}),
    }
}

/// The names controller of a real server accepts a CRD within milliseconds; here it is at once.
fn accept_crd(value: &mut Value, now: Timestamp) {
    let at = rfc3339(now);
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "lastTransitionTime": at, "reason": reason, "message": message});
    let stored: Vec<Value> = value["spec"]["versions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|v| v["storage"] == true)
        .map(|v| v["name"].clone())
        .collect();
    value["status"] = json!({
        "conditions": [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
        "acceptedNames": value["spec"]["names"],
        "storedVersions": stored,
    });
}

/// `status.qosClass`, from the requests and limits of the containers.
pub(super) fn qos_class(pod: &Value) -> &'static str {
    let containers =
        pod.pointer("/spec/containers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let of = |c: &Value, part: &str, what: &str| c["resources"][part][what].clone();
    let any = |c: &Value| {
        ["requests", "limits"].iter().any(|p| ["cpu", "memory"].iter().any(|w| !of(c, p, w).is_null()))
    };
    let full = |c: &Value| {
        ["cpu", "memory"].iter().all(|w| {
            let (limit, request) = (of(c, "limits", w), of(c, "requests", w));
            !limit.is_null() && (request.is_null() || request == limit)
        })
    };
    if !containers.iter().any(any) {
        "BestEffort"
    } else if containers.iter().all(full) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}
