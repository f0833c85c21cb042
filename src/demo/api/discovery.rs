//! Discovery: what is served, in the legacy and the aggregated form, and the
//! version. All of it is a loop over the table of resources.

use http::Response;
use serde_json::{Value, json};

use super::respond::{self, Body};
use crate::demo::kinds::Resource;
use crate::demo::store::Registry;

/// The version this server claims to be: that of the API server it is compared with.
pub const GIT_VERSION: &str = "v1.36.3";

/// `/version`.
pub fn version() -> Value {
    json!({
        "major": "1", "minor": "36",
        "emulationMajor": "1", "emulationMinor": "36",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        "gitVersion": format!("{GIT_VERSION}+quarterdeck-demo"),
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "", "compiler": "rustc", "platform": "linux/amd64"
    })
}

/// Groups in order of first appearance, without the core group.
fn groups(registry: &Registry) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for r in registry.iter().filter(|r| !r.group.is_empty()) {
        if !out.contains(&&*r.group) {
            out.push(&r.group);
        }
    }
    out
}

fn versions<'a>(registry: &'a Registry, group: &str) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    for r in registry.iter().filter(|r| r.group == group) {
        if !out.contains(&&*r.version) {
            out.push(&r.version);
        }
    }
    out
}

fn api_group(registry: &Registry, group: &str) -> Value {
    let versions: Vec<Value> = versions(registry, group)
        .into_iter()
        .map(|v| json!({"groupVersion": format!("{group}/{v}"), "version": v}))
        .collect();
    json!({"name": group, "versions": versions, "preferredVersion": versions.first()})
}

/// `/api`.
pub fn core_versions(address: &str) -> Value {
    json!({
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    })
}

