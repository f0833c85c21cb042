//! One stored version of one object: its JSON, written once and served as it
//! is, and the few facts that lists and watches select by.
//!
//! The parsed form is not kept: a parsed pod is five times its JSON, and most
//! pods are idle. [`Object::value`] parses when somebody asks (about 10 µs).

use bytes::Bytes;
use serde_json::Value;

use crate::demo::kinds::group_version;

/// An immutable version of an object.
#[derive(Clone, Debug)]
pub struct Object {
    /// The whole object: `{"kind":…,"apiVersion":…,` and then the rest, keys sorted.
    pub json: Bytes,
    /// Where the part after kind and apiVersion begins.
    body_at: u32,
    /// `metadata.resourceVersion`.
    pub rv: u64,
    uid: Box<str>,
    name: Box<str>,
    namespace: Box<str>,
    labels: Box<[(Box<str>, Box<str>)]>,
}

impl Object {
    /// Freezes a value; `resourceVersion` is written into it first.
    /// Version 0 is that of an object not stored (a dry run), which shows none.
    pub fn freeze(mut value: Value, rv: u64) -> Self {
        if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.remove("resourceVersion");
            if rv > 0 {
                meta.insert("resourceVersion".into(), Value::String(rv.to_string()));
            }
        }
        let (json, body_at) = encode(&value);
        let text = |key: &str| -> Box<str> { text(&value, &format!("/metadata/{key}")).into() };
        let labels = value.pointer("/metadata/labels").and_then(Value::as_object);
        let labels = labels.into_iter().flatten();
        Self {
            json,
            body_at,
            rv,
            uid: text("uid"),
            name: text("name"),
            namespace: text("namespace"),
            labels: labels.map(|(k, v)| (k.as_str().into(), v.as_str().unwrap_or_default().into())).collect(),
        }
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
        serde_json::from_slice(&self.json).unwrap_or_default()
    }

    /// The JSON without kind and apiVersion, as items of typed lists are sent: `{` + this.
    pub fn body(&self) -> &[u8] {
        self.json.get(self.body_at as usize..).unwrap_or_default()
    }

    /// About how much memory this version holds, in bytes.
    pub fn size(&self) -> usize {
        let labels: usize = self.labels.iter().map(|(k, v)| k.len() + v.len() + 32).sum();
        size_of::<Self>() + self.json.len() + self.uid.len() + self.name.len() + self.namespace.len() + labels
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// JSON with kind and apiVersion in front, and the offset of what follows them.
fn encode(value: &Value) -> (Bytes, u32) {
    let mut out = Vec::with_capacity(2048);
    out.push(b'{');
    let Some(map) = value.as_object() else {
        return (Bytes::from_static(b"{}"), 1);
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
    out.shrink_to_fit();
    (Bytes::from(out), body_at)
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
        let text = std::str::from_utf8(&o.json).unwrap();
        assert!(text.starts_with(r#"{"kind":"Pod","apiVersion":"v1","metadata":{"#), "{text}");
        let alone: Value =
            serde_json::from_str(&format!("{{{}", std::str::from_utf8(o.body()).unwrap())).unwrap();
        assert_eq!(alone["metadata"]["resourceVersion"], "7");
        assert!(alone.get("kind").is_none());
        assert_eq!(o.label("x"), Some("y"));
        assert_eq!(o.value()["metadata"]["name"], "a");
    }
}
