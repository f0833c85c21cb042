//! A whole object without what must not be shown.

use super::{holds_secret, is_secret_name, mask, redact_text};
use serde_json::Value;

/// Masks what must not be shown of `object`: the data of a Secret, values of
/// settings with a telling name, credentials in texts, and the copy of it all
/// that `kubectl apply` keeps.
pub fn veil(object: &mut Value) {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    if text(object, "kind").as_deref() == Some("Secret")
        && text(object, "apiVersion").as_deref() == Some("v1")
    {
        for part in ["data", "stringData"] {
            let values = object.get_mut(part).and_then(Value::as_object_mut).into_iter().flatten();
            // Not `mask`, whose digits could be tried against a short value.
            values.for_each(|(_, value)| *value = Value::from(COVERED));
        }
    }
    hide(object, "");
}

/// Stands for what nothing is shown of.
const COVERED: &str = "••••";

fn hide(value: &mut Value, key: &str) {
    match value {
        Value::Object(map) => {
            let name = map.get("name").and_then(Value::as_str).is_some_and(is_secret_name);
            if let Some(Value::String(text)) = map.get_mut("value").filter(|_| name) {
                *text = mask(text);
            }
            for (key, value) in map.iter_mut() {
                hide(value, key);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, key)),
        Value::String(text) if key == "kubectl.kubernetes.io/last-applied-configuration" => {
            *text = format!("({} bytes, the object as it was last applied)", text.len());
        }
        Value::String(text) if holds_secret(key) && text != COVERED => *text = mask(text),
        Value::String(text) => *text = redact_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_of_a_secret_is_shown() {
        let mut secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "type": "Opaque",
            "data": {"uri": "aHVudGVyMg==", "odd": 7}, "stringData": {"note": "hunter2"},
        });
        veil(&mut secret);
        let text = secret.to_string();
        assert!(!text.contains("aHVudGVyMg") && !text.contains("hunter2") && !text.contains(":7"), "{text}");
        assert!(text.contains("\"uri\"") && text.contains("Opaque"), "its keys and type are: {text}");
    }

    #[test]
    fn fields_of_any_kind_are_masked_by_their_name_and_references_are_not() {
        let mut widget = json!({
            "apiVersion": "example.com/v1", "kind": "Widget",
            "spec": {"dbPassword": "hunter2", "auth": {"API_TOKEN": "hunter2", "clientSecret": "hunter2"},
                "secretName": "db", "secretKeyRef": {"name": "db", "key": "uri"}, "size": 3,
                "keys": [{"privateKey": "hunter2"}], "url": "postgres://u:hunter2@db/x"},
        });
        veil(&mut widget);
        let text = widget.to_string();
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("\"secretName\":\"db\"") && text.contains("\"key\":\"uri\""), "{text}");
    }
}
