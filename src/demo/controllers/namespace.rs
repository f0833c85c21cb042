//! Namespace deletion: empty it, then let it go.

use serde_json::json;

use super::cache::Cache;
use super::change::Change;
use super::key::Key;

/// One step for a namespace that is being deleted.
pub fn finalize(cache: &Cache, key: &Key) -> Vec<Change> {
    if !cache.is_deleting(key) {
        return Vec::new();
    }
    let contents: Vec<&Key> = cache.contents(&key.name).collect();
    if contents.is_empty() {
        return vec![Change::Patch { key: key.clone(), patch: json!({"spec": {"finalizers": null}}) }];
    }
    let waiting = contents.into_iter().filter(|k| !cache.is_deleting(k));
    waiting
        .filter_map(|k| {
            let uid = cache.object(k)?.uid().to_owned();
            Some(Change::Delete { key: k.clone(), uid, grace: None })
        })
        .collect()
}
