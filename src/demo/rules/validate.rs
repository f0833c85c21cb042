//! Validation: what a real API server refuses with 422, in its words.
//!
//! The common fields of the kinds people write by hand are covered; what is
//! not looked at is accepted.

use serde_json::{Map, Value, json};

use super::pods::{pod_spec, protocol};
use super::{data, names};
use crate::demo::controllers::schedule::Schedule;
use crate::demo::kinds::Resource;
use crate::demo::status::Cause;

/// Annotations together may hold this many bytes.
const MAX_ANNOTATIONS: usize = 256 << 10;

/// Everything wrong with a new or changed object.
pub fn object(row: &Resource, value: &Value) -> Vec<Cause> {
    let mut out = Vec::new();
    metadata(row, value, &mut out);
    spec(row, value, &mut out);
    if let Some(custom) = &row.custom {
        out.extend(custom.faults(None, value));
    }
    out
}

/// Everything wrong with a change, in the order the real server finds it.
pub fn change(row: &Resource, before: &Value, after: &Value) -> Vec<Cause> {
    let mut out = Vec::new();
    metadata(row, after, &mut out);
    // The generic code and the kind's own both look at the metadata.
    let moved = metadata_change(before, after);
    out.extend(moved.iter().cloned());
    out.extend(moved);
    spec(row, after, &mut out);
    immutable_spec(row, before, after, &mut out);
    if let Some(custom) = &row.custom {
        out.extend(custom.faults(Some(before), after));
    }
    out
}

fn metadata_change(before: &Value, after: &Value) -> Vec<Cause> {
    let mut out = Vec::new();
    let (old, new) = (&before["metadata"]["uid"], &after["metadata"]["uid"]);
    if old != new {
        out.push(immutable("metadata.uid", new));
    }
    let old_finalizers = list(&before["metadata"], "finalizers");
    if before.pointer("/metadata/deletionTimestamp").is_some() {
        let finalizers = list(&after["metadata"], "finalizers");
        let added: Vec<&Value> = finalizers.iter().filter(|f| !old_finalizers.contains(f)).collect();
        if !added.is_empty() {
            let shown: Vec<String> =
                added.iter().filter_map(|f| f.as_str()).map(|f| format!("\"{f}\"")).collect();
            let why = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                shown.join(", ")
            );
            out.push(Cause::forbidden("metadata.finalizers", &why));
        }
    }
    out
}

fn immutable(field: &str, value: &Value) -> Cause {
    let shown = if value.is_null() { json!("") } else { value.clone() };
    Cause::invalid(field, &shown, "field is immutable")
}

/// The real server adds a diff of its internal structs, which we cannot.
const POD_FIXED: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// A pod's spec without what may change: images, deadline, tolerations, and what a scheduler sets.
fn fixed_pod_spec(pod: &Value) -> Value {
    let mut spec = pod["spec"].clone();
    for key in ["containers", "initContainers"] {
        for c in spec.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(c) = c.as_object_mut() {
                c.remove("image");
                c.remove("imagePullPolicy");
            }
        }
    }
    if let Some(spec) = spec.as_object_mut() {
        for free in
            ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates"]
        {
            spec.remove(free);
        }
    }
    spec
}