/// `/apis`.
pub fn group_list(registry: &Registry) -> Value {
    let groups: Vec<Value> = groups(registry).into_iter().map(|g| api_group(registry, g)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/G`.
pub fn group(registry: &Registry, group: &str) -> Option<Value> {
    registry.iter().any(|r| r.group == group && !group.is_empty()).then(|| {
        let mut value = api_group(registry, group);
        value["kind"] = "APIGroup".into();
        value["apiVersion"] = "v1".into();
        value
    })
}

/// `/api/V` and `/apis/G/V`.
pub fn resource_list(registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let mut resources = Vec::new();
    for r in registry.iter().filter(|r| r.group == group && r.version == version) {
        let mut entry = json!({
            "name": r.plural, "singularName": r.singular, "namespaced": r.namespaced,
            "kind": r.kind, "verbs": r.verbs()
        });
        if !r.short.is_empty() {
            entry["shortNames"] = json!(r.short);
        }
        if !r.categories.is_empty() {
            entry["categories"] = json!(r.categories);
        }
        if !r.create_only {
            entry["storageVersionHash"] = json!("");
        }
        resources.push(entry);
        for sub in &r.subresources {
            let (kind, kind_group, kind_version, verbs) = subresource(r, sub);
            let mut entry = json!({
                "name": format!("{}/{sub}", r.plural), "singularName": "", "namespaced": r.namespaced,
                "kind": kind, "verbs": verbs
            });
            if !kind_version.is_empty() {
                entry["group"] = kind_group.into();
                entry["version"] = kind_version.into();
            }
            resources.push(entry);
        }
    }
    let group_version = crate::demo::kinds::group_version(group, version);
    (!resources.is_empty()).then(|| {
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
    })
}

/// Kind, its group and version where they differ from the resource's, and verbs of a subresource.
fn subresource(r: &Resource, sub: &str) -> (String, &'static str, &'static str, &'static [&'static str]) {
    match sub {
        "scale" => ("Scale".into(), "autoscaling", "v1", &["get", "patch", "update"]),
        "eviction" => ("Eviction".into(), "policy", "v1", &["create"]),
        "binding" => ("Binding".into(), "", "", &["create"]),
        "exec" => ("PodExecOptions".into(), "", "", &["create", "get"]),
        "portforward" => ("PodPortForwardOptions".into(), "", "", &["create", "get"]),
        "log" => (r.kind.to_string(), "", "", &["get"]),
        "proxy" => ("PodProxyOptions".into(), "", "", &["create", "delete", "get", "patch", "update"]),
        "finalize" => (r.kind.to_string(), "", "", &["update"]),
        _ => (r.kind.to_string(), "", "", &["get", "patch", "update"]),
    }
}

/// `/api` and `/apis` in the aggregated form.
pub fn aggregated(registry: &Registry, core: bool) -> Value {
    let names = if core { vec![""] } else { groups(registry) };
    let items: Vec<Value> = names
        .into_iter()
        .map(|group| {
            let versions: Vec<Value> = versions(registry, group)
                .into_iter()
                .map(|v| aggregated_version(registry, group, v))
                .collect();
            let metadata = if core {
                json!({"creationTimestamp": null})
            } else {
                json!({"name": group, "creationTimestamp": null})
            };
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn aggregated_version(registry: &Registry, group: &str, version: &str) -> Value {
    let resources: Vec<Value> = registry
        .iter()
        .filter(|r| r.group == group && r.version == version)
        .map(|r| {
            let kind = |k: &str, g: &str, v: &str| json!({"group": g, "version": v, "kind": k});
            let mut names: Vec<&str> = r.subresources.iter().map(AsRef::as_ref).collect();
            names.sort_unstable();
            let subs: Vec<Value> = names
                .into_iter()
                .map(|sub| {
                    let (k, g, v, verbs) = subresource(r, sub);
                    let (g, v) = if v.is_empty() { (&*r.group, &*r.version) } else { (g, v) };
                    json!({"subresource": sub, "responseKind": kind(&k, g, v), "verbs": verbs})
                })
                .collect();
            let mut entry = json!({
                "resource": r.plural, "responseKind": kind(&r.kind, &r.group, &r.version),
                "scope": if r.namespaced { "Namespaced" } else { "Cluster" },
                "singularResource": r.singular, "verbs": r.verbs()
            });
            for (key, list) in [("shortNames", &r.short), ("categories", &r.categories)] {
                if !list.is_empty() {
                    entry[key] = json!(list);
                }
            }
            if !subs.is_empty() {
                entry["subresources"] = subs.into();
            }
            entry
        })
        .collect();
    json!({"version": version, "resources": resources, "freshness": "Current"})
}

/// The `Accept` value asks for the aggregated form.
pub fn wants_aggregated(accept: &str) -> bool {
    accept.split(',').any(|part| part.contains("g=apidiscovery.k8s.io") && part.contains("v=v2;"))
        || accept
            .split(',')
            .any(|part| part.contains("g=apidiscovery.k8s.io") && part.trim_end().ends_with("v=v2"))
}

/// The aggregated answer with the content type clients look for.
pub fn aggregated_response(registry: &Registry, core: bool) -> Response<Body> {
    let bytes = serde_json::to_vec(&aggregated(registry, core)).unwrap_or_default();
    respond::whole(200, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn both_forms_list_every_resource() {
        let registry: Registry = Arc::new(crate::demo::kinds::builtin());
        let aggregated = aggregated(&registry, false);
        for r in registry.iter() {
            let list = resource_list(&registry, &r.group, &r.version).unwrap();
            assert!(
                list["resources"].as_array().unwrap().iter().any(|e| e["name"] == *r.plural),
                "{}",
                r.plural
            );
            if !r.group.is_empty() {
                assert!(aggregated.to_string().contains(&format!("\"resource\":\"{}\"", r.plural)));
            }
        }
    }

    #[test]
    fn the_accept_header_decides() {
        assert!(wants_aggregated(
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
        ));
        assert!(!wants_aggregated(
            "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
        ));
        assert!(!wants_aggregated("application/json"));
    }
}
