//! `scale`: the replicas of a workload as `autoscaling/v1` `Scale`.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::demo::api::Api;
use crate::demo::api::body::{self, Expected};
use crate::demo::api::dispatch::Call;
use crate::demo::api::draft::{Draft, Part};
use crate::demo::api::form::Form;
use crate::demo::api::options::Write;
use crate::demo::api::patch::{Kind, Patch};
use crate::demo::api::respond::{self, Answer};
use crate::demo::kinds::Resource;
use crate::demo::status::{ApiError, Cause};
use crate::demo::store::Object;

/// The `Scale` of a workload.
fn scale_of(value: &Value) -> Value {
    let meta = &value["metadata"];
    let mut metadata = json!({});
    for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        metadata[key] = meta[key].clone();
    }
    let mut status = json!({"replicas": value["status"]["replicas"].as_i64().unwrap_or(0)});
    let selector = selector_text(&value["spec"]["selector"]);
    if !selector.is_empty() {
        status["selector"] = selector.into();
    }
    let replicas = value["spec"]["replicas"].as_i64().unwrap_or(0);
    let spec = if replicas == 0 { json!({}) } else { json!({"replicas": replicas}) };
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status})
}

/// A label selector in the form of the query parameter.
pub(super) fn selector_text(selector: &Value) -> String {
    let plain = selector.get("matchLabels").or(Some(selector)).and_then(Value::as_object);
    let mut terms: Vec<String> =
        plain.into_iter().flatten().filter_map(|(k, v)| v.as_str().map(|v| format!("{k}={v}"))).collect();
    for e in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = e["key"].as_str().unwrap_or_default();
        let values: Vec<&str> =
            e["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        terms.push(match e["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    terms.join(",")
}

/// GET.
pub(super) fn get(api: &Api, call: &Call, row: &Resource) -> Answer {
    let name = &call.route.name;
    let object = api.store.get(&row.storage, call.namespace(row), name);
    let object = object.ok_or_else(|| ApiError::not_found(row.gr(), name))?;
    let scale = scale_of(&object.value());
    match Form::of(call.header("accept"), &call.query)? {
        Form::Table(_) => Ok(respond::json(200, &table(api, &scale))),
        Form::Full | Form::Metadata => Ok(respond::json(200, &scale)),
    }
}

/// What `kubectl get --subresource=scale` prints.
fn table(api: &Api, scale: &Value) -> Value {
    let column = |name: &str, kind: &str| {
        let format = if name == "Name" { "name" } else { "" };
        json!({"name": name, "type": kind, "format": format, "description": "", "priority": 0})
    };
    let columns = [
        column("Name", "string"),
        column("Desired", "integer"),
        column("Available", "integer"),
        column("Age", "string"),
    ];
    let created = scale["metadata"]["creationTimestamp"].as_str().unwrap_or_default();
    let age = crate::demo::api::table::age(created, api.store.clock().now());
    let cells = json!([
        scale["metadata"]["name"],
        scale["spec"]["replicas"].as_i64().unwrap_or(0),
        scale["status"]["replicas"],
        age
    ]);
    let meta = json!({"resourceVersion": scale["metadata"]["resourceVersion"]});
    let partial = json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": scale["metadata"]});
    let rows = json!([{"cells": cells, "object": partial}]);
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "columnDefinitions": columns, "rows": rows})
}

/// PUT.
pub(super) fn replace(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let options = Write::of(call, "UpdateOptions")?;
    let wanted =
        body::object(api, &call.head.headers, &call.body, &Expected::kind("autoscaling/v1", "Scale"))?.value;
    change(api, call, row, &options, |scale| {
        *scale = wanted;
        Ok(())
    })
}

/// PATCH of any kind; an apply is taken as a merge of what it names.
pub(super) fn patch(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let options = Write::of(call, "PatchOptions")?;
    let kind = Kind::of(&call.head.headers, row)?;
    options.check_patch(kind == Kind::Apply)?;
    let patch = Patch::parse(kind, &call.body, &options)?;
    change(api, call, row, &options, |scale| patch.merge_into(scale, &api.schema, row))
}

fn change(
    api: &Api,
    call: &Call,
    row: &Arc<Resource>,
    options: &Write,
    f: impl FnOnce(&mut Value) -> Result<(), ApiError>,
) -> Answer {
    let (ns, name) = (call.namespace(row), call.route.name.as_str());
    let mut draft = Draft::new(api, row, Part::Whole, options).through("scale");
    let object: Arc<Object> = api.store.update_as(row, ns, name, options.dry_run, |value| {
        let before = value.clone();
        let mut scale = scale_of(value);
        f(&mut scale)?;
        let wanted = &scale["spec"]["replicas"];
        if !wanted.is_null() && !wanted.is_i64() {
            let what = body::go_type(wanted);
            let why = format!(
                "json: cannot unmarshal {what} into Go struct field ScaleSpec.spec.replicas of type int32"
            );
            let cause = Cause::invalid("patch", &scale.to_string().into(), &why);
            return Err(ApiError::invalid("", "", "", vec![cause]));
        }
        let given = scale["metadata"]["name"].as_str().unwrap_or_default();
        if given != name {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({given}) does not match the name on the URL ({name})"
            )));
        }
        let replicas = wanted.as_i64().unwrap_or(0);
        if replicas < 0 || i32::try_from(replicas).is_err() {
            let why = "must be greater than or equal to 0";
            let cause = Cause::invalid("spec.replicas", &replicas.into(), why);
            return Err(ApiError::invalid("autoscaling", "Scale", name, vec![cause]));
        }
        draft.check_versions(&before, &scale, false)?;
        value["spec"]["replicas"] = replicas.into();
        draft.prepare_change(&before, value)
    })?;
    Ok(respond::json(200, &scale_of(&object.value())))
}
