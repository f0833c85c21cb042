//! Label and field selectors.

use serde_json::Value;

use super::labels::{Label, labels};
use super::query::Query;
use crate::demo::kinds::Resource;
use crate::demo::status::{ApiError, quote};
use crate::demo::store::Object;

/// One requirement on a field.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    path: String,
    value: String,
    equal: bool,
}

/// What a list or watch keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    labels: Vec<Label>,
    fields: Vec<Field>,
}

/// Fields that can be selected, by storage key; every kind has `metadata.name` and `.namespace`.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "pods",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
    ),
    (
        "events",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
    ),
    ("secrets", &["type"]),
    ("namespaces", &["status.phase"]),
    ("nodes", &["spec.unschedulable"]),
    ("jobs", &["status.successful"]),
    ("replicasets", &["status.replicas"]),
    ("replicationcontrollers", &["status.replicas"]),
    ("services", &["spec.clusterIP", "spec.type"]),
];

impl Selector {
    /// Reads `labelSelector` and `fieldSelector` of a request.
    ///
    /// # Errors
    /// 400 in the real server's words for what does not parse or cannot be selected.
    pub fn of(query: &Query, resource: &Resource) -> Result<Self, ApiError> {
        let labels = match query.text("labelSelector") {
            Some(text) => labels(text).map_err(ApiError::bad_request)?,
            None => Vec::new(),
        };
        let fields = match query.text("fieldSelector") {
            Some(text) => fields(text, resource)?,
            None => Vec::new(),
        };
        Ok(Self { labels, fields })
    }

    /// A selector on labels alone, such as that of a `scale` subresource.
    pub fn from_labels(text: &str) -> Option<Self> {
        Some(Self { labels: labels(text).ok()?, fields: Vec::new() })
    }

    /// Keeps only the object of this name.
    pub fn require_name(&mut self, name: &str) {
        self.fields.push(Field { path: "metadata.name".into(), value: name.to_owned(), equal: true });
    }

    /// Whether everything matches.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether the object is kept.
    pub fn matches(&self, object: &Object) -> bool {
        self.labels.iter().all(|l| l.matches(object)) && self.fields_match(object)
    }

    fn fields_match(&self, object: &Object) -> bool {
        let mut parsed: Option<Value> = None;
        self.fields.iter().all(|f| {
            let is = match f.path.as_str() {
                "metadata.name" => object.name() == f.value,
                "metadata.namespace" => object.namespace() == f.value,
                path => {
                    let value = parsed.get_or_insert_with(|| object.value());
                    field_text(value, path) == f.value
                }
            };
            is == f.equal
        })
    }
}

fn field_text(value: &Value, path: &str) -> String {
    let pointer = match path {
        "source" => "/source/component".to_owned(),
        "status.successful" => "/status/succeeded".to_owned(),
        path => format!("/{}", path.replace('.', "/")),
    };
    match value.pointer(&pointer) {
        Some(Value::String(s)) => s.clone(),
        Some(Value::Bool(b)) => b.to_string(),
        Some(Value::Number(n)) => n.to_string(),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => match path {
            "spec.hostNetwork" | "spec.unschedulable" => "false".to_owned(),
            "status.successful" | "status.replicas" => "0".to_owned(),
            _ => String::new(),
        },
    }
}

fn fields(text: &str, resource: &Resource) -> Result<Vec<Field>, ApiError> {
    let mut out = Vec::new();
    for term in text.split(',').filter(|t| !t.is_empty()) {
        let parsed = term
            .split_once("!=")
            .map(|(k, v)| (k, v, false))
            .or_else(|| term.split_once("==").map(|(k, v)| (k, v, true)))
            .or_else(|| term.split_once('=').map(|(k, v)| (k, v, true)));
        let Some((path, value, equal)) = parsed else {
            let why = format!("invalid selector: '{text}'; can't understand '{term}'");
            return Err(ApiError::bad_request(why));
        };
        if !is_selectable(resource, path) {
            return Err(ApiError::bad_request(not_selectable(resource, path)));
        }
        out.push(Field { path: path.to_owned(), value: value.to_owned(), equal });
    }
    Ok(out)
}

fn not_selectable(resource: &Resource, path: &str) -> String {
    if &*resource.storage == "jobs" {
        format!("field label {} not supported for Job", quote(path))
    } else if FIELDS.iter().any(|(storage, _)| *storage == &*resource.storage) {
        format!("field label not supported: {path}")
    } else {
        format!(
            "{} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
            quote(path)
        )
    }
}

fn is_selectable(resource: &Resource, path: &str) -> bool {
    path == "metadata.name"
        || (path == "metadata.namespace")
        || FIELDS.iter().any(|(storage, paths)| *storage == &*resource.storage && paths.contains(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(labels: &Value) -> Object {
        Object::freeze(json!({"kind": "Pod", "metadata": {"name": "p", "labels": labels}}), 1)
    }

    #[test]
    fn label_selectors_select() {
        let o = object(&json!({"app": "web", "tier": "1"}));
        for (text, want) in [
            ("app=web", true),
            ("app==web,tier=1", true),
            ("app!=web", false),
            ("nope!=web", true),
            ("app in (api, web)", true),
            ("app notin (api,web)", false),
            ("app", true),
            ("!app", false),
            ("!nope", true),
            ("tier>0", true),
            ("tier<1", false),
            ("app in (web),!nope,tier=1", true),
        ] {
            let s = Selector { labels: labels(text).unwrap(), fields: Vec::new() };
            assert_eq!(s.matches(&o), want, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["a in (b", "=x", "a b c", "a like (b)", "tier>x", "!!", "a=b=c", "a,", ",a"] {
            assert!(labels(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_selector_text_parses_or_is_refused(text in "[ a-z!=<>(),./-]{0,40}") {
            let _ = labels(&text);
        }
    }
}
