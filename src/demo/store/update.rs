//! Changing objects.

use std::sync::Arc;

use serde_json::{Value, json};

use super::history::ChangeKind;
use super::{Object, Store, lock, meta, set_type};
use crate::demo::kinds::{Generation, Resource};
use crate::demo::status::ApiError;

/// Parts of `metadata` the server owns; a write cannot change them.
const OWNED: [&str; 7] =
    ["name", "namespace", "uid", "creationTimestamp", "resourceVersion", "generation", "selfLink"];

impl Store {
    /// Reads, lets `f` change a copy, and publishes the result in one step.
    ///
    /// `f` sees the current object, with its resourceVersion; what it returns as an error is
    /// returned unchanged and nothing happens. With `dry_run` nothing is published.
    ///
    /// # Errors
    /// 404 when there is no such object, and what `f` refuses.
    pub fn update_as(
        &self,
        resource: &Arc<Resource>,
        ns: &str,
        name: &str,
        dry_run: bool,
        f: impl FnOnce(&mut Value) -> Result<(), ApiError>,
    ) -> Result<Arc<Object>, ApiError> {
        let _writer = lock(&self.shared.writer);
        let old = self.get(&resource.storage, ns, name).ok_or_else(|| Self::not_found(resource, name))?;
        let before = old.value();
        let mut after = before.clone();
        f(&mut after)?;
        keep_identity(resource, &before, &mut after);
        if after == before {
            return Ok(old);
        }
        // As every write of a real server: what a change leaves out gets its default again, or a
        // controller that compares templates would find two that never agree.
        crate::demo::rules::on_change(resource, &mut after);
        raise_generation(resource, &before, &mut after);
        raise_template_generation(resource, &before, &mut after);
        if dry_run {
            return Ok(Arc::new(Object::freeze(after, old.rv)));
        }
        let kind = if is_finished(&before, &after) { ChangeKind::Deleted } else { ChangeKind::Modified };
        Ok(self.publish(&resource.storage, kind, after))
    }
}

fn keep_identity(resource: &Resource, before: &Value, after: &mut Value) {
    if !after.is_object() {
        *after = before.clone();
        return;
    }
    set_type(after, &resource.group, &resource.version, &resource.kind);
    let Some(meta) = meta::meta(after) else {
        return;
    };
    for key in OWNED {
        match before.get("metadata").and_then(|m| m.get(key)) {
            Some(v) => meta.insert(key.into(), v.clone()),
            None => meta.remove(key),
        };
    }
}

fn raise_generation(resource: &Resource, before: &Value, after: &mut Value) {
    let changed = match resource.generation {
        Generation::None => false,
        Generation::Spec if &*resource.storage == "pods" => !same_but_for_node(before, after),
        Generation::Spec => before.get("spec") != after.get("spec"),
        Generation::SpecAndAnnotations => {
            before.get("spec") != after.get("spec") || annotations(before) != annotations(after)
        }
        Generation::Body => body_changed(before, after),
    };
    let deleted = |v: &Value| v.pointer("/metadata/deletionTimestamp").is_some();
    if changed || (resource.generation != Generation::None && deleted(after) && !deleted(before)) {
        let old = before.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
        if let Some(meta) = meta::meta(after) {
            meta.insert("generation".into(), json!(old + 1));
        }
    }
}

/// To bind a pod to its node is no new wish of its author.
fn same_but_for_node(before: &Value, after: &Value) -> bool {
    let mut spec = after.get("spec").cloned().unwrap_or_default();
    if let Some(map) = spec.as_object_mut()
        && before.pointer("/spec/nodeName").is_none()
    {
        map.remove("nodeName");
    }
    before.get("spec") == Some(&spec)
}

/// A changed template of a `DaemonSet` counts in an annotation of its own.
fn raise_template_generation(resource: &Resource, before: &Value, after: &mut Value) {
    let key = crate::demo::rules::defaults::TEMPLATE_GENERATION;
    let changed = before.pointer("/spec/template") != after.pointer("/spec/template");
    if &*resource.storage != "daemonsets" || !after["metadata"]["annotations"].is_object() {
        return;
    }
    let old =
        before["metadata"]["annotations"][key].as_str().and_then(|n| n.parse::<i64>().ok()).unwrap_or(1);
    after["metadata"]["annotations"][key] = (old + i64::from(changed)).to_string().into();
}

/// All but the one the controller writes, which a real one sends with the status.
fn annotations(value: &Value) -> serde_json::Map<String, Value> {
    let all = value.pointer("/metadata/annotations").and_then(Value::as_object);
    let mut all = all.cloned().unwrap_or_default();
    all.remove("deployment.kubernetes.io/revision");
    all
}

fn body_changed(before: &Value, after: &Value) -> bool {
    let body = |v: &Value| {
        let mut map = v.as_object().cloned().unwrap_or_default();
        map.remove("metadata");
        map.remove("status");
        map
    };
    body(before) != body(after)
}

/// The write took the last thing that held a deleted object.
fn is_finished(before: &Value, after: &Value) -> bool {
    let asked = before.pointer("/metadata/deletionTimestamp").is_some();
    let grace = before.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    let held = after
        .pointer("/spec/finalizers")
        .and_then(Value::as_array)
        .is_some_and(|f| !f.is_empty() && after.get("kind").is_some_and(|k| k == "Namespace"));
    asked && grace.unwrap_or(0) == 0 && !meta::has_finalizers(after) && !held
}
