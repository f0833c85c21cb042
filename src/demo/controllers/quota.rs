//! The ResourceQuota controller: keeps what a namespace uses in the status.
//! Refusing what is too much is admission's business, see
//! [`crate::demo::admission`].

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cache::Cache;
use super::change::Change;
use super::key::Key;
use super::table::Sight;
use crate::demo::admission::quota;
use crate::demo::store::Object;

/// Counts what one quota is about.
pub(super) fn decide(sight: &Sight<'_>, key: &Key, _: Timestamp, _: &mut fastrand::Rng) -> Vec<Change> {
    let Some(object) = sight.cache.object(key) else { return Vec::new() };
    let value = object.value();
    let list = |resource: &str| objects(sight.cache, resource, &key.ns);
    let used = quota::used(sight.registry, &list, &value);
    let status = json!({"hard": quota::limits(&value), "used": used});
    let same = value.get("status") == Some(&status);
    if same || value.pointer("/metadata/deletionTimestamp").is_some_and(|t| *t != Value::Null) {
        return Vec::new();
    }
    vec![Change::Status { key: key.clone(), status }]
}

fn objects(cache: &Cache, resource: &str, ns: &str) -> Vec<std::sync::Arc<Object>> {
    cache.in_namespace(resource, ns).filter_map(|key| cache.object(key).cloned()).collect()
}
