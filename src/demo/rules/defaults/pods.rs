//! Pods, their containers and volumes.

use serde_json::{Value, json};

use super::{Fields, each, put, with};

/// A pod.
pub(super) fn pod(top: &mut Fields) {
    with(top, "spec", |spec| {
        pod_spec(spec);
        put(spec, "enableServiceLinks", json!(true));
        put(spec, "preemptionPolicy", json!("PreemptLowerPriority"));
        put(spec, "priority", json!(0));
        put(spec, "serviceAccountName", json!("default"));
        let account = spec.get("serviceAccountName").cloned().unwrap_or_default();
        put(spec, "serviceAccount", account);
        let tolerate = |key: &str| json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
        put(spec, "tolerations", json!([tolerate("not-ready"), tolerate("unreachable")]));
    });
}

/// A pod's spec, in a Pod or a template.
pub fn pod_spec(spec: &mut Fields) {
    put(spec, "restartPolicy", json!("Always"));
    put(spec, "terminationGracePeriodSeconds", json!(30));
    put(spec, "dnsPolicy", json!("ClusterFirst"));
    put(spec, "securityContext", json!({}));
    put(spec, "schedulerName", json!("default-scheduler"));
    for key in ["containers", "initContainers"] {
        each(spec, key, container);
    }
    each(spec, "volumes", volume);
}

fn container(c: &mut Fields) {
    let image = c.get("image").and_then(Value::as_str).unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    let latest = !image.contains('@') && (last.ends_with(":latest") || !last.contains(':'));
    put(c, "imagePullPolicy", json!(if latest { "Always" } else { "IfNotPresent" }));
    put(c, "terminationMessagePath", json!("/dev/termination-log"));
    put(c, "terminationMessagePolicy", json!("File"));
    put(c, "resources", json!({}));
    with(c, "resources", |r| {
        let limits = r.get("limits").and_then(Value::as_object).cloned().unwrap_or_default();
        if !limits.is_empty() {
            put(r, "requests", json!({}));
            with(r, "requests", |requests| limits.into_iter().for_each(|(k, v)| put(requests, &k, v)));
        }
    });
    each(c, "ports", |p| put(p, "protocol", json!("TCP")));
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        with(c, key, probe);
    }
    each(c, "env", |e| with(e, "valueFrom", |v| with(v, "fieldRef", |f| put(f, "apiVersion", json!("v1")))));
}

fn probe(p: &mut Fields) {
    put(p, "timeoutSeconds", json!(1));
    put(p, "periodSeconds", json!(10));
    put(p, "successThreshold", json!(1));
    put(p, "failureThreshold", json!(3));
    with(p, "httpGet", |h| {
        put(h, "path", json!("/"));
        put(h, "scheme", json!("HTTP"));
    });
    with(p, "grpc", |g| put(g, "service", json!("")));
}

fn volume(v: &mut Fields) {
    for key in ["configMap", "secret", "projected", "downwardAPI"] {
        with(v, key, |source| put(source, "defaultMode", json!(420)));
    }
    with(v, "hostPath", |h| put(h, "type", json!("")));
    if v.keys().all(|k| k == "name") {
        v.insert("emptyDir".into(), json!({}));
    }
}
