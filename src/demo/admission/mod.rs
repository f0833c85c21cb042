//! Admission: what a namespace's own rules do to new objects, whoever makes
//! them. [`fill`] lets limit ranges complete a pod, [`check`] lets limit
//! ranges and quotas refuse it.
//!
//! Absent on purpose: webhooks and policies; quotas on changes of an object
//! (a Service that turns into a load balancer is counted, not refused); and
//! counting Events and Leases.

mod limits;
pub mod quota;
mod resources;

use std::sync::Arc;

use serde_json::Value;

use super::kinds::Resource;
use super::status::ApiError;
use super::store::Store;

/// Completes a new object by the rules of its namespace; doing it twice changes nothing.
pub fn fill(store: &Store, resource: &Resource, ns: &str, value: &mut Value) {
    match &*resource.storage {
        "pods" => {
            for range in store.list("limitranges", Some(ns)).0 {
                limits::fill(&range.value(), value);
            }
        }
        "limitranges" => limits::complete(value),
        _ => {}
    }
}

/// Whether the rules of its namespace allow a new object.
///
/// # Errors
/// 403 in the words of LimitRanger and ResourceQuota.
pub fn check(store: &Store, resource: &Arc<Resource>, ns: &str, value: &Value) -> Result<(), ApiError> {
    if ns.is_empty() {
        return Ok(());
    }
    let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let forbidden = |why: String| ApiError::forbidden(resource.gr(), name, &why);
    if &*resource.storage == "pods" {
        for range in store.list("limitranges", Some(ns)).0 {
            limits::check(&range.value(), value).map_err(forbidden)?;
        }
    }
    let quotas = store.list("resourcequotas", Some(ns)).0;
    if quotas.is_empty() {
        return Ok(());
    }
    let registry = store.registry();
    let list = |resource: &str| store.list(resource, Some(ns)).0;
    for quota in quotas {
        quota::check(&registry, &list, &quota.value(), resource, value).map_err(forbidden)?;
    }
    Ok(())
}
