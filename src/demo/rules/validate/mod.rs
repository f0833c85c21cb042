//! Validation: what a real API server refuses with 422, in its words.
//!
//! The common fields of the kinds people write by hand are covered; what is
//! not looked at is accepted.

mod change;
mod service;
mod workload;

use serde_json::{Value, json};

use self::service::service;
use self::workload::{cron_job, job, workload};
use super::pods::pod_spec;
use super::{data, names};
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
    let moved = change::metadata(before, after);
    out.extend(moved.iter().cloned());
    out.extend(moved);
    spec(row, after, &mut out);
    change::spec(row, before, after, &mut out);
    if let Some(custom) = &row.custom {
        out.extend(custom.faults(Some(before), after));
    }
    out
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
        "jobs" => job(value, out),
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

fn event(value: &Value, out: &mut Vec<Cause>) {
    let about = value["involvedObject"]["namespace"].as_str().unwrap_or_default();
    let own = value["metadata"]["namespace"].as_str().unwrap_or_default();
    if !about.is_empty() && !own.is_empty() && about != own {
        let why = "does not match event.namespace";
        out.push(Cause::invalid("involvedObject.namespace", &json!(about), why));
    }
}

pub(super) fn non_negative(spec: &Value, key: &str, path: &str, out: &mut Vec<Cause>) {
    if spec[key].as_i64().is_some_and(|n| n < 0) {
        out.push(Cause::invalid(path, &spec[key], "must be greater than or equal to 0"));
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
