//! ControllerRevisions: the templates a StatefulSet or DaemonSet can go back to.
//!
//! Absent on purpose: collisions of the hash, and adoption of revisions
//! nobody owns.

use serde::Deserialize;
use serde_json::{Value, json};

use super::cache::Cache;
use super::change::Change;
use super::key::{Key, resource};
use super::meta::{Meta, controller_ref};
use super::workload::{REVISION_HASH, Workload};

/// Revisions kept beside the current one unless the spec says otherwise.
const KEPT: usize = 10;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Revision {
    metadata: Meta,
    revision: u64,
}

/// What to do so that the template of `set` is its newest revision, named
/// `<set>-<hash>`: it is created, or an older one of the same template takes
/// the next number. The oldest beyond `limit` go, unless a pod is `in_use` of it.
pub fn keep<T: Default + for<'de> Deserialize<'de>>(
    set: &Workload<T>,
    cache: &Cache,
    kind: &'static str,
    template: &Value,
    limit: Option<usize>,
    in_use: &dyn Fn(&str) -> bool,
) -> Vec<Change> {
    let hash = set.revision(template);
    let name = format!("{}-{hash}", set.metadata.name);
    let owned =
        cache.dependents(&set.metadata.uid).filter(|k| &*k.resource == resource::CONTROLLER_REVISIONS);
    let mut kept: Vec<(Key, Revision)> = owned.filter_map(|k| Some((k.clone(), cache.read(k)?))).collect();
    kept.sort_by_key(|(_, revision)| revision.revision);
    let newest = kept.last().map_or(0, |(_, revision)| revision.revision);
    let mut changes = Vec::new();
    match kept.iter().find(|(key, _)| *key.name == *name) {
        Some((_, current)) if current.revision == newest => {}
        Some((key, _)) => {
            changes.push(Change::Patch { key: key.clone(), patch: json!({"revision": newest + 1}) });
        }
        None => changes.push(Change::Create {
            resource: resource::CONTROLLER_REVISIONS,
            body: body(set, kind, &name, &hash, template, newest + 1),
        }),
    }
    let old: Vec<_> = kept.iter().filter(|(key, _)| *key.name != *name && !in_use(&key.name)).collect();
    let surplus = old.len().saturating_sub(limit.unwrap_or(KEPT));
    changes.extend(old.into_iter().take(surplus).map(|(key, revision)| Change::Delete {
        key: key.clone(),
        uid: revision.metadata.uid.clone(),
        grace: None,
    }));
    changes
}

fn body<T: Default>(
    set: &Workload<T>,
    kind: &'static str,
    name: &str,
    hash: &str,
    template: &Value,
    number: u64,
) -> Value {
    let mut kept = template.clone();
    kept["$patch"] = "replace".into();
    let mut labels = template.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    labels[REVISION_HASH] = hash.into();
    json!({
        "metadata": {
            "name": name,
            "namespace": set.metadata.namespace,
            "labels": labels,
            "annotations": set.metadata.annotations,
            "ownerReferences": [controller_ref(kind, &set.metadata)],
        },
        "data": {"spec": {"template": kept}},
        "revision": number,
    })
}
