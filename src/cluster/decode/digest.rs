//! One number for a whole template.

use super::template::HASH_LABEL;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A hash over everything in a pod template except its `pod-template-hash`
/// label: equal for equal templates, whatever the order of their fields.
/// Missing, `null` and empty labels and annotations are the same, as they are
/// to the Deployment controller. The order of lists counts, as it does there.
///
/// The first eight bytes of SHA-256: stable across releases and machines.
pub fn digest_template(template: &Value) -> u64 {
    let mut hash = Sha256::new();
    feed(&mut hash, template, &mut Vec::new());
    let bytes = hash.finalize();
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Templates are a handful of levels deep; this ends a malicious one.
const DEEPEST: usize = 64;

fn feed<'a>(hash: &mut Sha256, value: &'a Value, path: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) if path.len() < DEEPEST => {
            let mut fields: Vec<_> = fields.iter().filter(|(key, value)| counts(path, key, value)).collect();
            fields.sort_by_key(|(key, _)| key.as_str());
            hash.update(b"{");
            for (key, value) in fields {
                length_and_bytes(hash, key);
                path.push(key);
                feed(hash, value, path);
                path.pop();
            }
            hash.update(b"}");
        }
        Value::Array(items) if path.len() < DEEPEST => {
            hash.update(b"[");
            for item in items {
                path.push("");
                feed(hash, item, path);
                path.pop();
            }
            hash.update(b"]");
        }
        Value::String(text) => length_and_bytes(hash, text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            length_and_bytes(hash, &value.to_string());
        }
    }
}

fn counts(path: &[&str], key: &str, value: &Value) -> bool {
    match (path, key) {
        (["metadata", "labels"], HASH_LABEL) => false,
        (["metadata"], "labels" | "annotations") => {
            value.as_object().is_some_and(|map| map.keys().any(|key| key != HASH_LABEL))
        }
        _ => !value.is_null(),
    }
}

/// The length first, so that `["ab","c"]` and `["a","bc"]` differ.
fn length_and_bytes(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}
