//! ControllerRevisions: the templates a StatefulSet or DaemonSet has had, in
//! order, as `kubectl rollout history` and `undo` read them.

use std::cmp::Reverse;

use serde::Deserialize;
use serde_json::{Value, json};

use super::cache::Cache;
use super::change::Change;
use super::hash::{canonical, template_hash};
use super::key::{Key, resource};
use super::meta::{Meta, controller_ref};

/// Revisions kept besides those in use, unless the set says otherwise.
const KEPT: usize = 10;

/// Whose templates are recorded.
pub struct Recorded<'a> {
    /// Plural of the owner.
    pub resource: &'static str,
    /// The owner.
    pub owner: &'a Meta,
    /// Its template now.
    pub template: &'a Value,
    /// Label with the hash: the two kinds of owner disagree about it.
    pub hash_label: &'static str,
    /// `spec.revisionHistoryLimit`.
    pub limit: Option<usize>,
}

/// The revision of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Name of the ControllerRevision.
    pub name: String,
    /// The hash in it.
    pub hash: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stored {
    metadata: Meta,
    data: Value,
    revision: i64,
}

impl Recorded<'_> {
    /// The revision of the template, and what makes the record say so: a new entry, or an old one
    /// with a new number when the set returns to what it was.
    pub fn sync(&self, cache: &Cache) -> (Revision, Vec<Change>) {
        let all = self.stored(cache);
        let last = all.iter().map(|r| r.revision).max().unwrap_or(0);
        let wanted = canonical(self.template);
        let same = |r: &&Stored| r.data.pointer("/spec/template").is_some_and(|t| without_patch(t) == wanted);
        let Some(found) = all.iter().find(same) else {
            let hash = template_hash(self.template, None);
            let revision = Revision { name: format!("{}-{hash}", self.owner.name), hash };
            let body = self.body(&revision, last + 1);
            return (revision, vec![Change::Create { resource: resource::CONTROLLER_REVISIONS, body }]);
        };
        let revision = Revision {
            name: found.metadata.name.clone(),
            hash: found.metadata.labels.get(self.hash_label).cloned().unwrap_or_default(),
        };
        let mut changes = Vec::new();
        if found.revision < last {
            changes.push(Change::Patch { key: self.key(found), patch: json!({"revision": last + 1}) });
        }
        (revision, changes)
    }

    /// Lets go of the oldest revisions beyond the limit that `in_use` does not name.
    pub fn prune(&self, cache: &Cache, in_use: &dyn Fn(&str) -> bool) -> Vec<Change> {
        let mut unused = self.stored(cache);
        unused.retain(|r| !in_use(&r.metadata.name));
        unused.sort_by_key(|r| Reverse(r.revision));
        let beyond = unused.iter().skip(self.limit.unwrap_or(KEPT));
        let delete =
            |r: &Stored| Change::Delete { key: self.key(r), uid: r.metadata.uid.clone(), grace: None };
        beyond.map(delete).collect()
    }

    fn stored(&self, cache: &Cache) -> Vec<Stored> {
        let keys =
            cache.dependents(&self.owner.uid).filter(|k| &*k.resource == resource::CONTROLLER_REVISIONS);
        keys.filter_map(|k| cache.read(k)).collect()
    }

    fn key(&self, stored: &Stored) -> Key {
        Key::new(resource::CONTROLLER_REVISIONS, &self.owner.namespace, &stored.metadata.name)
    }

    fn body(&self, revision: &Revision, number: i64) -> Value {
        let mut template = self.template.clone();
        template["$patch"] = "replace".into();
        let mut labels = self.template.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
        labels[self.hash_label] = revision.hash.as_str().into();
        json!({
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {
                "name": revision.name,
                "namespace": self.owner.namespace,
                "labels": labels,
                "annotations": self.owner.annotations,
                "ownerReferences": [controller_ref(self.resource, self.owner)],
            },
            "data": {"spec": {"template": template}},
            "revision": number,
        })
    }
}

fn without_patch(template: &Value) -> Value {
    let mut copy = canonical(template);
    if let Some(map) = copy.as_object_mut() {
        map.remove("$patch");
    }
    copy
}
