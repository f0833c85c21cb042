//! delete, of one object and of a collection, and its options.

use std::sync::Arc;

use http::HeaderMap;
use serde_json::{Value, json};

use super::body::{self, Expected};
use super::dispatch::Call;
use super::form::Form;
use super::respond::{self, Answer};
use super::select::Selector;
use super::{Api, events, options};
use crate::demo::kinds::Resource;
use crate::demo::schema::check;
use crate::demo::status::{ApiError, Cause};
use crate::demo::store::{DeleteOptions, Deleted, Propagation};

/// DELETE of an object.
///
/// # Errors
/// 404, 409 for preconditions, 400 for options that do not parse.
pub fn one(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let options = read_options(api, call)?;
    let form = Form::of(call.header("accept"), &call.query)?;
    let deleted = api.store.delete_as(
        &events::stored_row(row, api),
        call.namespace(row),
        &call.route.name,
        &options,
    )?;
    answer_deleted(api, row, &deleted, form)
}

/// Kinds whose DELETE answers with the object even when it is gone.
const RETURN_OBJECT: [&str; 3] = ["pods", "services", "persistentvolumeclaims"];

fn answer_deleted(api: &Api, row: &Resource, deleted: &Deleted, form: Form) -> Answer {
    if !deleted.gone || RETURN_OBJECT.contains(&&*row.storage) {
        return form.one(200, row, &deleted.object, api);
    }
    let group = if row.group.is_empty() { String::new() } else { format!("\"group\":\"{}\",", row.group) };
    Ok(respond::json_bytes(
        200,
        format!(
            "{{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{{}},\"status\":\"Success\",\"details\":{{\"name\":{},{group}\"kind\":\"{}\",\"uid\":\"{}\"}}}}",
            serde_json::Value::from(deleted.object.name()),
            row.plural,
            deleted.object.uid()
        )
        .as_bytes(),
    ))
}

/// DELETE of a collection.
///
/// # Errors
/// 400 for selectors and options that do not parse.
pub fn collection(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let options = read_options(api, call)?;
    let selector = Selector::of(&call.query, row)?;
    let ns = (row.namespaced && !call.route.namespace.is_empty()).then_some(call.route.namespace.as_str());
    let (objects, rv) = api.store.list(&row.storage, ns);
    let stored = events::stored_row(row, api);
    let mut items = Vec::new();
    for object in objects.iter().filter(|o| selector.matches(o)) {
        match api.store.delete_as(&stored, object.namespace(), object.name(), &options) {
            Ok(deleted) => items.push(deleted.object.value()),
            // Somebody else was faster; gone is what was asked for.
            Err(e) if e.code == 404 => {}
            Err(e) => return Err(e),
        }
    }
    Ok(respond::json(
        200,
        &json!({
            "kind": row.list_kind(), "apiVersion": row.api_version(),
            "metadata": {"resourceVersion": rv.to_string()}, "items": items
        }),
    ))
}

/// `DeleteOptions` from the body, or else from the query.
///
/// # Errors
/// 400 when they do not parse, 422 for values that are not allowed.
fn read_options(api: &Api, call: &Call) -> Result<DeleteOptions, ApiError> {
    let given = if call.body.trim_ascii().is_empty() {
        query_options(call)?
    } else {
        body_options(api, &call.head.headers, &call.body)?
    };
    let text = |key: &str| given[key].as_str().map(str::to_owned);
    let propagation = match text("propagationPolicy").as_deref() {
        None | Some("") => None,
        Some("Background") => Some(Propagation::Background),
        Some("Foreground") => Some(Propagation::Foreground),
        Some("Orphan") => Some(Propagation::Orphan),
        Some(other) => {
            let cause = Cause::not_supported(
                "propagationPolicy",
                other,
                &["Foreground", "Background", "Orphan", "nil"],
            );
            return Err(ApiError::invalid("meta.k8s.io", "DeleteOptions", "", vec![cause]));
        }
    };
    let dry: Vec<&str> = given["dryRun"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let dry_run = options::dry_run(dry.into_iter().chain(call.query.all("dryRun")), "DeleteOptions")?;
    Ok(DeleteOptions {
        grace_seconds: given["gracePeriodSeconds"].as_i64(),
        propagation,
        uid: given["preconditions"]["uid"].as_str().map(str::to_owned),
        resource_version: given["preconditions"]["resourceVersion"].as_str().map(str::to_owned),
        dry_run,
    })
}

fn query_options(call: &Call) -> Result<Value, ApiError> {
    let mut out = json!({});
    if let Some(seconds) = super::read::number(&call.query, "gracePeriodSeconds")? {
        out["gracePeriodSeconds"] = seconds.into();
    }
    if let Some(policy) = call.query.text("propagationPolicy") {
        out["propagationPolicy"] = policy.into();
    }
    Ok(out)
}

fn body_options(api: &Api, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, ApiError> {
    let mut value = body::object(api, headers, bytes, &Expected::kind("v1", "DeleteOptions"))?.value;
    let (version, kind) =
        (value["apiVersion"].as_str().unwrap_or("v1"), value["kind"].as_str().unwrap_or("DeleteOptions"));
    if kind != "DeleteOptions" {
        return Err(ApiError::bad_request(format!(
            "no kind \"{kind}\" is registered for version \"{version}\" in scheme \"pkg/runtime/scheme.go:111\""
        )));
    }
    let root = api.schema.sendable("v1", "DeleteOptions");
    let misfits = root.map(|root| check::object(&api.schema, root, "DeleteOptions", &mut value));
    if let Some(why) = misfits.and_then(|misfits| misfits.wrong_type) {
        return Err(ApiError::bad_request(why));
    }
    if !value["orphanDependents"].is_null() && !value["propagationPolicy"].is_null() {
        let cause = Cause::invalid(
            "propagationPolicy",
            &value["propagationPolicy"],
            "orphanDependents and deletionPropagation cannot be both set",
        );
        return Err(ApiError::invalid("meta.k8s.io", "DeleteOptions", "", vec![cause]));
    }
    Ok(value)
}
