//! create, update, patch; [`super::delete`] is a room of its own.
//!
//! Every write ends in [`Draft`]: decode and check the fields, keep what the
//! subresource may not touch, complete, validate, record who owns what.

use std::sync::Arc;

use serde_json::Value;

use super::body::{self, Expected, Parsed};
use super::dispatch::Call;
use super::draft::{Draft, Part, Source};
use super::form::Form;
use super::options::Write;
use super::respond::{self, Answer};
use super::{Api, events, patch};
use crate::demo::kinds::Resource;
use crate::demo::rules::{names, warnings};
use crate::demo::status::ApiError;
use crate::demo::store::Object;

/// POST to a collection.
///
/// # Errors
/// 400, 403, 404, 409, 415, 422 in the real server's words.
pub fn create(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let options = Write::of(call, "CreateOptions")?;
    let form = Form::of(call.header("accept"), &call.query)?;
    let parsed = own_body(api, call, row)?;
    let mut draft = Draft::new(api, row, Part::Whole, &options);
    let mut value = draft.decode(parsed, Source::Body)?;
    check_namespace(call, row, &value)?;
    let object = store_new(api, call, row, &mut draft, &mut value)?;
    finish(form, 201, row, &object, api, &draft)
}

/// The body as an object of the resource.
///
/// # Errors
/// As [`body::object`].
pub fn own_body(api: &Api, call: &Call, row: &Resource) -> Result<Parsed, ApiError> {
    let version = row.api_version();
    body::object(api, &call.head.headers, &call.body, &Expected::of(row, &version))
}

/// The common end of create and of an apply to nothing.
fn store_new(
    api: &Api,
    call: &Call,
    row: &Arc<Resource>,
    draft: &mut Draft<'_>,
    value: &mut Value,
) -> Result<Arc<Object>, ApiError> {
    if row.namespaced && call.route.namespace.is_empty() {
        return Err(ApiError::bad_request("an empty namespace may not be set during creation"));
    }
    draft.prepare_new(value, call.namespace(row))?;
    events::to_stored(row, value);
    let stored = events::stored_row(row, api);
    let template = warnings::of(row, None, value);
    let object = api.store.create_as(&stored, call.namespace(row), value.take(), draft.dry_run())?;
    draft.warn(names::warning(row, object.name()));
    draft.warn(template);
    Ok(object)
}

