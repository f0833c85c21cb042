//! The Secrets and ConfigMaps without which pods of a template do not start.
//!
//! Left out: what is marked optional, and `imagePullSecrets`, without which the
//! kubelet goes on.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Probe;

/// An object a pod template refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// What it is.
    pub kind: Held,
    /// What it is called.
    pub name: String,
    /// The keys that are asked for by name.
    pub keys: BTreeSet<String>,
}

/// A reference, and the keys the object has: none if there is no such object.
pub type Looked = (Reference, Probe<Option<BTreeSet<String>>>);

/// What holds the values a template refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

impl Held {
    /// `secrets`, as in rights and paths.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Secret => "secrets",
            Self::ConfigMap => "configmaps",
        }
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            Held::Secret => "Secret",
            Held::ConfigMap => "ConfigMap",
        };
        write!(f, "{kind} {}", self.name)
    }
}

/// Where a reference stands in a container's `env` and `envFrom`, a volume and a
/// source of a projected volume; `secretName` is what volumes alone say.
const PLACES: [(&str, Held, &str); 7] = [
    ("/valueFrom/secretKeyRef", Held::Secret, "name"),
    ("/valueFrom/configMapKeyRef", Held::ConfigMap, "name"),
    ("/secretRef", Held::Secret, "name"),
    ("/configMapRef", Held::ConfigMap, "name"),
    ("/secret", Held::Secret, "secretName"),
    ("/secret", Held::Secret, "name"),
    ("/configMap", Held::ConfigMap, "name"),
];

/// What the pods of a Deployment or a template cannot start without, each once.
pub fn references(deployment: &Value) -> Vec<Reference> {
    let each = |at: &Value, path: &str| -> Vec<Value> {
        at.pointer(path).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let spec = deployment.pointer("/spec/template/spec").unwrap_or(&Value::Null);
    let mut holders = Vec::new();
    for container in [each(spec, "/containers"), each(spec, "/initContainers")].concat() {
        holders.extend(each(&container, "/env"));
        holders.extend(each(&container, "/envFrom"));
    }
    for volume in each(spec, "/volumes") {
        holders.extend(each(&volume, "/projected/sources"));
        holders.push(volume);
    }
    let mut found: BTreeMap<(Held, String), BTreeSet<String>> = BTreeMap::new();
    for holder in &holders {
        for (path, kind, called) in PLACES {
            let Some(named) = holder.pointer(path) else { continue };
            let text = |at: &Value, key: &str| at.get(key).and_then(Value::as_str).map(str::to_owned);
            let optional = named.get("optional").and_then(Value::as_bool) == Some(true);
            let Some(name) = text(named, called).filter(|name| !name.is_empty() && !optional) else {
                continue;
            };
            let keys = found.entry((kind, name)).or_default();
            keys.extend(text(named, "key"));
            keys.extend(each(named, "/items").iter().filter_map(|item| text(item, "key")));
        }
    }
    found.into_iter().map(|((kind, name), keys)| Reference { kind, name, keys }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn words(spec: &Value) -> Vec<String> {
        let found = references(&json!({"spec": {"template": {"spec": spec}}}));
        let keys = |r: &Reference| r.keys.iter().cloned().collect::<Vec<_>>().join(",");
        found.iter().map(|r| format!("{r}[{}]", keys(r))).collect()
    }

    #[test]
    fn every_place_a_template_refers_from_is_read() {
        let spec = json!({
            "containers": [{
                "env": [
                    {"name": "A", "value": "x"},
                    {"name": "B", "valueFrom": {"secretKeyRef": {"name": "db", "key": "uri"}}},
                    {"name": "C", "valueFrom": {"secretKeyRef": {"name": "db", "key": "user"}}},
                    {"name": "D", "valueFrom": {"configMapKeyRef": {"name": "app", "key": "mode"}}},
                    {"name": "E", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                ],
                "envFrom": [{"secretRef": {"name": "all"}}, {"configMapRef": {"name": "more"}}],
            }],
            "initContainers": [{"envFrom": [{"secretRef": {"name": "migrate"}}]}],
            "volumes": [
                {"name": "tls", "secret": {"secretName": "tls", "items": [{"key": "tls.crt", "path": "c"}]}},
                {"name": "conf", "configMap": {"name": "conf"}},
                {"name": "tmp", "emptyDir": {}},
                {"name": "mixed", "projected": {"sources": [
                    {"secret": {"name": "one", "items": [{"key": "k", "path": "p"}]}},
                    {"configMap": {"name": "two"}}, {"serviceAccountToken": {"path": "t"}},
                ]}},
            ],
        });
        let want = [
            "Secret all[]",
            "Secret db[uri,user]",
            "Secret migrate[]",
            "Secret one[k]",
            "Secret tls[tls.crt]",
            "ConfigMap app[mode]",
            "ConfigMap conf[]",
            "ConfigMap more[]",
            "ConfigMap two[]",
        ];
        assert_eq!(words(&spec), want);
    }

    #[test]
    fn what_pods_start_without_is_left_out() {
        let spec = json!({
            "imagePullSecrets": [{"name": "pull"}],
            "containers": [{
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "k", "optional": true}}}],
                "envFrom": [{"configMapRef": {"name": "b", "optional": true}}, {"secretRef": {}}],
            }],
            "volumes": [{"secret": {"secretName": "c", "optional": true}}, {"configMap": {"name": ""}}],
        });
        assert_eq!(words(&spec), Vec::<String>::new());
        assert_eq!(words(&Value::Null), Vec::<String>::new());
    }
}
