//! One stored version of one object: its JSON, written once and served as it
//! is, and the few facts that lists and watches select by.
//!
//! The parsed form is not kept: a parsed pod is five times its JSON, and most
//! pods are idle. [`Object::value`] parses when somebody asks (about 10 µs).
//! What versions and siblings have in common, they share.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::family::Family;
use super::text::Text;

use crate::demo::kinds::group_version;

/// Labels, in order.
pub(super) type Labels = Arc<[(Box<str>, Box<str>)]>;

/// An immutable version of an object.
#[derive(Clone, Debug)]
pub struct Object {
    text: Text,
    /// Where the part after kind and apiVersion begins.
    body_at: u32,
    /// `metadata.resourceVersion`.
    pub rv: u64,
    uid: Arc<str>,
    name: Arc<str>,
    namespace: Arc<str>,
    labels: Labels,
}

impl Object {
    /// Freezes a value; `resourceVersion` is written into it first.
    /// Version 0 is that of an object not stored (a dry run), which shows none.
    pub fn freeze(value: Value, rv: u64) -> Self {
        Self::freeze_beside(value, rv, None, &mut Family::default())
    }

    /// Freezes the next version of `before`, sharing with it and with the family what is the same.
    pub(super) fn freeze_beside(
        mut value: Value,
        rv: u64,
        before: Option<&Self>,
        family: &mut Family,
    ) -> Self {
        if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.remove("resourceVersion");
            if rv > 0 {
                meta.insert("resourceVersion".into(), Value::String(rv.to_string()));
            }
        }
        let (json, body_at) = encode(&value);
        let same = |key: &str, kept: Option<&Arc<str>>| -> Arc<str> {
            let text = text(&value, &format!("/metadata/{key}"));
            kept.filter(|kept| ***kept == *text).cloned().unwrap_or_else(|| text.into())
        };
        let labels = labels(&value, &family.labels);
        family.labels = labels.clone();
        Self {
            text: Text::beside(&json, &mut family.base),
            body_at,
            rv,
            uid: same("uid", before.map(|b| &b.uid)),
            name: same("name", before.map(|b| &b.name)),
            namespace: same("namespace", Some(&family.namespace)),
            labels,
        }
    }

    /// The whole object: `{"kind":…,"apiVersion":…,` and then the rest, keys sorted.
    pub fn json(&self) -> Cow<'_, [u8]> {
        self.text.bytes()
    }

    /// `metadata.uid`.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `metadata.namespace`, empty for cluster-scoped objects.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// `metadata.uid`, to be kept without a copy.
    pub fn shared_uid(&self) -> Arc<str> {
        self.uid.clone()
    }

    /// `metadata.name`, to be kept without a copy.
    pub fn shared_name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// `metadata.namespace`, to be kept without a copy.
    pub fn shared_namespace(&self) -> Arc<str> {
        self.namespace.clone()
    }

    /// One label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(k, _)| **k == *key).map(|(_, v)| &**v)
    }

    /// All labels.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|(k, v)| (&**k, &**v))
    }

    /// The object, parsed anew.
    pub fn value(&self) -> Value {
        // The bytes were written by `encode`; if they ever did not parse, Null shows it.
        serde_json::from_slice(&self.json()).unwrap_or_default()
    }

    /// Where in the JSON the part without kind and apiVersion begins, as items of typed lists are
    /// sent: `{` + this.
    pub fn body_at(&self) -> usize {
        self.body_at as usize
    }

    /// About how much memory this version holds for itself, in bytes.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.text.size()
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The labels of an object, shared with its family's where they are the same.
fn labels(value: &Value, kept: &Labels) -> Labels {
    let labels = value.pointer("/metadata/labels").and_then(Value::as_object);
    let labels = || labels.into_iter().flatten().map(|(k, v)| (k.as_str(), v.as_str().unwrap_or_default()));
    if kept.iter().map(|(k, v)| (&**k, &**v)).eq(labels()) {
        return kept.clone();
    }
    labels().map(|(k, v)| (k.into(), v.into())).collect()
}

/// JSON with kind and apiVersion in front, and the offset of what follows them.
fn encode(value: &Value) -> (Vec<u8>, u32) {
    let mut out = Vec::with_capacity(2048);
    out.push(b'{');
    let Some(map) = value.as_object() else {
        return (b"{}".to_vec(), 1);
    };
    // Writing into a Vec cannot fail and keys are strings.
    for key in ["kind", "apiVersion"] {
        if let Some(v) = map.get(key) {
            let _ = serde_json::to_writer(&mut out, key);
            out.push(b':');
            let _ = serde_json::to_writer(&mut out, v);
            out.push(b',');
        }
    }
    let body_at = out.len() as u32;
    for (key, v) in map.iter().filter(|(k, _)| !matches!(k.as_str(), "kind" | "apiVersion")) {
        let _ = serde_json::to_writer(&mut out, key);
        out.push(b':');
        let _ = serde_json::to_writer(&mut out, v);
        out.push(b',');
    }
    // The last comma closes the object; metadata is always there, so there is one.
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.push(b'}');
    (out, body_at)
}

/// Sets `kind` and `apiVersion`.
pub(crate) fn set_type(value: &mut Value, group: &str, version: &str, kind: &str) {
    if let Some(map) = value.as_object_mut() {
        map.insert("kind".into(), kind.into());
        map.insert("apiVersion".into(), group_version(group, version).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kind_comes_first_and_the_rest_can_be_sent_alone() {
        let o = Object::freeze(
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"x": "y"}}}),
            7,
        );
        let text = String::from_utf8(o.json().into_owned()).unwrap();
        assert!(text.starts_with(r#"{"kind":"Pod","apiVersion":"v1","metadata":{"#), "{text}");
        let body = text.get(o.body_at()..).unwrap();
        let alone: Value = serde_json::from_str(&format!("{{{body}")).unwrap();
        assert_eq!(alone["metadata"]["resourceVersion"], "7");
        assert!(alone.get("kind").is_none());
        assert_eq!(o.label("x"), Some("y"));
        assert_eq!(o.value()["metadata"]["name"], "a");
    }
}
