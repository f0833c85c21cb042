//! The two Event APIs: one storage, two shapes. Stored is the core one.

use bytes::Bytes;
use serde_json::Value;

use crate::demo::kinds::Resource;
use crate::demo::store::Object;

/// Fields by their name in `v1` and in `events.k8s.io/v1`.
const RENAMED: [(&str, &str); 6] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("count", "deprecatedCount"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("source", "deprecatedSource"),
];
/// `reportingComponent` is `reportingController` there.
const REPORTING: (&str, &str) = ("reportingComponent", "reportingController");

/// How stored objects are turned into this resource's shape; None when they are it already.
pub fn converter(row: &Resource) -> Option<fn(&Object) -> Bytes> {
    (row.group == "events.k8s.io").then_some(to_new as fn(&Object) -> Bytes)
}

fn to_new(object: &Object) -> Bytes {
    let mut value = object.value();
    if let Some(map) = value.as_object_mut() {
        for (core, new) in RENAMED.into_iter().chain([REPORTING]) {
            if let Some(v) = map.remove(core) {
                map.insert(new.into(), v);
            }
        }
        map.insert("apiVersion".into(), "events.k8s.io/v1".into());
    }
    serde_json::to_vec(&value).unwrap_or_default().into()
}

/// Turns what a client of `events.k8s.io/v1` sent into what is stored.
pub fn to_stored(row: &Resource, value: &mut Value) {
    if row.group != "events.k8s.io" {
        return;
    }
    if let Some(map) = value.as_object_mut() {
        for (core, new) in RENAMED.into_iter().chain([REPORTING]) {
            if let Some(v) = map.remove(new) {
                map.insert(core.into(), v);
            }
        }
        map.insert("apiVersion".into(), "v1".into());
    }
}

/// The resource whose objects are stored for this one.
pub fn stored_row(row: &std::sync::Arc<Resource>, api: &super::Api) -> std::sync::Arc<Resource> {
    if row.group == "events.k8s.io" {
        api.store.resource("events").unwrap_or_else(|| row.clone())
    } else {
        row.clone()
    }
}
