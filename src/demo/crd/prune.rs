//! Removing fields a schema does not name.

use std::fmt::Write as _;

use serde_json::Value;

use super::node::{Additional, Node};

/// Fields every object has, whatever its schema says.
pub(super) const META: [&str; 3] = ["apiVersion", "kind", "metadata"];
/// More unknown fields than this are dropped without being listed.
const MAX_LISTED: usize = 100;

/// Removes unknown fields from a whole object and returns their paths, sorted.
pub(super) fn unknown(root: &Node, value: &mut Value) -> Vec<String> {
    let mut out = Vec::new();
    prune(Some(root), value, &mut String::new(), &mut out);
    out.sort_unstable();
    out.truncate(MAX_LISTED);
    out
}

fn prune(node: Option<&Node>, value: &mut Value, path: &mut String, out: &mut Vec<String>) {
    let keep = node.is_some_and(|n| n.preserve);
    let length = path.len();
    match value {
        Value::Object(map) => map.retain(|key, v| {
            if node.is_some_and(|n| n.embedded) && META.contains(&key.as_str()) {
                return true;
            }
            let inner = node.and_then(|n| n.member(key));
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(key);
            let known = inner.is_some() || keep || node.is_some_and(takes_any);
            if let Some(inner) = inner {
                prune(Some(inner), v, path, out);
            } else if !known {
                out.push(path.clone());
            } else if !keep {
                prune(None, v, path, out);
            }
            path.truncate(length);
            known
        }),
        Value::Array(items) => {
            let inner = node.and_then(|n| n.items.as_deref());
            for (index, v) in items.iter_mut().enumerate().filter(|_| !keep) {
                // Writing to a String cannot fail.
                let _ = write!(path, "[{index}]");
                prune(inner, v, path, out);
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `additionalProperties: true` keeps the keys, but nothing below them.
fn takes_any(node: &Node) -> bool {
    matches!(node.additional, Additional::Plain(true))
}