fn immutable_spec(row: &Resource, before: &Value, after: &Value, out: &mut Vec<Cause>) {
    let differs = |path: &str| before.pointer(path) != after.pointer(path);
    match &*row.storage {
        "deployments" | "replicasets" | "daemonsets" if differs("/spec/selector") => {
            out.push(immutable("spec.selector", &after["spec"]["selector"]));
        }
        "jobs" => {
            for field in ["selector", "template", "completionMode"] {
                if differs(&format!("/spec/{field}")) {
                    out.push(immutable(&format!("spec.{field}"), &after["spec"][field]));
                }
            }
        }
        "statefulsets" => {
            let fixed = |v: &Value| {
                let mut s = v["spec"].as_object().cloned().unwrap_or_default();
                for free in [
                    "replicas",
                    "ordinals",
                    "template",
                    "updateStrategy",
                    "revisionHistoryLimit",
                    "persistentVolumeClaimRetentionPolicy",
                    "minReadySeconds",
                ] {
                    s.remove(free);
                }
                s
            };
            if fixed(before) != fixed(after) {
                out.push(Cause::forbidden("spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"));
            }
        }
        "pods" if fixed_pod_spec(before) != fixed_pod_spec(after) => {
            out.push(Cause::forbidden("spec", POD_FIXED));
        }
        "rolebindings" | "clusterrolebindings" if differs("/roleRef") => {
            out.push(Cause::invalid("roleRef", &after["roleRef"], "cannot change roleRef"));
        }
        "secrets" if differs("/type") => out.push(immutable("type", &after["type"])),
        "services"
            if differs("/spec/clusterIP")
                && before["spec"]["type"] != "ExternalName"
                && after["spec"]["type"] != "ExternalName" =>
        {
            out.push(Cause::invalid(
                "spec.clusterIPs[0]",
                &after["spec"]["clusterIPs"],
                "may not change once set",
            ));
        }
        "configmaps" if before["immutable"] == true && (differs("/data") || differs("/binaryData")) => {
            out.push(Cause::forbidden("data", "field is immutable when `immutable` is set"));
        }
        _ => {}
    }
}

fn metadata(row: &Resource, value: &Value, out: &mut Vec<Cause>) {
    let meta = &value["metadata"];
    let name = meta["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        if meta["generateName"].as_str().unwrap_or_default().is_empty() {
            out.push(Cause::required("metadata.name", "name or generateName is required"));
        }
    } else {
        for fault in names::faults(names::rule(row), name, false) {
            out.push(Cause::invalid("metadata.name", &json!(name), &fault));
        }
    }
    labels(meta.get("labels"), "metadata.labels", out);
    let annotations = meta["annotations"].as_object();
    let mut size = 0;
    for (key, v) in annotations.into_iter().flatten() {
        size += key.len() + v.as_str().unwrap_or_default().len();
        for fault in names::key_faults(&key.to_lowercase()) {
            out.push(Cause::invalid("metadata.annotations", &json!(key), &fault));
        }
    }
    if size > MAX_ANNOTATIONS {
        out.push(Cause::too_long("metadata.annotations", MAX_ANNOTATIONS));
    }
    finalizers(meta, out);
    for owner in list(meta, "ownerReferences") {
        for (key, why) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if owner[key].as_str().unwrap_or_default().is_empty() {
                out.push(Cause::invalid(format!("metadata.ownerReferences.{key}"), &json!(""), why));
            }
        }
    }
}

/// Finalizers without a domain that the API itself uses.
const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

fn finalizers(meta: &Value, out: &mut Vec<Cause>) {
    for (i, finalizer) in list(meta, "finalizers").iter().enumerate() {
        let name = finalizer.as_str().unwrap_or_default();
        let path = format!("metadata.finalizers[{i}]");
        let faults = names::key_faults(name);
        if faults.is_empty() && !name.contains('/') && !STANDARD_FINALIZERS.contains(&name) {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            out.push(Cause::invalid(path.clone(), finalizer, why));
        }
        out.extend(faults.iter().map(|f| Cause::invalid(path.clone(), finalizer, f)));
    }
}

fn labels(map: Option<&Value>, path: &str, out: &mut Vec<Cause>) {
    for (key, v) in map.and_then(Value::as_object).into_iter().flatten() {
        for fault in names::key_faults(key) {
            out.push(Cause::invalid(path, &json!(key), &fault));
        }
        for fault in names::value_faults(v.as_str().unwrap_or_default()) {
            out.push(Cause::invalid(path, v, &fault));
        }
    }
}

