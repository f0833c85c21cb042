//! References to entities: `[kind:][namespace/]name`, in any case.

use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// Stands for the kind where none is written and several may be meant.
pub(super) const ANY: &str = "?";

/// A whole reference. Compared without case, shown as written.
#[derive(Clone, Debug, Serialize)]
pub struct EntityRef {
    kind: String,
    namespace: String,
    name: String,
}

impl EntityRef {
    /// A reference from its parts; an empty namespace is `default`.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        Self { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Reads `[kind:][namespace/]name`; what is left out comes from the
    /// defaults. None if the name is empty.
    pub fn parse(text: &str, default_kind: &str, default_namespace: &str) -> Option<Self> {
        let text = text.trim();
        let (kind, rest) = text.split_once(':').unwrap_or((default_kind, text));
        let (namespace, name) = rest.split_once('/').unwrap_or((default_namespace, rest));
        (!name.is_empty() && !kind.is_empty()).then(|| Self::new(kind, namespace, name))
    }

    /// Reads a reference given as text or as `{kind, namespace, name}`.
    pub fn from_value(value: &Value, default_kind: &str, default_namespace: &str) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Self::parse(text, default_kind, default_namespace);
        }
        let part =
            |key: &str, default: &str| value.get(key).and_then(Value::as_str).unwrap_or(default).to_owned();
        let name = value.get("name")?.as_str()?;
        Some(Self::new(&part("kind", default_kind), &part("namespace", default_namespace), name))
    }

    /// The kind as written.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name as written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is compared by.
    pub fn key(&self) -> String {
        format!("{}:{}/{}", self.kind, self.namespace, self.name).to_lowercase()
    }

    /// The same name under another kind.
    #[must_use]
    pub fn with_kind(&self, kind: &str) -> Self {
        Self { kind: kind.to_owned(), ..self.clone() }
    }
}

impl PartialEq for EntityRef {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for EntityRef {}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A reference without a kind is shown as it was written.
        if self.kind != ANY {
            write!(f, "{}:", self.kind.to_lowercase())?;
        }
        if !self.namespace.eq_ignore_ascii_case("default") {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}
