//! Kinds that make pods.

use serde_json::{Map, Value};

use super::super::pods::pod_spec;
use super::{labels, list, non_negative};
use crate::demo::controllers::schedule::Schedule;
use crate::demo::kinds::Resource;
use crate::demo::status::Cause;

/// Deployments and the sets.
pub(super) fn workload(row: &Resource, spec: &Value, out: &mut Vec<Cause>) {
    non_negative(spec, "replicas", "spec.replicas", out);
    non_negative(spec, "minReadySeconds", "spec.minReadySeconds", out);
    non_negative(spec, "revisionHistoryLimit", "spec.revisionHistoryLimit", out);
    let selector = &spec["selector"];
    let wanted = selector["matchLabels"].as_object();
    let expressions = list(selector, "matchExpressions");
    if selector.is_null() {
        out.push(Cause::required("spec.selector", ""));
    } else if wanted.is_none_or(Map::is_empty) && expressions.is_empty() {
        out.push(Cause::invalid(
            "spec.selector",
            selector,
            &format!("empty selector is invalid for {}", lower(&row.kind)),
        ));
    }
    let own = spec["template"]["metadata"]["labels"].as_object();
    let matches = !selector.is_null()
        && wanted.into_iter().flatten().all(|(k, v)| own.and_then(|o| o.get(k)) == Some(v));
    if !matches {
        let shown = own.map_or_else(|| Value::Null, |o| Value::Object(o.clone()));
        out.push(Cause::invalid(
            "spec.template.metadata.labels",
            &shown,
            "`selector` does not match template `labels`",
        ));
    }
    labels(spec["template"]["metadata"].get("labels"), "spec.template.labels", out);
    let template = &spec["template"]["spec"];
    pod_spec(template, "spec.template.spec", out);
    let restart = template["restartPolicy"].as_str().unwrap_or("Always");
    if &*row.storage == "deployments" {
        strategy(spec, out);
    }
    if restart != "Always" {
        out.push(Cause::not_supported("spec.template.spec.restartPolicy", restart, &["Always"]));
    }
}

fn strategy(spec: &Value, out: &mut Vec<Cause>) {
    let strategy = &spec["strategy"];
    let rolling = &strategy["rollingUpdate"];
    match strategy["type"].as_str().unwrap_or("RollingUpdate") {
        "RollingUpdate" => {
            let zero = |v: &Value| *v == 0 || *v == "0%" || *v == "0";
            if zero(&rolling["maxSurge"]) && zero(&rolling["maxUnavailable"]) {
                let why = "may not be 0 when `maxSurge` is 0";
                out.push(Cause::invalid(
                    "spec.strategy.rollingUpdate.maxUnavailable",
                    &rolling["maxUnavailable"],
                    why,
                ));
            }
        }
        "Recreate" if !rolling.is_null() => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            out.push(Cause::forbidden("spec.strategy.rollingUpdate", why));
        }
        "Recreate" => {}
        other => {
            // The real server prints its internal struct here.
            let shown = format!("{{\"Type\":\"{other}\",\"RollingUpdate\":null}}");
            let mut cause = Cause::not_supported("spec.strategy", other, &["Recreate", "RollingUpdate"]);
            cause.message =
                format!("Unsupported value: {shown}: supported values: \"Recreate\", \"RollingUpdate\"");
            out.push(cause);
        }
    }
    let deadline = spec["progressDeadlineSeconds"].as_i64();
    let ready = spec["minReadySeconds"].as_i64().unwrap_or(0);
    if deadline.is_some_and(|d| d <= ready) && ready >= 0 {
        let why = "must be greater than minReadySeconds";
        out.push(Cause::invalid("spec.progressDeadlineSeconds", &spec["progressDeadlineSeconds"], why));
    }
}

fn lower(kind: &str) -> String {
    let mut chars = kind.chars();
    chars.next().map(|c| c.to_lowercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

/// Jobs.
pub(super) fn job(value: &Value, out: &mut Vec<Cause>) {
    let (name, spec) = (&value["metadata"]["name"], &value["spec"]);
    // Its pods carry the name in two labels.
    if name.as_str().is_some_and(|name| name.len() > 63) {
        let cause = Cause::invalid("spec.template.labels", name, "must be no more than 63 bytes");
        out.extend([cause.clone(), cause]);
    }
    pod_spec(&spec["template"]["spec"], "spec.template.spec", out);
}

/// Scheduled Jobs.
pub(super) fn cron_job(value: &Value, out: &mut Vec<Cause>) {
    let (name, spec) = (&value["metadata"]["name"], &value["spec"]);
    // A Job's name is eleven characters longer.
    if name.as_str().is_some_and(|name| name.len() > 52) {
        out.push(Cause::invalid("metadata.name", name, "must be no more than 52 characters"));
    }
    let schedule = spec["schedule"].as_str().unwrap_or_default();
    if schedule.is_empty() {
        out.push(Cause::required("spec.schedule", ""));
    } else if let Err(why) = Schedule::parse(schedule) {
        out.push(Cause::invalid("spec.schedule", &spec["schedule"], &why));
    }
    pod_spec(&spec["jobTemplate"]["spec"]["template"]["spec"], "spec.jobTemplate.spec.template.spec", out);
}
