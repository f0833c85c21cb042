//! The defaults a real API server writes into objects that leave fields out.

mod pods;

use serde_json::{Map, Value, json};

use self::pods::pod;
pub use self::pods::pod_spec;

use crate::demo::kinds::Resource;

type Fields = Map<String, Value>;

/// Completes an object of a built-in kind; doing it twice changes nothing.
pub fn apply(row: &Resource, value: &mut Value) {
    let Some(top) = value.as_object_mut() else {
        return;
    };
    match &*row.storage {
        "pods" => pod(top),
        "deployments" => workload(top, deployment),
        "replicasets" | "replicationcontrollers" => workload(top, |spec| put(spec, "replicas", json!(1))),
        "statefulsets" => workload(top, statefulset),
        "daemonsets" => {
            workload(top, daemonset);
            template_generation(top);
        }
        "jobs" => {
            workload(top, job);
            job_selector(top);
        }
        "cronjobs" => cronjob(top),
        "services" => service(top),
        "secrets" => secret(top),
        "horizontalpodautoscalers" => with(top, "spec", |spec| put(spec, "minReplicas", json!(1))),
        "persistentvolumeclaims" => with(top, "spec", |spec| put(spec, "volumeMode", json!("Filesystem"))),
        "leases" => put(top, "spec", json!({})),
        "rolebindings" | "clusterrolebindings" => binding(top),
        "customresourcedefinitions" => with(top, "spec", crd),
        "networkpolicies" => with(top, "spec", network_policy),
        _ => {}
    }
}

fn put(map: &mut Fields, key: &str, value: Value) {
    if map.get(key).is_none_or(Value::is_null) {
        map.insert(key.to_owned(), value);
    }
}

fn with(map: &mut Fields, key: &str, f: impl FnOnce(&mut Fields)) {
    if let Some(inner) = map.get_mut(key).and_then(Value::as_object_mut) {
        f(inner);
    }
}

fn each(map: &mut Fields, key: &str, mut f: impl FnMut(&mut Fields)) {
    for item in map.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(item) = item.as_object_mut() {
            f(item);
        }
    }
}

fn workload(top: &mut Fields, own: impl FnOnce(&mut Fields)) {
    with(top, "spec", |spec| {
        own(spec);
        with(spec, "template", |template| with(template, "spec", pod_spec));
    });
}

fn deployment(spec: &mut Fields) {
    put(spec, "replicas", json!(1));
    put(spec, "revisionHistoryLimit", json!(10));
    put(spec, "progressDeadlineSeconds", json!(600));
    rolling(spec, "strategy", &[("maxUnavailable", json!("25%")), ("maxSurge", json!("25%"))]);
}

fn statefulset(spec: &mut Fields) {
    put(spec, "replicas", json!(1));
    put(spec, "revisionHistoryLimit", json!(10));
    put(spec, "podManagementPolicy", json!("OrderedReady"));
    put(
        spec,
        "persistentVolumeClaimRetentionPolicy",
        json!({"whenDeleted": "Retain", "whenScaled": "Retain"}),
    );
    rolling(spec, "updateStrategy", &[("partition", json!(0))]);
}

fn daemonset(spec: &mut Fields) {
    put(spec, "revisionHistoryLimit", json!(10));
    rolling(spec, "updateStrategy", &[("maxUnavailable", json!(1)), ("maxSurge", json!(0))]);
}

/// What is left of `spec.templateGeneration` of older versions.
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

fn template_generation(top: &mut Fields) {
    with(top, "metadata", |meta| {
        put(meta, "annotations", json!({}));
        with(meta, "annotations", |notes| put(notes, TEMPLATE_GENERATION, json!("1")));
    });
}

fn rolling(spec: &mut Fields, key: &str, parameters: &[(&str, Value)]) {
    put(spec, key, json!({}));
    with(spec, key, |strategy| {
        put(strategy, "type", json!("RollingUpdate"));
        if strategy.get("type").is_some_and(|t| t == "RollingUpdate") {
            put(strategy, "rollingUpdate", json!({}));
            with(strategy, "rollingUpdate", |rolling| {
                for (name, value) in parameters {
                    put(rolling, name, value.clone());
                }
            });
        }
    });
}

fn job(spec: &mut Fields) {
    if !spec.contains_key("completions") && !spec.contains_key("parallelism") {
        put(spec, "completions", json!(1));
    }
    put(spec, "parallelism", json!(1));
    put(spec, "backoffLimit", json!(6));
    put(spec, "completionMode", json!("NonIndexed"));
    put(spec, "suspend", json!(false));
    put(spec, "manualSelector", json!(false));
    if spec.get("manualSelector") == Some(&json!(false)) {
        spec.remove("manualSelector");
    }
    put(spec, "podReplacementPolicy", json!("TerminatingOrFailed"));
}

