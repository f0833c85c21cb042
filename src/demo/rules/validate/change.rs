//! What must stay as it is.

use serde_json::{Value, json};

use super::list;
use crate::demo::kinds::Resource;
use crate::demo::status::Cause;

/// Identity, and finalizers once deletion was asked for.
pub(super) fn metadata(before: &Value, after: &Value) -> Vec<Cause> {
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

/// Fields of the kind that cannot change.
pub(super) fn spec(row: &Resource, before: &Value, after: &Value, out: &mut Vec<Cause>) {
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
