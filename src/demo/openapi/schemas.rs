//! The schemas of a document: every struct its kinds reach.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::demo::kinds::Resource;
use crate::demo::schema::{Field, Schema, Struct, Topology, Type};

const OBJECT_META: &str = "apis.meta.v1.ObjectMeta";

/// The schemas of some resources, by name.
pub(super) fn of(schema: &Schema, rows: &[&Resource]) -> Map<String, Value> {
    let mut out = Map::new();
    let mut wanted = vec![OBJECT_META.to_owned()];
    for row in rows {
        let name = kind_name(schema, row);
        out.insert(format!("{name}List"), list(row, &name));
        match (&row.custom, schema.name(row)) {
            (Some(custom), _) => {
                out.insert(name, own(row, &custom.raw));
            }
            (None, Some(root)) => wanted.push(root.to_owned()),
            (None, None) => {
                out.insert(
                    name,
                    json!({"type": "object", "x-kubernetes-group-version-kind": [gvk(row, &row.kind)]}),
                );
            }
        }
        if row.has("scale") {
            wanted.push("autoscaling.v1.Scale".to_owned());
        }
        if row.has("eviction") {
            wanted.push("policy.v1.Eviction".to_owned());
        }
        if row.has("binding") {
            wanted.push("core.v1.Binding".to_owned());
        }
    }
    reach(schema, wanted, &mut out);
    for row in rows.iter().filter(|row| !row.is_custom()) {
        if let Some(found) = out.get_mut(&kind_name(schema, row)) {
            found["x-kubernetes-group-version-kind"] = json!([gvk(row, &row.kind)]);
        }
    }
    for (name, value) in plain() {
        out.insert(full(name), value);
    }
    out
}

/// Name of the schema of a resource's objects.
pub(super) fn kind_name(schema: &Schema, row: &Resource) -> String {
    if let (None, Some(name)) = (&row.custom, schema.name(row)) {
        return full(name);
    }
    let group: Vec<&str> = row.group.rsplit('.').collect();
    format!("{}.{}.{}", group.join("."), row.version, row.kind)
}

pub(super) fn gvk(row: &Resource, kind: &str) -> Value {
    json!({"group": row.group, "version": row.version, "kind": kind})
}

pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// `core.v1.Pod` → `io.k8s.api.core.v1.Pod`.
pub(super) fn full(short: &str) -> String {
    if short.starts_with("apiextensions-apiserver.") {
        format!("io.k8s.{short}")
    } else if ["apis.meta.", "api.resource.", "util.intstr.", "version."].iter().any(|p| short.starts_with(p))
    {
        format!("io.k8s.apimachinery.pkg.{short}")
    } else {
        format!("io.k8s.api.{short}")
    }
}

fn list(row: &Resource, item: &str) -> Value {
    json!({
        "type": "object", "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"},
            "metadata": reference(&full("apis.meta.v1.ListMeta")),
            "items": {"type": "array", "items": reference(item)}
        },
        "x-kubernetes-group-version-kind": [gvk(row, &row.list_kind())]
    })
}

/// The schema of a custom kind, with what every object has.
fn own(row: &Resource, raw: &Value) -> Value {
    let mut out = if raw.is_object() { raw.clone() } else { json!({"type": "object"}) };
    if !out["properties"].is_object() {
        out["properties"] = json!({});
    }
    for key in ["apiVersion", "kind"] {
        out["properties"][key] = json!({"type": "string"});
    }
    out["properties"]["metadata"] = reference(&full(OBJECT_META));
    out["x-kubernetes-group-version-kind"] = json!([gvk(row, &row.kind)]);
    out
}

/// Adds the structs and all they refer to.
fn reach(schema: &Schema, mut wanted: Vec<String>, out: &mut Map<String, Value>) {
    let mut seen: BTreeSet<String> = wanted.iter().cloned().collect();
    while let Some(name) = wanted.pop() {
        let Some(s) = schema.named(&name) else { continue };
        for field in s.fields.values() {
            let mut kind = &field.kind;
            while let Type::List(inner) | Type::Map(inner) = kind {
                kind = inner;
            }
            if let Type::Struct(inner) = kind
                && seen.insert(inner.to_string())
            {
                wanted.push(inner.to_string());
            }
        }
        out.insert(full(&name), of_struct(s));
    }
}