fn spec(row: &Resource, value: &Value, out: &mut Vec<Cause>) {
    let spec = &value["spec"];
    match &*row.storage {
        "pods" => pod_spec(spec, "spec", out),
        "deployments" | "replicasets" | "statefulsets" | "daemonsets" => workload(row, spec, out),
        "jobs" => pod_spec(&spec["template"]["spec"], "spec.template.spec", out),
        "cronjobs" => cron_job(value, out),
        "services" => service(spec, out),
        "configmaps" | "secrets" => data::data(value, out),
        "horizontalpodautoscalers" => hpa(spec, out),
        "leases" if spec["leaseDurationSeconds"].as_i64().is_some_and(|n| n <= 0) => {
            let path = "spec.leaseDurationSeconds";
            out.push(Cause::invalid(path, &spec["leaseDurationSeconds"], "must be greater than 0"));
        }
        "events" => event(value, out),
        "customresourcedefinitions" => out.extend(crate::demo::crd::definition::faults(value)),
        _ => {}
    }
}

fn cron_job(value: &Value, out: &mut Vec<Cause>) {
    let (name, spec) = (&value["metadata"]["name"], &value["spec"]);
    // A Job's name is eleven characters longer.
    if name.as_str().is_some_and(|name| name.len() > 52) {
        out.push(Cause::invalid("metadata.name", name, "must be no more than 52 characters"));
    }
    let schedule = spec["schedule"].as_str().unwrap_or_default();
    if schedule.is_empty() {
        out.push(Cause::required("spec.schedule", ""));
    } else if let Err(why) = Schedule::parse(schedule) {
        out.push(Cause::invalid("spec.schedule", &spec["schedule"], &why));
    }
    pod_spec(&spec["jobTemplate"]["spec"]["template"]["spec"], "spec.jobTemplate.spec.template.spec", out);
}

fn event(value: &Value, out: &mut Vec<Cause>) {
    let about = value["involvedObject"]["namespace"].as_str().unwrap_or_default();
    let own = value["metadata"]["namespace"].as_str().unwrap_or_default();
    if !about.is_empty() && !own.is_empty() && about != own {
        let why = "does not match event.namespace";
        out.push(Cause::invalid("involvedObject.namespace", &json!(about), why));
    }
}

fn workload(row: &Resource, spec: &Value, out: &mut Vec<Cause>) {
    non_negative(spec, "replicas", "spec.replicas", out);
    non_negative(spec, "minReadySeconds", "spec.minReadySeconds", out);
    non_negative(spec, "revisionHistoryLimit", "spec.revisionHistoryLimit", out);
    let selector = &spec["selector"];
    let wanted = selector["matchLabels"].as_object();
    let expressions = list(selector, "matchExpressions");
    if selector.is_null() {
        out.push(Cause::required("spec.selector", ""));
    } else if wanted.is_none_or(Map::is_empty) && expressions.is_empty() {
        out.push(Cause::invalid(
            "spec.selector",
            selector,
            &format!("empty selector is invalid for {}", lower(&row.kind)),
        ));
    }
    let own = spec["template"]["metadata"]["labels"].as_object();
    let matches = !selector.is_null()
        && wanted.into_iter().flatten().all(|(k, v)| own.and_then(|o| o.get(k)) == Some(v));
    if !matches {
        let shown = own.map_or_else(|| Value::Null, |o| Value::Object(o.clone()));
        out.push(Cause::invalid(
            "spec.template.metadata.labels",
            &shown,
            "`selector` does not match template `labels`",
        ));
    }
    labels(spec["template"]["metadata"].get("labels"), "spec.template.labels", out);
    let template = &spec["template"]["spec"];
    pod_spec(template, "spec.template.spec", out);
    let restart = template["restartPolicy"].as_str().unwrap_or("Always");
    if &*row.storage == "deployments" {
        strategy(spec, out);
    }
    if restart != "Always" {
        out.push(Cause::not_supported("spec.template.spec.restartPolicy", restart, &["Always"]));
    }
}