fn check_namespace(call: &Call, row: &Resource, value: &Value) -> Result<(), ApiError> {
    let given = value.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    if row.namespaced
        && !given.is_empty()
        && !call.route.namespace.is_empty()
        && given != call.route.namespace
    {
        return Err(ApiError::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

fn finish(form: Form, code: u16, row: &Resource, object: &Object, api: &Api, draft: &Draft<'_>) -> Answer {
    let mut response = form.one(code, row, object, api)?;
    respond::warn(&mut response, draft.warnings());
    Ok(response)
}

/// PUT to an object, or to its status.
///
/// # Errors
/// As [`create`], and 409 when the resourceVersion is not the newest.
pub fn replace(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    replace_part(api, call, row, Part::Whole)
}

/// Kinds that a PUT creates when they are not there.
const CREATED_BY_PUT: [&str; 9] = [
    "leases",
    "events",
    "services",
    "endpoints",
    "limitranges",
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
];

/// PUT to a part of an object.
///
/// # Errors
/// As [`replace`].
pub fn replace_part(api: &Api, call: &Call, row: &Arc<Resource>, part: Part) -> Answer {
    let options = Write::of(call, "UpdateOptions")?;
    let form = Form::of(call.header("accept"), &call.query)?;
    let parsed = own_body(api, call, row)?;
    let mut draft = Draft::new(api, row, part, &options);
    let mut wanted = draft.decode(parsed, Source::Body)?;
    check_url(call, row, &wanted)?;
    let stored = events::stored_row(row, api);
    let (ns, name) = (call.namespace(row), call.route.name.as_str());
    let missing = api.store.get(&stored.storage, ns, name).is_none();
    if missing && part == Part::Whole && CREATED_BY_PUT.contains(&&*row.storage) {
        let object = store_new(api, call, row, &mut draft, &mut wanted)?;
        return finish(form, 201, row, &object, api, &draft);
    }
    events::to_stored(row, &mut wanted);
    let object = api.store.update_as(&stored, ns, name, draft.dry_run(), |value| {
        let before = value.clone();
        draft.check_versions(&before, &wanted, true)?;
        *value = wanted;
        draft.prepare_change(&before, value)
    })?;
    finish(form, 200, row, &object, api, &draft)
}

/// The name and namespace in the body must be those of the path.
fn check_url(call: &Call, row: &Resource, value: &Value) -> Result<(), ApiError> {
    let text = |key: &str| value["metadata"][key].as_str().unwrap_or_default();
    let (name, ns) = (text("name"), text("namespace"));
    if name != call.route.name {
        let url = &call.route.name;
        let message = if name.is_empty() {
            format!("the name of the object ({url} based on URL) was undeterminable: name must be provided")
        } else {
            format!("the name of the object ({name}) does not match the name on the URL ({url})")
        };
        return Err(ApiError::bad_request(message));
    }
    if row.namespaced && !ns.is_empty() && ns != call.route.namespace {
        return Err(ApiError::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// PATCH of an object.
///
/// # Errors
/// As [`replace`], and what is wrong with the patch itself.
pub fn patch(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    patch_part(api, call, row, Part::Whole)
}

/// PATCH of a part of an object.
///
/// # Errors
/// As [`patch()`].
pub fn patch_part(api: &Api, call: &Call, row: &Arc<Resource>, part: Part) -> Answer {
    let kind = patch::Kind::of(&call.head.headers, row)?;
    let options = Write::of(call, "PatchOptions")?;
    options.check_patch(kind == patch::Kind::Apply)?;
    let form = Form::of(call.header("accept"), &call.query)?;
    let patch = patch::Patch::parse(kind, &call.body, &options)?;
    let (ns, name) = (call.namespace(row), call.route.name.as_str());
    let stored = events::stored_row(row, api);
    let mut draft = Draft::new(api, row, part, &options);
    if kind == patch::Kind::Apply {
        let exists = api.store.get(&stored.storage, ns, name).is_some();
        patch.check_identity(call, row, exists)?;
        if part == Part::Whole && !exists {
            return apply_new(api, call, row, &mut draft, &patch, form);
        }
    }
    let object = api.store.update_as(&stored, ns, name, draft.dry_run(), |value| {
        let before = value.clone();
        if kind == patch::Kind::Apply {
            return draft.apply(&before, value, &patch);
        }
        patch.merge_into(value, draft.schema(), row)?;
        let decoded = draft.decode(Parsed { value: value.take(), ..patch.parsed() }, Source::Patch)?;
        check_url(call, row, &decoded)?;
        *value = decoded;
        draft.check_versions(&before, value, false)?;
        draft.prepare_change(&before, value)
    })?;
    finish(form, 200, row, &object, api, &draft)
}

fn apply_new(
    api: &Api,
    call: &Call,
    row: &Arc<Resource>,
    draft: &mut Draft<'_>,
    patch: &patch::Patch,
    form: Form,
) -> Answer {
    if let Some(uid) = patch.value().pointer("/metadata/uid").and_then(Value::as_str) {
        let why = format!(
            "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        );
        return Err(ApiError::conflict(row.gr(), &call.route.name, &why));
    }
    let mut value = draft.decode(patch.parsed(), Source::Apply)?;
    value["metadata"]["name"] = call.route.name.as_str().into();
    draft.applied = true;
    let object = store_new(api, call, row, draft, &mut value)?;
    finish(form, 201, row, &object, api, draft)
}
