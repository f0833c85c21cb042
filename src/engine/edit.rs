//! What a person changed in an editor, as exact steps.

use crate::domain::JsonOp;
use json_patch::PatchOperation;
use serde_json::Value;

/// Fields the server keeps; nobody edits them.
const KEPT: [&str; 6] =
    ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"];

/// What may not change: it would be another object.
const IDENTITY: [&str; 4] = ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"];

/// The object as it is put before a person: without what the server keeps.
pub fn editable(raw: &Value) -> Value {
    let mut value = raw.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        for name in KEPT {
            metadata.remove(name);
        }
    }
    value
}

/// The steps from `base`, which was read, to `edited`; empty if nothing changed.
/// They test what was read: all of `spec` if anything in it changed, since
/// places in lists may have moved, and the old value of every other change.
///
/// # Errors
/// The identity was changed, or the text is no object.
pub fn steps(base: &Value, edited: &Value) -> Result<Vec<JsonOp>, String> {
    if !edited.is_object() {
        return Err("the text is no object".to_owned());
    }
    let edited = editable(edited);
    for path in IDENTITY {
        if base.pointer(path) != edited.pointer(path) {
            return Err(format!("{path} cannot be changed: it would be another object"));
        }
    }
    let changes: Vec<JsonOp> = json_patch::diff(base, &edited).0.into_iter().filter_map(step).collect();
    let path = |op: &JsonOp| match op {
        JsonOp::Test { path, .. }
        | JsonOp::Add { path, .. }
        | JsonOp::Replace { path, .. }
        | JsonOp::Remove { path } => path.clone(),
    };
    let in_spec = |path: &str| path == "/spec" || path.starts_with("/spec/");
    let mut tests: Vec<JsonOp> = Vec::new();
    if changes.iter().any(|op| in_spec(&path(op)))
        && let Some(spec) = base.get("spec")
    {
        tests.push(JsonOp::test("/spec", spec.clone()));
    }
    for at in changes.iter().map(path).filter(|at| !in_spec(at)) {
        tests.extend(base.pointer(&at).map(|old| JsonOp::test(&at, old.clone())));
    }
    Ok(tests.into_iter().chain(changes).collect())
}

fn step(operation: PatchOperation) -> Option<JsonOp> {
    match operation {
        PatchOperation::Add(add) => Some(JsonOp::Add { path: add.path.to_string(), value: add.value }),
        PatchOperation::Replace(new) => {
            Some(JsonOp::Replace { path: new.path.to_string(), value: new.value })
        }
        PatchOperation::Remove(gone) => Some(JsonOp::Remove { path: gone.path.to_string() }),
        // A difference holds none of these.
        PatchOperation::Move(_) | PatchOperation::Copy(_) | PatchOperation::Test(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(image: &str) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {
            "name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "9", "managedFields": [],
            "labels": {"team": "a"}}, "spec": {"replicas": 2, "images": [image]}, "status": {"replicas": 2}})
    }

    #[test]
    fn what_the_server_keeps_is_neither_shown_nor_compared() {
        let base = editable(&object("v1"));
        assert!(base.get("status").is_none() && base["metadata"].get("managedFields").is_none());
        assert_eq!(steps(&base, &object("v1")).unwrap(), vec![]);
    }

    #[test]
    fn steps_test_what_was_read() {
        let base = editable(&object("v1"));
        let mut edited = base.clone();
        edited["spec"]["images"][0] = json!("v2");
        edited["metadata"]["labels"]["team"] = json!("b");
        edited["metadata"]["labels"]["new"] = json!("c");
        let steps = steps(&base, &edited).unwrap();
        assert_eq!(steps[0], JsonOp::test("/spec", base["spec"].clone()));
        assert!(steps.contains(&JsonOp::test("/metadata/labels/team", "a")));
        assert!(steps.contains(&JsonOp::replace("/spec/images/0", "v2")));
        assert!(steps.contains(&JsonOp::add("/metadata/labels/new", "c")));
        assert_eq!(steps.len(), 5);
    }

    #[test]
    fn another_object_is_refused() {
        let base = editable(&object("v1"));
        let mut edited = base.clone();
        edited["metadata"]["name"] = json!("other");
        assert!(steps(&base, &edited).unwrap_err().contains("/metadata/name"));
        assert!(steps(&base, &Value::Null).is_err());
    }
}
