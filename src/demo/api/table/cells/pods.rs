//! Cells about pods.

use jiff::Timestamp;
use serde_json::Value;

use super::{at, items, since, str_at};

pub(in crate::demo::api::table) fn pod_ready(v: &Value, _: &str, _: Timestamp) -> Value {
    let ready = items(v, "/status/containerStatuses").iter().filter(|s| at(s, "/ready") == true).count();
    format!("{ready}/{}", items(v, "/spec/containers").len()).into()
}

pub(in crate::demo::api::table) fn pod_status(v: &Value, _: &str, _: Timestamp) -> Value {
    let mut reason = Some(str_at(v, "/status/reason"))
        .filter(|r| !r.is_empty())
        .unwrap_or(str_at(v, "/status/phase"))
        .to_owned();
    if let Some(init) = init_reason(v) {
        reason = init;
    } else {
        let mut running = false;
        for s in items(v, "/status/containerStatuses").iter().rev() {
            let (waiting, ended) = (str_at(s, "/state/waiting/reason"), at(s, "/state/terminated"));
            if !waiting.is_empty() {
                waiting.clone_into(&mut reason);
            } else if !ended.is_null() {
                reason = ended_reason(ended);
            } else if at(s, "/ready") == true && !at(s, "/state/running").is_null() {
                running = true;
            }
        }
        if reason == "Completed" && running {
            reason = String::from(if is_ready(v) { "Running" } else { "NotReady" });
        }
    }
    if !at(v, "/metadata/deletionTimestamp").is_null() {
        let lost = str_at(v, "/status/reason") == "NodeLost";
        reason = String::from(if lost { "Unknown" } else { "Terminating" });
    }
    reason.into()
}

fn is_ready(v: &Value) -> bool {
    items(v, "/status/conditions").iter().any(|c| at(c, "/type") == "Ready" && at(c, "/status") == "True")
}

fn ended_reason(ended: &Value) -> String {
    let reason = str_at(ended, "/reason");
    if !reason.is_empty() {
        return reason.to_owned();
    }
    match at(ended, "/signal").as_i64() {
        Some(signal) if signal != 0 => format!("Signal:{signal}"),
        _ => format!("ExitCode:{}", at(ended, "/exitCode").as_i64().unwrap_or(0)),
    }
}

fn init_reason(v: &Value) -> Option<String> {
    let total = items(v, "/spec/initContainers").len();
    for (i, s) in items(v, "/status/initContainerStatuses").iter().enumerate() {
        let ended = at(s, "/state/terminated");
        if at(ended, "/exitCode") == 0 {
            continue;
        }
        let waiting = str_at(s, "/state/waiting/reason");
        return Some(if !ended.is_null() {
            format!("Init:{}", ended_reason(ended))
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{i}/{total}")
        });
    }
    None
}

pub(in crate::demo::api::table) fn pod_restarts(v: &Value, _: &str, now: Timestamp) -> Value {
    let statuses = items(v, "/status/containerStatuses");
    let count: i64 = statuses.iter().map(|s| at(s, "/restartCount").as_i64().unwrap_or(0)).sum();
    let last =
        statuses.iter().map(|s| str_at(s, "/lastState/terminated/finishedAt")).max().unwrap_or_default();
    match since(last, now) {
        Some(ago) if count > 0 => format!("{count} ({ago} ago)").into(),
        _ => count.to_string().into(),
    }
}
