//! Objects as small as the server lets them be.

#![allow(clippy::needless_pass_by_value, reason = "callers make the value where they pass it")]

use serde_json::{Value, json};

/// Runs everywhere: the fake kubelets need no image, and a real one can pull it.
pub(crate) const IMAGE: &str = "registry.k8s.io/pause:3.10";
/// Runs nowhere.
pub(crate) const BROKEN: &str = "registry.k8s.io/pause:nopull";

pub(crate) fn config_map(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

pub(crate) fn labelled(name: &str, labels: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}})
}

pub(crate) fn pod(name: &str, image: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}},
           "spec": {"containers": [{"name": "app", "image": image}]}})
}

pub(crate) fn deployment(name: &str, replicas: u32, image: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
           "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": {
               "metadata": {"labels": {"app": name}},
               "spec": {"containers": [{"name": "app", "image": image}]}}}})
}

pub(crate) fn replica_set(name: &str, replicas: u32) -> Value {
    let template = &deployment(name, 0, IMAGE)["spec"]["template"];
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name},
           "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}})
}

pub(crate) fn lease(name: &str, holder: &str) -> Value {
    json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name},
           "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15}})
}
