//! `binding`: a scheduler puts a pod on a node.

use std::sync::Arc;

use serde_json::json;

use crate::demo::api::Api;
use crate::demo::api::body::{self, Expected};
use crate::demo::api::dispatch::Call;
use crate::demo::api::respond::{self, Answer};
use crate::demo::kinds::Resource;
use crate::demo::status::{ApiError, Cause};

/// POST of a `Binding`.
pub(super) fn create(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let parsed = body::object(api, &call.head.headers, &call.body, &Expected::kind("v1", "Binding"))?;
    let node = parsed.value["target"]["name"].as_str().unwrap_or_default().to_owned();
    let name = call.route.name.as_str();
    if node.is_empty() {
        let cause = Cause::required("target.name", "");
        return Err(ApiError::invalid("", "Binding", name, vec![cause]));
    }
    let gr = row.gr();
    api.store.update_as(row, &call.route.namespace, name, false, |pod| {
        let on = pod["spec"]["nodeName"].as_str().unwrap_or_default();
        if !on.is_empty() {
            let why = format!("pod {name} is already assigned to node \"{on}\"");
            return Err(ApiError::conflict(
                crate::demo::status::Gr { group: gr.group, resource: "pods/binding" },
                name,
                &why,
            ));
        }
        pod["spec"]["nodeName"] = json!(node);
        Ok(())
    })?;
    Ok(respond::json(
        201,
        &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
    ))
}
