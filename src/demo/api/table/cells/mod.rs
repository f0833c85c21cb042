//! What the cells of a Table say, after kubectl's printers.

mod events;
mod jobs;
mod pods;

use jiff::Timestamp;
use serde_json::Value;

pub(super) use self::events::{event_count, event_first, event_object, event_seen, event_source};
pub(super) use self::jobs::{job_completions, job_duration, job_status};
pub(super) use self::pods::{pod_ready, pod_restarts, pod_status};

const NONE: &str = "<none>";
const UNKNOWN: &str = "<unknown>";

fn at<'a>(v: &'a Value, path: &str) -> &'a Value {
    v.pointer(path).unwrap_or(&Value::Null)
}

fn str_at<'a>(v: &'a Value, path: &str) -> &'a str {
    at(v, path).as_str().unwrap_or_default()
}

fn items<'a>(v: &'a Value, path: &str) -> &'a [Value] {
    at(v, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

fn joined(parts: &[String]) -> Value {
    if parts.is_empty() { NONE.into() } else { parts.join(",").into() }
}

/// A duration as kubectl prints ages: `5s`, `3m20s`, `2h5m`, `7d2h`, `90d`, `2y35d`.
pub(super) fn human(seconds: i64) -> String {
    let (s, m, h, d) = (seconds, seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |big: i64, unit: char, small: i64, small_unit: char| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
    };
    match s {
        ..-1 => "<invalid>".into(),
        -1..=0 => "0s".into(),
        1..120 => format!("{s}s"),
        120..600 => two(m, 'm', s % 60, 's'),
        600..10_800 => format!("{m}m"),
        10_800..28_800 => two(h, 'h', m % 60, 'm'),
        28_800..172_800 => format!("{h}h"),
        172_800..691_200 => two(d, 'd', h % 24, 'h'),
        691_200..63_072_000 => format!("{d}d"),
        63_072_000..252_288_000 => two(d / 365, 'y', d % 365, 'd'),
        _ => format!("{}y", d / 365),
    }
}

fn since(text: &str, now: Timestamp) -> Option<String> {
    let then: Timestamp = text.parse().ok()?;
    Some(human(now.as_second() - then.as_second()))
}

pub(super) fn text(v: &Value, path: &str, _: Timestamp) -> Value {
    str_at(v, path).into()
}

pub(super) fn trimmed(v: &Value, path: &str, _: Timestamp) -> Value {
    str_at(v, path).trim().into()
}

pub(super) fn text_or_none(v: &Value, path: &str, _: Timestamp) -> Value {
    Some(str_at(v, path)).filter(|s| !s.is_empty()).unwrap_or(NONE).into()
}

pub(super) fn text_or_unknown(v: &Value, path: &str, _: Timestamp) -> Value {
    Some(str_at(v, path)).filter(|s| !s.is_empty()).unwrap_or(UNKNOWN).into()
}

pub(super) fn none(_: &Value, _: &str, _: Timestamp) -> Value {
    NONE.into()
}

pub(super) fn any(v: &Value, path: &str, _: Timestamp) -> Value {
    match at(v, path) {
        Value::Object(_) | Value::Array(_) => at(v, path).to_string().into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => at(v, path).clone(),
    }
}

pub(super) fn number(v: &Value, path: &str, _: Timestamp) -> Value {
    at(v, path).as_i64().unwrap_or(0).into()
}

pub(super) fn boolean(v: &Value, path: &str, _: Timestamp) -> Value {
    let on = at(v, path).as_bool().unwrap_or(false);
    (if on { "True" } else { "False" }).into()
}

pub(super) fn length(v: &Value, path: &str, _: Timestamp) -> Value {
    items(v, path).len().into()
}

pub(super) fn scalar_or_na(v: &Value, path: &str, _: Timestamp) -> Value {
    match at(v, path) {
        Value::String(s) => s.as_str().into(),
        Value::Number(n) => n.to_string().into(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => "N/A".into(),
    }
}

pub(super) fn age(v: &Value, path: &str, now: Timestamp) -> Value {
    since(str_at(v, path), now).unwrap_or_else(|| UNKNOWN.into()).into()
}

pub(super) fn age_or_none(v: &Value, path: &str, now: Timestamp) -> Value {
    since(str_at(v, path), now).unwrap_or_else(|| NONE.into()).into()
}

pub(super) fn container_names(v: &Value, path: &str, _: Timestamp) -> Value {
    items(v, path).iter().map(|c| str_at(c, "/name")).collect::<Vec<_>>().join(",").into()
}

pub(super) fn container_images(v: &Value, path: &str, _: Timestamp) -> Value {
    items(v, path).iter().map(|c| str_at(c, "/image")).collect::<Vec<_>>().join(",").into()
}

pub(super) fn selector(v: &Value, path: &str, _: Timestamp) -> Value {
    let selector = at(v, path);
    let map = selector.get("matchLabels").unwrap_or(selector).as_object();
    let terms = map.into_iter().flatten().filter_map(|(k, v)| v.as_str().map(|v| format!("{k}={v}")));
    joined(&terms.collect::<Vec<_>>())
}

pub(super) fn ready_of_spec(v: &Value, path: &str, now: Timestamp) -> Value {
    format!("{}/{}", number(v, path, now), number(v, "/spec/replicas", now)).into()
}

pub(super) fn service_ports(v: &Value, path: &str, _: Timestamp) -> Value {
    let port = |p: &Value| {
        let (port, protocol) = (at(p, "/port").as_i64().unwrap_or(0), str_at(p, "/protocol"));
        match at(p, "/nodePort").as_i64() {
            Some(node) if node > 0 => format!("{port}:{node}/{protocol}"),
            _ => format!("{port}/{protocol}"),
        }
    };
    joined(&items(v, path).iter().map(port).collect::<Vec<_>>())
}

pub(super) fn node_status(v: &Value, _: &str, _: Timestamp) -> Value {
    let mut words: Vec<&str> = items(v, "/status/conditions")
        .iter()
        .filter(|c| at(c, "/type") == "Ready")
        .map(|c| if at(c, "/status") == "True" { "Ready" } else { "NotReady" })
        .collect();
    if words.is_empty() {
        words.push("Unknown");
    }
    if at(v, "/spec/unschedulable") == true {
        words.push("SchedulingDisabled");
    }
    words.join(",").into()
}

pub(super) fn node_roles(v: &Value, _: &str, _: Timestamp) -> Value {
    let labels = at(v, "/metadata/labels").as_object();
    let roles = labels.into_iter().flatten().filter_map(|(k, _)| k.strip_prefix("node-role.kubernetes.io/"));
    joined(&roles.map(str::to_owned).collect::<Vec<_>>())
}

pub(super) fn node_address(v: &Value, _: &str, _: Timestamp) -> Value {
    let found = items(v, "/status/addresses").iter().find(|a| at(a, "/type") == "InternalIP");
    found.map_or(NONE, |a| str_at(a, "/address")).into()
}

pub(super) fn data_count(v: &Value, _: &str, _: Timestamp) -> Value {
    let count = |path: &str| at(v, path).as_object().map_or(0, serde_json::Map::len);
    (count("/data") + count("/binaryData")).into()
}

pub(super) fn reference(v: &Value, path: &str, _: Timestamp) -> Value {
    format!("{}/{}", str_at(v, &format!("{path}/kind")), str_at(v, &format!("{path}/name"))).into()
}

pub(super) fn controller(v: &Value, path: &str, _: Timestamp) -> Value {
    let (version, kind, name) = (
        str_at(v, &format!("{path}/apiVersion")),
        str_at(v, &format!("{path}/kind")),
        str_at(v, &format!("{path}/name")),
    );
    if name.is_empty() {
        return NONE.into();
    }
    let group = version.split_once('/').map(|(g, _)| format!(".{g}")).unwrap_or_default();
    format!("{}{group}/{name}", kind.to_lowercase()).into()
}

pub(super) fn role(v: &Value, path: &str, now: Timestamp) -> Value {
    reference(v, path, now)
}

pub(super) fn hpa_targets(v: &Value, _: &str, _: Timestamp) -> Value {
    let current = items(v, "/status/currentMetrics");
    let show = |m: &Value| {
        let kind = str_at(m, "/resource/name").to_owned();
        let wanted = at(m, "/resource/target/averageUtilization").as_i64();
        let found = current.iter().find(|c| at(c, "/resource/name") == kind.as_str());
        let is = found.and_then(|c| at(c, "/resource/current/averageUtilization").as_i64());
        let is = is.map_or_else(|| UNKNOWN.to_owned(), |n| format!("{n}%"));
        wanted.map_or_else(|| format!("{kind}: {UNKNOWN}"), |w| format!("{kind}: {is}/{w}%"))
    };
    let all: Vec<String> = items(v, "/spec/metrics").iter().map(show).collect();
    if all.is_empty() { NONE.into() } else { all.join(", ").into() }
}

pub(super) fn slice_ports(v: &Value, path: &str, _: Timestamp) -> Value {
    let ports: Vec<String> =
        items(v, path).iter().filter_map(|p| at(p, "/port").as_i64()).map(|n| n.to_string()).collect();
    if ports.is_empty() { "<unset>".into() } else { shortened(&ports) }
}

pub(super) fn slice_addresses(v: &Value, path: &str, _: Timestamp) -> Value {
    let all: Vec<String> = items(v, path)
        .iter()
        .flat_map(|e| items(e, "/addresses"))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if all.is_empty() { "<unset>".into() } else { shortened(&all) }
}

/// Three of them, and how many more.
fn shortened(all: &[String]) -> Value {
    let shown = all.iter().take(3).cloned().collect::<Vec<_>>().join(",");
    if all.len() > 3 { format!("{shown} + {} more...", all.len() - 3).into() } else { shown.into() }
}