fn of_struct(s: &Struct) -> Value {
    let mut required: Vec<&str> = s.fields.iter().filter(|(_, f)| f.required).map(|(k, _)| &**k).collect();
    required.sort_unstable();
    let properties: Map<String, Value> = s.fields.iter().map(|(k, f)| (k.to_string(), of_field(f))).collect();
    let mut out = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    if s.atomic {
        out["x-kubernetes-map-type"] = "atomic".into();
    }
    out
}

fn of_field(field: &Field) -> Value {
    let mut out = of_type(&field.kind);
    // Beside a reference nothing else is read.
    if let Some(reference) = out.as_object_mut().and_then(|o| o.remove("$ref")) {
        out = json!({"allOf": [{"$ref": reference}]});
    }
    if field.by_value {
        out["default"] = json!({});
    }
    match (&field.kind, &field.topology) {
        (Type::List(_), Topology::Atomic) => out["x-kubernetes-list-type"] = "atomic".into(),
        (_, Topology::Atomic) => out["x-kubernetes-map-type"] = "atomic".into(),
        (_, Topology::Set) => out["x-kubernetes-list-type"] = "set".into(),
        (_, Topology::Keyed(keys)) => {
            out["x-kubernetes-list-type"] = "map".into();
            out["x-kubernetes-list-map-keys"] = keys.iter().map(AsRef::<str>::as_ref).collect();
        }
        (_, Topology::Granular) => {}
    }
    let how: Vec<&str> = [(field.merge, "merge"), (field.retain_keys, "retainKeys")]
        .into_iter()
        .filter_map(|(on, word)| on.then_some(word))
        .collect();
    if !how.is_empty() {
        out["x-kubernetes-patch-strategy"] = how.join(",").into();
    }
    if let Some(key) = &field.merge_key {
        out["x-kubernetes-patch-merge-key"] = (**key).into();
    }
    out
}

fn of_type(kind: &Type) -> Value {
    match kind {
        Type::Text => json!({"type": "string"}),
        Type::Bool => json!({"type": "boolean"}),
        Type::Int => json!({"type": "integer", "format": "int32"}),
        Type::Long => json!({"type": "integer", "format": "int64"}),
        Type::Number => json!({"type": "number", "format": "double"}),
        Type::Quantity => reference(&full("api.resource.Quantity")),
        Type::IntOrText => reference(&full("util.intstr.IntOrString")),
        Type::Time => reference(&full("apis.meta.v1.Time")),
        Type::MicroTime => reference(&full("apis.meta.v1.MicroTime")),
        Type::Any => json!({"type": "object"}),
        Type::List(item) => json!({"type": "array", "items": of_type(item)}),
        Type::Map(item) => json!({"type": "object", "additionalProperties": of_type(item)}),
        Type::Struct(name) => reference(&full(name)),
    }
}

fn list_meta() -> Value {
    let text = json!({"type": "string"});
    let count = json!({"type": "integer", "format": "int64"});
    let fields =
        json!({"continue": text, "remainingItemCount": count, "resourceVersion": text, "selfLink": text});
    json!({"type": "object", "properties": fields})
}

/// The types that no kind declares.
fn plain() -> [(&'static str, Value); 6] {
    let number_or_text = json!([{"type": "integer"}, {"type": "string"}]);
    [
        ("api.resource.Quantity", json!({"oneOf": [{"type": "string"}, {"type": "number"}]})),
        ("util.intstr.IntOrString", json!({"format": "int-or-string", "oneOf": number_or_text})),
        ("apis.meta.v1.Time", json!({"type": "string", "format": "date-time"})),
        ("apis.meta.v1.MicroTime", json!({"type": "string", "format": "date-time"})),
        ("apis.meta.v1.Patch", json!({"type": "object"})),
        ("apis.meta.v1.ListMeta", list_meta()),
    ]
}
