//! `eviction`: a deletion that honours `PodDisruptionBudget`s.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::demo::api::body::{self, Expected};
use crate::demo::api::dispatch::Call;
use crate::demo::api::respond::{self, Answer};
use crate::demo::api::select::Selector;
use crate::demo::api::{Api, options};
use crate::demo::kinds::Resource;
use crate::demo::status::{ApiError, Cause};
use crate::demo::store::{DeleteOptions, Object};

/// POST of an `Eviction`.
pub(super) fn create(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let parsed = body::object(api, &call.head.headers, &call.body, &Expected::kind("policy/v1", "Eviction"))?;
    let asked = &parsed.value["deleteOptions"];
    if parsed.value["metadata"]["name"].as_str().unwrap_or_default() != call.route.name {
        return Err(ApiError::bad_request("name in URL does not match name in Eviction object"));
    }
    let (ns, name) = (call.route.namespace.as_str(), call.route.name.as_str());
    let pod = api.store.get("pods", ns, name).ok_or_else(|| ApiError::not_found(row.gr(), name))?;
    let dry: Vec<&str> = asked["dryRun"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let dry_run = options::dry_run(dry.into_iter().chain(call.query.all("dryRun")), "DeleteOptions")?;
    let phase = pod.value()["status"]["phase"].as_str().unwrap_or_default().to_owned();
    if matches!(phase.as_str(), "Running") {
        spend_budget(api, &pod, dry_run)?;
    }
    let options = DeleteOptions {
        grace_seconds: asked["gracePeriodSeconds"].as_i64(),
        uid: asked["preconditions"]["uid"].as_str().map(str::to_owned),
        dry_run,
        ..DeleteOptions::default()
    };
    api.store.delete_as(row, ns, name, &options)?;
    Ok(respond::json(
        201,
        &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
    ))
}

/// Takes one disruption from the budget that covers the pod.
fn spend_budget(api: &Api, pod: &Object, dry_run: bool) -> Result<(), ApiError> {
    let (budgets, _) = api.store.list("poddisruptionbudgets", Some(pod.namespace()));
    for budget in budgets {
        let value = budget.value();
        let text = super::scale::selector_text(&value["spec"]["selector"]);
        if !Selector::from_labels(&text).is_some_and(|s| s.matches(pod)) {
            continue;
        }
        let status = &value["status"];
        let number = |key: &str| status[key].as_i64().unwrap_or(0);
        if number("disruptionsAllowed") <= 0 {
            return Err(refusal(budget.name(), number("desiredHealthy"), number("currentHealthy")));
        }
        if !dry_run {
            api.store.modify("poddisruptionbudgets", pod.namespace(), budget.name(), |v| {
                v["status"]["disruptionsAllowed"] = json!(number("disruptionsAllowed") - 1);
            })?;
        }
    }
    Ok(())
}

fn refusal(budget: &str, needed: i64, healthy: i64) -> ApiError {
    let mut e =
        ApiError::too_many_requests("Cannot evict pod as it would violate the pod's disruption budget.", 0);
    if let Some(details) = &mut e.details {
        details.causes.push(Cause {
            reason: "DisruptionBudget",
            message: format!(
                "The disruption budget {budget} needs {needed} healthy pods and has {healthy} currently"
            ),
            field: String::new(),
        });
    }
    e
}
