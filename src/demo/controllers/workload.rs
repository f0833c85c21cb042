//! What StatefulSets, DaemonSets and Jobs have in common: a template, pods
//! they own, and a hash that tells two templates apart.

use serde::Deserialize;
use serde_json::{Value, json};

use super::cache::Cache;
use super::change::{Change, Note};
use super::key::Key;
use super::meta::{Meta, controller_ref};
use super::pod::PodView;

/// Label with the hash of the template a pod was made from.
pub const REVISION_HASH: &str = "controller-revision-hash";

/// An object with a pod template; `T` is the rest of its spec.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Workload<T: Default> {
    /// Metadata.
    pub metadata: Meta,
    /// Spec.
    pub spec: T,
    /// Status as it was written last.
    pub status: Value,
}

impl<T: Default + for<'de> Deserialize<'de>> Workload<T> {
    /// Reads it, unless it is absent.
    pub fn read(cache: &Cache, key: &Key) -> Option<Self> {
        cache.read(key)
    }

    /// Pods it controls.
    pub fn pods<'c>(&self, cache: &'c Cache) -> Vec<&'c PodView> {
        let mine = |p: &&PodView| p.controller().is_some_and(|o| o.uid == self.metadata.uid);
        cache.pods_of(&self.metadata.uid).filter(mine).collect()
    }

    /// A pod named `name` from `template`, with more labels.
    pub fn pod(&self, resource: &str, template: &Value, name: &str, labels: &[(&str, String)]) -> Value {
        let mut body = template.clone();
        if !body["metadata"].is_object() {
            body["metadata"] = json!({});
        }
        body["apiVersion"] = "v1".into();
        body["kind"] = "Pod".into();
        body["metadata"]["name"] = name.into();
        body["metadata"]["generateName"] = format!("{}-", self.metadata.name).into();
        body["metadata"]["namespace"] = self.metadata.namespace.clone().into();
        body["metadata"]["ownerReferences"] = json!([controller_ref(resource, &self.metadata)]);
        for (k, v) in labels {
            body["metadata"]["labels"][*k] = v.clone().into();
        }
        body
    }

    /// The status change, if there is one.
    pub fn status_change(&self, key: &Key, status: Value) -> Option<Change> {
        (self.status != status).then(|| Change::Status { key: key.clone(), status })
    }

    /// A normal event about it.
    pub fn note(&self, key: &Key, from: &'static str, reason: &'static str, message: String) -> Change {
        Change::Note(Note::normal(key, &self.metadata.uid, from, reason, message))
    }
}

/// Asks for a pod to go.
pub fn delete_pod(pod: &PodView) -> Change {
    Change::Delete { key: pod.key.clone(), uid: pod.uid().to_owned(), grace: None }
}
