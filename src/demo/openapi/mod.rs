//! OpenAPI v3: the fields and paths of what is served, one document for each
//! group and version, written from the tables other parts work with.
//!
//! Deliberately absent: descriptions (a megabyte nobody here reads) and the
//! protobuf form; `kubectl explain` shows names and types alone.

mod paths;
mod schemas;

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value, json};

use super::kinds::{Resource, group_version};
use super::schema::{SOURCE, Schema};
use super::store::Registry;

/// The document at a path below `/openapi/v3`; None when nothing is there.
pub fn document(schema: &Schema, registry: &Registry, path: &[&str]) -> Option<Value> {
    match path {
        [] => Some(root(registry)),
        ["api", version] => group(schema, registry, "", version),
        ["apis", group_name, version] if !group_name.is_empty() => {
            group(schema, registry, group_name, version)
        }
        _ => None,
    }
}

/// Whether `Accept` takes JSON.
pub fn acceptable(accept: &str) -> bool {
    let json = ["application/json", "application/*", "*/*"];
    accept.trim().is_empty()
        || accept.split(',').any(|part| json.contains(&part.split(';').next().unwrap_or_default().trim()))
}

fn place(group: &str, version: &str) -> String {
    format!("{}/{}", if group.is_empty() { "api" } else { "apis" }, group_version(group, version))
}

/// Every document with a hash of its content, by which clients cache it.
fn root(registry: &Registry) -> Value {
    let mut paths = Map::new();
    for row in registry.iter() {
        let at = place(&row.group, &row.version);
        if !paths.contains_key(&at) {
            let url = format!("/openapi/v3/{at}?hash={:016X}", hash(registry, row));
            paths.insert(at, json!({"serverRelativeURL": url}));
        }
    }
    json!({"paths": paths})
}

fn same<'r>(registry: &'r Registry, group: &'r str, version: &'r str) -> impl Iterator<Item = &'r Resource> {
    registry.iter().map(AsRef::as_ref).filter(move |r| r.group == group && r.version == version)
}

fn hash(registry: &Registry, of: &Resource) -> u64 {
    let mut hasher = DefaultHasher::new();
    SOURCE.len().hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    for row in same(registry, &of.group, &of.version) {
        (&row.plural, &row.kind, &row.subresources).hash(&mut hasher);
        if let Some(custom) = &row.custom {
            custom.raw.to_string().hash(&mut hasher);
        }
    }
    hasher.finish()
}

fn group(schema: &Schema, registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let rows: Vec<&Resource> = same(registry, group, version).collect();
    if rows.is_empty() {
        return None;
    }
    let paths: Map<String, Value> = rows.iter().flat_map(|row| paths::of(schema, row)).collect();
    Some(json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "1.36"},
        "paths": paths,
        "components": {"schemas": schemas::of(schema, &rows)}
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::demo::kinds;

    fn references<'v>(value: &'v Value, out: &mut Vec<&'v str>) {
        match value {
            Value::Object(map) => {
                out.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|v| references(v, out));
            }
            Value::Array(items) => items.iter().for_each(|v| references(v, out)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn every_listed_document_is_there_and_every_reference_in_it_resolves() {
        let (schema, registry): (_, Registry) = (Schema::default(), Arc::new(kinds::builtin()));
        let root = document(&schema, &registry, &[]).unwrap();
        for path in root["paths"].as_object().unwrap().keys() {
            let parts: Vec<&str> = path.split('/').collect();
            let found = document(&schema, &registry, &parts).unwrap();
            let known = found["components"]["schemas"].as_object().unwrap();
            let mut all = Vec::new();
            references(&found, &mut all);
            assert!(!all.is_empty(), "{path}");
            for reference in all {
                let name = reference.strip_prefix("#/components/schemas/").unwrap();
                assert!(known.contains_key(name), "{path}: {name}");
            }
        }
    }

    #[test]
    fn what_is_not_served_has_no_document() {
        let (schema, registry): (_, Registry) = (Schema::default(), Arc::new(kinds::builtin()));
        for path in [&["apis"][..], &["api", "v9"], &["apis", "apps"], &["apis", "", "v1"], &["x", "y", "z"]]
        {
            assert_eq!(document(&schema, &registry, path), None, "{path:?}");
        }
    }

    #[test]
    fn json_is_served_to_those_who_take_it() {
        assert!(acceptable("") && acceptable("application/json, */*") && acceptable("a/b;q=1,*/*;q=0.1"));
        assert!(!acceptable("application/com.github.proto-openapi.spec.v3.v1.0+protobuf"));
    }
}
