//! Cells about Jobs.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{at, human, items, str_at};

pub(in crate::demo::api::table) fn job_status(v: &Value, _: &str, _: Timestamp) -> Value {
    let has = |kind: &str| {
        items(v, "/status/conditions").iter().any(|c| at(c, "/type") == kind && at(c, "/status") == "True")
    };
    let word = if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if !at(v, "/metadata/deletionTimestamp").is_null() {
        "Terminating"
    } else if has("Suspended") {
        "Suspended"
    } else if has("FailureTarget") {
        "FailureTarget"
    } else if has("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    };
    word.into()
}

pub(in crate::demo::api::table) fn job_completions(v: &Value, _: &str, _: Timestamp) -> Value {
    let done = at(v, "/status/succeeded").as_i64().unwrap_or(0);
    match at(v, "/spec/completions").as_i64() {
        Some(all) => format!("{done}/{all}").into(),
        None => match at(v, "/spec/parallelism").as_i64().unwrap_or(0) {
            n if n > 1 => format!("{done}/1 of {n}").into(),
            _ => format!("{done}/1").into(),
        },
    }
}

pub(in crate::demo::api::table) fn job_duration(v: &Value, _: &str, now: Timestamp) -> Value {
    let Ok(start) = str_at(v, "/status/startTime").parse::<Timestamp>() else {
        return json!("");
    };
    let end = str_at(v, "/status/completionTime").parse().unwrap_or(now);
    human(end.as_second() - start.as_second()).into()
}
