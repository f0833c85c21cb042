//! Cells about Events.

use jiff::Timestamp;
use serde_json::Value;

use super::{UNKNOWN, at, since, str_at};

pub(in crate::demo::api::table) fn event_seen(v: &Value, _: &str, now: Timestamp) -> Value {
    let last = [str_at(v, "/series/lastObservedTime"), str_at(v, "/lastTimestamp"), str_at(v, "/eventTime")];
    let found = last.into_iter().find(|t| !t.is_empty()).unwrap_or_default();
    since(found, now).unwrap_or_else(|| UNKNOWN.into()).into()
}

pub(in crate::demo::api::table) fn event_first(v: &Value, _: &str, now: Timestamp) -> Value {
    let first = [str_at(v, "/firstTimestamp"), str_at(v, "/eventTime")];
    let found = first.into_iter().find(|t| !t.is_empty()).unwrap_or_default();
    since(found, now).unwrap_or_else(|| UNKNOWN.into()).into()
}

pub(in crate::demo::api::table) fn event_count(v: &Value, _: &str, _: Timestamp) -> Value {
    at(v, "/series/count").as_i64().or(at(v, "/count").as_i64()).filter(|n| *n > 0).unwrap_or(1).into()
}

pub(in crate::demo::api::table) fn event_object(v: &Value, _: &str, _: Timestamp) -> Value {
    let (kind, name) = (str_at(v, "/involvedObject/kind"), str_at(v, "/involvedObject/name"));
    if name.is_empty() {
        kind.to_lowercase().into()
    } else {
        format!("{}/{name}", kind.to_lowercase()).into()
    }
}

pub(in crate::demo::api::table) fn event_source(v: &Value, _: &str, _: Timestamp) -> Value {
    let parts = [str_at(v, "/source/component"), str_at(v, "/source/host")];
    let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    if parts.is_empty() { str_at(v, "/reportingComponent").into() } else { parts.join(", ").into() }
}
