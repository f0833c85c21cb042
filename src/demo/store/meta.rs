//! Small readers and writers of `metadata`, and the ids the store makes up.

use serde_json::{Map, Value, json};

/// The alphabet of generated name suffixes: no vowels, so no words.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// A generated name has this many random characters.
const SUFFIX: usize = 5;
/// A generated name is cut so that it fits a DNS label.
const MAX_PREFIX: usize = 63 - SUFFIX;

/// `metadata`, made when absent.
pub(super) fn meta(value: &mut Value) -> Option<&mut Map<String, Value>> {
    let map = value.as_object_mut()?;
    let slot = map.entry("metadata").or_insert_with(|| json!({}));
    if slot.is_null() {
        *slot = json!({});
    }
    slot.as_object_mut()
}

/// A text field of `metadata`, empty when absent.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get("metadata").and_then(|m| m.get(key)).and_then(Value::as_str).unwrap_or_default()
}

/// `metadata.finalizers` has entries.
pub(super) fn has_finalizers(value: &Value) -> bool {
    value.pointer("/metadata/finalizers").and_then(Value::as_array).is_some_and(|f| !f.is_empty())
}

/// A random (version 4) uid from the store's generator.
pub(super) fn uid(rng: &mut fastrand::Rng) -> String {
    let n = (rng.u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{n:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// A name from `generateName`.
pub(super) fn generated_name(prefix: &str, rng: &mut fastrand::Rng) -> String {
    let end = (0..=prefix.len().min(MAX_PREFIX)).rev().find(|i| prefix.is_char_boundary(*i)).unwrap_or(0);
    let mut name = prefix.get(..end).unwrap_or_default().to_owned();
    name.extend((0..SUFFIX).filter_map(|_| rng.choice(ALPHABET)).map(|b| char::from(*b)));
    name
}
