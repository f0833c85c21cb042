//! Defaults of a schema, and nulls it does not allow.

use serde_json::Value;

use super::node::Node;

/// Completes a value; doing it twice changes nothing.
pub(super) fn complete(node: &Node, value: &mut Value) {
    drop_nulls(node, value);
    defaults(node, value);
}

/// Null where the schema says neither `nullable` nor a default is as good as absent.
fn drop_nulls(node: &Node, value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, v| {
                let Some(inner) = node.member(key).filter(|_| !is_meta(node, key)) else { return true };
                if v.is_null() {
                    return !inner.refuses_null() || inner.default.is_some();
                }
                drop_nulls(inner, v);
                true
            });
        }
        Value::Array(items) => {
            if let Some(inner) = &node.items {
                for v in items {
                    drop_nulls(inner, v);
                }
            }
        }
        Value::Number(n) => {
            // 1.0 is an integer to a Go decoder that reads what was stored.
            if let Some(whole) = n.as_f64().filter(|_| n.is_f64()).and_then(whole) {
                *value = whole.into();
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Largest float whose neighbours are still whole numbers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn whole(n: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 53 bits")]
    (n.fract() == 0.0 && n.abs() <= EXACT).then_some(n as i64)
}

fn defaults(node: &Node, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in &node.properties {
                let Some(default) = &inner.default else { continue };
                let missing = map.get(&**key).is_none_or(|v| v.is_null() && inner.refuses_null());
                if missing {
                    map.insert(key.to_string(), default.clone());
                }
            }
            for (key, v) in map.iter_mut().filter(|(key, _)| !is_meta(node, key)) {
                if let Some(inner) = node.member(key) {
                    replace_null(inner, v);
                    defaults(inner, v);
                }
            }
        }
        Value::Array(items) => {
            let Some(inner) = &node.items else { return };
            for v in items {
                replace_null(inner, v);
                defaults(inner, v);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn replace_null(node: &Node, value: &mut Value) {
    if let Some(default) = node.default.as_ref().filter(|_| value.is_null() && node.refuses_null()) {
        *value = default.clone();
    }
}

/// `metadata` of an object follows no custom schema.
fn is_meta(node: &Node, key: &str) -> bool {
    node.embedded && super::prune::META.contains(&key)
}