fn strategy(spec: &Value, out: &mut Vec<Cause>) {
    let strategy = &spec["strategy"];
    let rolling = &strategy["rollingUpdate"];
    match strategy["type"].as_str().unwrap_or("RollingUpdate") {
        "RollingUpdate" => {
            let zero = |v: &Value| *v == 0 || *v == "0%" || *v == "0";
            if zero(&rolling["maxSurge"]) && zero(&rolling["maxUnavailable"]) {
                let why = "may not be 0 when `maxSurge` is 0";
                out.push(Cause::invalid(
                    "spec.strategy.rollingUpdate.maxUnavailable",
                    &rolling["maxUnavailable"],
                    why,
                ));
            }
        }
        "Recreate" if !rolling.is_null() => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            out.push(Cause::forbidden("spec.strategy.rollingUpdate", why));
        }
        "Recreate" => {}
        other => {
            // The real server prints its internal struct here.
            let shown = format!("{{\"Type\":\"{other}\",\"RollingUpdate\":null}}");
            let mut cause = Cause::not_supported("spec.strategy", other, &["Recreate", "RollingUpdate"]);
            cause.message =
                format!("Unsupported value: {shown}: supported values: \"Recreate\", \"RollingUpdate\"");
            out.push(cause);
        }
    }
    let deadline = spec["progressDeadlineSeconds"].as_i64();
    let ready = spec["minReadySeconds"].as_i64().unwrap_or(0);
    if deadline.is_some_and(|d| d <= ready) && ready >= 0 {
        let why = "must be greater than minReadySeconds";
        out.push(Cause::invalid("spec.progressDeadlineSeconds", &spec["progressDeadlineSeconds"], why));
    }
}

fn lower(kind: &str) -> String {
    let mut chars = kind.chars();
    chars.next().map(|c| c.to_lowercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

pub(super) fn non_negative(spec: &Value, key: &str, path: &str, out: &mut Vec<Cause>) {
    if spec[key].as_i64().is_some_and(|n| n < 0) {
        out.push(Cause::invalid(path, &spec[key], "must be greater than or equal to 0"));
    }
}

fn service(spec: &Value, out: &mut Vec<Cause>) {
    let ports = list(spec, "ports");
    let kind = spec["type"].as_str().unwrap_or("ClusterIP");
    if !["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"].contains(&kind) {
        out.push(Cause::not_supported(
            "spec.type",
            kind,
            &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
        ));
    }
    if ports.is_empty() && spec["clusterIP"] != "None" && kind != "ExternalName" {
        out.push(Cause::required("spec.ports", ""));
    }
    for (i, port) in ports.iter().enumerate() {
        if ports.len() > 1 && port["name"].as_str().unwrap_or_default().is_empty() {
            out.push(Cause::required(format!("spec.ports[{i}].name"), ""));
        }
        let path = format!("spec.ports[{i}].port");
        match port["port"].as_i64() {
            Some(1..=65_535) => {}
            other => {
                let value = json!(other.unwrap_or(0));
                out.push(Cause::invalid(path, &value, "must be between 1 and 65535, inclusive"));
                if port["targetPort"] == value {
                    let path = format!("spec.ports[{i}].targetPort");
                    out.push(Cause::invalid(path, &value, "must be between 1 and 65535, inclusive"));
                }
            }
        }
        protocol(port, &format!("spec.ports[{i}].protocol"), out);
    }
}

fn hpa(spec: &Value, out: &mut Vec<Cause>) {
    let (least, most) =
        (spec["minReplicas"].as_i64().unwrap_or(1), spec["maxReplicas"].as_i64().unwrap_or(0));
    if least < 1 {
        out.push(Cause::invalid("spec.minReplicas", &json!(least), "must be greater than or equal to 1"));
    }
    if most < 1 {
        out.push(Cause::invalid("spec.maxReplicas", &json!(most), "must be greater than 0"));
    } else if most < least {
        out.push(Cause::invalid(
            "spec.maxReplicas",
            &json!(most),
            "must be greater than or equal to `minReplicas`",
        ));
    }
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
