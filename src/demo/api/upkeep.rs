//! Small duties on the way of an object to the store: what a client may not
//! change stays, what says nothing goes.

use serde_json::Value;

use crate::demo::kinds::Resource;
use crate::demo::status::ApiError;

/// Unknown fields are listed in the order the text names them.
pub(super) fn in_order_of(fields: &mut [String], raw: &[u8]) {
    if fields.len() < 2 {
        return;
    }
    let text = String::from_utf8_lossy(raw);
    fields.sort_by_key(|f| {
        let last = f.rsplit('.').next().unwrap_or_default();
        text.find(&format!("\"{last}\"")).unwrap_or(usize::MAX)
    });
}

pub(super) fn undeclared(row: &Resource, value: &Value, fields: &[String]) -> ApiError {
    let text = |key: &str| value["metadata"][key].as_str().unwrap_or_default();
    let all: Vec<String> = fields.iter().map(|f| format!(".{f}: field not declared in schema")).collect();
    let what = match all.as_slice() {
        [only] => only.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    };
    let message = format!(
        "failed to create typed patch object ({}/{}; {}/{}, Kind={}): {what}",
        text("namespace"),
        text("name"),
        row.group,
        row.version,
        row.kind
    );
    ApiError::plain(500, "", message)
}

/// Applied configurations own no status and none of the server's metadata.
pub(super) fn clear_unapplied(row: &Resource, config: &mut Value) {
    if let Some(map) = config.as_object_mut()
        && row.has("status")
    {
        map.remove("status");
    }
    if let Some(meta) = config["metadata"].as_object_mut() {
        for key in ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"]
        {
            meta.remove(key);
        }
    }
}

/// What the server gives a new object by itself belongs to nobody.
pub(super) fn take_allocated(given: &Value, owned: &mut Value) {
    if let Some(map) = owned.as_object_mut() {
        map.remove("status");
    }
    if let Some(spec) = owned.get_mut("spec").and_then(Value::as_object_mut) {
        for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            if given["spec"].get(key).is_none() {
                spec.remove(key);
            }
        }
    }
}

pub(super) fn put_back(before: &Value, after: &mut Value, key: &str) {
    if let Some(map) = after.as_object_mut() {
        match before.get(key) {
            Some(v) => map.insert(key.into(), v.clone()),
            None => map.remove(key),
        };
    }
}

/// Metadata a client may leave out or send stale: the server's stays.
pub(super) fn keep_server_fields(before: &Value, after: &mut Value) {
    let Some(old) = before["metadata"].as_object() else {
        return;
    };
    if !after["metadata"].is_object() {
        after["metadata"] = Value::Object(serde_json::Map::new());
    }
    let Some(meta) = after["metadata"].as_object_mut() else {
        return;
    };
    for key in [
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
        "resourceVersion",
    ] {
        match old.get(key) {
            Some(v) => meta.insert(key.into(), v.clone()),
            None => meta.remove(key),
        };
    }
    for key in ["uid", "name", "namespace"] {
        let given = meta.get(key).and_then(Value::as_str).is_some_and(|s| !s.is_empty());
        if let (false, Some(v)) = (given, old.get(key)) {
            meta.insert(key.into(), v.clone());
        }
    }
}

/// A patch cannot make another object of it.
pub(super) fn check_same_name(before: &Value, after: &Value) -> Result<(), ApiError> {
    let text = |v: &Value, key: &str| v["metadata"][key].as_str().unwrap_or_default().to_owned();
    let (old, new) = (text(before, "name"), text(after, "name"));
    if old != new {
        return Err(ApiError::bad_request(format!(
            "the name of the object ({new}) does not match the name on the URL ({old})"
        )));
    }
    if text(before, "namespace") != text(after, "namespace") {
        return Err(ApiError::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// A write that changes nothing but the time in managedFields changes nothing.
pub(super) fn keep_time_if_same(before: &Value, after: &mut Value) {
    let without = |v: &Value| {
        let mut v = v.clone();
        for entry in v["metadata"]["managedFields"].as_array_mut().into_iter().flatten() {
            if let Some(entry) = entry.as_object_mut() {
                entry.remove("time");
            }
        }
        v
    };
    if without(before) == without(after) {
        *after = before.clone();
    }
}

/// Lists and maps of `metadata` that Go leaves out when they are empty.
pub(super) fn drop_empty(meta: &mut Value) {
    let empty = |v: &Value| {
        v.as_array().is_some_and(Vec::is_empty) || v.as_object().is_some_and(serde_json::Map::is_empty)
    };
    if let Some(meta) = meta.as_object_mut() {
        for key in ["labels", "annotations", "finalizers", "ownerReferences"] {
            if meta.get(key).is_some_and(empty) {
                meta.remove(key);
            }
        }
    }
}

pub(super) fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
