//! Custom resource definitions: the rows they add to the table of resources.

use std::sync::Arc;

use serde_json::Value;

use super::kinds::{self, Generation, Resource};
use super::store::Store;

/// Rebuilds the table from the built-in rows and every CRD; called after each change of a CRD.
pub(super) fn refresh(store: &Store) {
    let mut rows = kinds::builtin();
    let (crds, _) = store.list("customresourcedefinitions", None);
    for crd in crds {
        rows.extend(rows_of(&crd.value()).into_iter().map(Arc::new));
    }
    store.set_registry(Arc::new(rows));
}

fn rows_of(crd: &Value) -> Vec<Resource> {
    let text = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |v: &Value, key: &str| -> Vec<std::borrow::Cow<'static, str>> {
        let items = v.get(key).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(|s| s.to_owned().into()).collect()
    };
    let Some(spec) = crd.get("spec") else {
        return Vec::new();
    };
    let Some(names) = spec.get("names") else {
        return Vec::new();
    };
    let (group, plural, kind) = (text(spec, "group"), text(names, "plural"), text(names, "kind"));
    let singular = match text(names, "singular") {
        s if s.is_empty() => kind.to_lowercase(),
        s => s,
    };
    let storage: Arc<str> = format!("{plural}.{group}").into();
    let versions = spec.get("versions").and_then(Value::as_array).into_iter().flatten();
    versions
        .filter(|v| v.get("served").and_then(Value::as_bool).unwrap_or(false))
        .map(|v| {
            let subs = v.get("subresources").and_then(Value::as_object);
            Resource {
                group: group.clone().into(),
                version: text(v, "name").into(),
                plural: plural.clone().into(),
                kind: kind.clone().into(),
                singular: singular.clone().into(),
                short: list(names, "shortNames"),
                categories: list(names, "categories"),
                namespaced: text(spec, "scope") == "Namespaced",
                subresources: subs.into_iter().flatten().map(|(k, _)| k.clone().into()).collect(),
                generation: Generation::Body,
                storage: storage.clone(),
                create_only: false,
                custom: true,
            }
        })
        .collect()
}
