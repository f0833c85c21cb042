//! JSON merge patch (RFC 7396).

use serde_json::{Map, Value};

/// Applies `patch` to `target`. The depth is bounded by that of the parser.
pub(super) fn patch(target: &mut Value, patch_value: &Value) {
    let Value::Object(changes) = patch_value else {
        *target = patch_value.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(own) = target.as_object_mut() else {
        return;
    };
    for (key, value) in changes {
        if value.is_null() {
            own.remove(key);
        } else {
            patch(own.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