/// A Job selects its pods by its own uid unless told otherwise.
fn job_selector(top: &mut Fields) {
    let meta = |key: &str| top.get("metadata").and_then(|m| m.get(key)).cloned().unwrap_or_default();
    let (uid, name) = (meta("uid"), meta("name"));
    if uid.is_null() {
        return;
    }
    let labels = json!({
        "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
        "controller-uid": uid, "job-name": name
    });
    with(top, "spec", |spec| {
        put(spec, "selector", json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
        with(spec, "template", |template| {
            put(template, "metadata", json!({}));
            with(template, "metadata", |meta| {
                put(meta, "labels", json!({}));
                with(meta, "labels", |own| {
                    for (k, v) in labels.as_object().into_iter().flatten() {
                        put(own, k, v.clone());
                    }
                });
            });
        });
    });
}

fn cronjob(top: &mut Fields) {
    with(top, "spec", |spec| {
        put(spec, "concurrencyPolicy", json!("Allow"));
        put(spec, "suspend", json!(false));
        put(spec, "successfulJobsHistoryLimit", json!(3));
        put(spec, "failedJobsHistoryLimit", json!(1));
        with(spec, "jobTemplate", |t| {
            with(t, "spec", |s| with(s, "template", |t| with(t, "spec", pod_spec)));
        });
    });
}

fn service(top: &mut Fields) {
    let seed = top.get("metadata").map(|m| format!("{}/{}", m["namespace"], m["name"])).unwrap_or_default();
    with(top, "spec", |spec| {
        put(spec, "type", json!("ClusterIP"));
        put(spec, "sessionAffinity", json!("None"));
        each(spec, "ports", |port| {
            put(port, "protocol", json!("TCP"));
            let own = port.get("port").cloned().unwrap_or_default();
            put(port, "targetPort", own);
        });
        if spec.get("type").is_some_and(|t| t == "ExternalName") {
            return;
        }
        put(spec, "clusterIP", json!(cluster_ip(&seed)));
        let ip = spec.get("clusterIP").cloned().unwrap_or_default();
        put(spec, "clusterIPs", json!([ip]));
        put(spec, "ipFamilies", json!(["IPv4"]));
        put(spec, "ipFamilyPolicy", json!("SingleStack"));
        put(spec, "internalTrafficPolicy", json!("Cluster"));
        if spec.get("type").is_some_and(|t| t == "LoadBalancer") {
            put(spec, "allocateLoadBalancerNodePorts", json!(true));
            put(spec, "externalTrafficPolicy", json!("Cluster"));
        }
    });
    put(top, "status", json!({"loadBalancer": {}}));
}

/// An address of 10.96.0.0/12 that follows from the name (FNV-1a), so that runs look alike.
fn cluster_ip(seed: &str) -> String {
    let hash = seed.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    let host = hash % 0x000f_fffd + 2;
    format!("10.{}.{}.{}", 96 + (host >> 16), (host >> 8) & 0xff, host & 0xff)
}

fn secret(top: &mut Fields) {
    use base64::Engine as _;
    put(top, "type", json!("Opaque"));
    let Some(Value::Object(plain)) = top.remove("stringData") else {
        return;
    };
    put(top, "data", json!({}));
    with(top, "data", |data| {
        for (key, value) in plain {
            let text = value.as_str().unwrap_or_default();
            data.insert(key, base64::engine::general_purpose::STANDARD.encode(text).into());
        }
    });
}

fn binding(top: &mut Fields) {
    let rbac = "rbac.authorization.k8s.io";
    with(top, "roleRef", |role| put(role, "apiGroup", json!(rbac)));
    each(top, "subjects", |subject| {
        if subject.get("kind").is_some_and(|k| k == "User" || k == "Group") {
            put(subject, "apiGroup", json!(rbac));
        }
    });
}

fn crd(spec: &mut Fields) {
    put(spec, "conversion", json!({"strategy": "None"}));
    with(spec, "names", |names| {
        let kind = names.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        put(names, "singular", json!(kind.to_lowercase()));
        put(names, "listKind", json!(format!("{kind}List")));
    });
}

fn network_policy(spec: &mut Fields) {
    let mut types = vec!["Ingress"];
    if spec.get("egress").and_then(Value::as_array).is_some_and(|e| !e.is_empty()) {
        types.push("Egress");
    }
    put(spec, "policyTypes", json!(types));
}
