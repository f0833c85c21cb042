//! Subresources.

mod binding;
mod eviction;
mod log;
mod proxy;
mod scale;
mod stream;

use std::sync::Arc;

use serde_json::Value;

use super::dispatch::Call;
use super::draft::Part;
use super::respond::Answer;
use super::{Api, read, write};
use crate::demo::kinds::Resource;
use crate::demo::status::ApiError;

/// Answers a request to a subresource.
///
/// # Errors
/// 404 for one that is not served, 405, and what the subresource refuses.
pub fn answer(api: &Arc<Api>, call: &Call, row: &Arc<Resource>) -> Answer {
    let sub = call.route.subresource.clone();
    if !row.has(&sub) {
        return Err(ApiError::no_such_path());
    }
    let verb = call.route.verb.clone();
    match (sub.as_str(), verb.as_str()) {
        ("status", "get") => read::get(api, call, row),
        ("status", "update") => write::replace_part(api, call, row, Part::Status),
        ("status", "patch") => write::patch_part(api, call, row, Part::Status),
        ("scale", "get") => scale::get(api, call, row),
        ("scale", "update") => scale::replace(api, call, row),
        ("scale", "patch") => scale::patch(api, call, row),
        ("log", "get") => log::get(api, call),
        ("eviction", "create") => eviction::create(api, call, row),
        ("binding", "create") => binding::create(api, call, row),
        ("finalize", "update") => finalize(api, call, row),
        ("proxy", "get") => proxy::get(api, call),
        ("exec", "get" | "create") => stream::exec(api, call),
        ("portforward", "get" | "create") => stream::forward(api, call),
        _ => Err(ApiError::method_not_allowed()),
    }
}

/// PUT of a Namespace's `finalize`: the only way to change its finalizers.
fn finalize(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let parsed = write::own_body(api, call, row)?;
    let object = api.store.update_as(row, "", &call.route.name, false, |value| {
        let finalizers = parsed.value["spec"]["finalizers"].as_array().cloned().unwrap_or_default();
        value["spec"]["finalizers"] = Value::Array(finalizers);
        Ok(())
    })?;
    super::form::Form::Full.one(200, row, &object, api)
}
