//! Custom resource definitions: the rows they add to the table of resources,
//! and what their schemas ask of the objects.
//!
//! An object is completed (`fill`), loses what the schema does not name
//! (`prune`) and is checked (`check`); [`definition`] checks the
//! definitions themselves. Deliberately absent: CEL rules
//! (`x-kubernetes-validations` are kept and not run) and conversion webhooks.

mod check;
pub mod definition;
mod fill;
mod merge;
mod node;
mod prune;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use super::kinds::{self, Generation, Resource};
use super::schema::{Schema, Struct};
use super::status::Cause;
use super::store::Store;
use node::Node;

/// One version of a custom kind: its schema in the forms it is used in.
#[derive(Debug)]
pub struct Custom {
    /// `openAPIV3Schema` as it was given.
    pub raw: Value,
    root: Node,
    merge: Schema,
}

impl Custom {
    /// Reads a version of a definition.
    pub fn new(version: &Value) -> Self {
        let raw = version.pointer("/schema/openAPIV3Schema").cloned().unwrap_or_default();
        let root = Node::root(&raw);
        Self { merge: merge::schema(&root), root, raw }
    }

    /// Writes the schema's defaults and drops nulls that are not allowed.
    pub fn fill(&self, value: &mut Value) {
        fill::complete(&self.root, value);
    }

    /// Removes what the schema does not name and returns its paths, sorted.
    pub fn prune(&self, value: &mut Value) -> Vec<String> {
        prune::unknown(&self.root, value)
    }

    /// What is wrong with an object; what an update left as it was is not looked at.
    pub fn faults(&self, before: Option<&Value>, value: &Value) -> Vec<Cause> {
        check::faults(&self.root, before, value)
    }

    /// How lists and maps merge in server-side apply, and the struct of the whole object.
    pub fn merging(&self) -> (&Schema, Option<&Struct>) {
        (&self.merge, self.merge.named(merge::ROOT))
    }
}

/// The definition of `HTTPRoute` (Gateway API 1.4, v1), condensed by `condense.py`.
const HTTP_ROUTE: &str = include_str!("httproute.json");

/// The definitions a new cluster has.
pub(super) fn installed() -> Option<Value> {
    serde_json::from_str(HTTP_ROUTE).ok()
}

/// Rebuilds the table from the built-in rows and every CRD; called after each change of a CRD.
pub(super) fn refresh(store: &Store) {
    let mut rows = kinds::builtin();
    rows.extend(store.registry().iter().filter(|row| row.computed).cloned());
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
                computed: false,
                custom: Some(Arc::new(Custom::new(v))),
            }
        })
        .collect()
}
