//! Cells of kinds that route, limit and count.

use jiff::Timestamp;
use serde_json::Value;

const NONE: &str = "<none>";
/// Hosts shown before "+ n more...".
const MAX_HOSTS: usize = 3;

fn items<'v>(v: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    v.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn ingress_hosts(v: &Value, _: &str, _: Timestamp) -> Value {
    let hosts: Vec<&str> =
        items(v, "/spec/rules").filter_map(|r| r["host"].as_str()).filter(|h| !h.is_empty()).collect();
    match hosts.len() {
        0 => "*".into(),
        n if n > MAX_HOSTS => {
            let shown = hosts.get(..MAX_HOSTS).unwrap_or_default().join(",");
            format!("{shown} + {} more...", n - MAX_HOSTS).into()
        }
        _ => hosts.join(",").into(),
    }
}

pub(super) fn ingress_address(v: &Value, _: &str, _: Timestamp) -> Value {
    let one = |i: &'_ Value| i["ip"].as_str().or(i["hostname"].as_str()).map(str::to_owned);
    items(v, "/status/loadBalancer/ingress").filter_map(one).collect::<Vec<_>>().join(",").into()
}

pub(super) fn ingress_ports(v: &Value, _: &str, _: Timestamp) -> Value {
    if items(v, "/spec/tls").next().is_some() { "80, 443".into() } else { "80".into() }
}

pub(super) fn quota_requests(v: &Value, _: &str, _: Timestamp) -> Value {
    quota(v, false)
}

pub(super) fn quota_limits(v: &Value, _: &str, _: Timestamp) -> Value {
    quota(v, true)
}

/// `name: used/hard` of what begins with `limits`, or of all else.
fn quota(v: &Value, limits: bool) -> Value {
    let hard = v.pointer("/status/hard").and_then(Value::as_object);
    let shown = |name: &str| {
        let of = |part: &str| v["status"][part][name].as_str().unwrap_or("0").to_owned();
        format!("{name}: {}/{}", of("used"), of("hard"))
    };
    let all = hard.into_iter().flatten().filter(|(name, _)| name.starts_with("limits") == limits);
    all.map(|(name, _)| shown(name)).collect::<Vec<_>>().join(", ").into()
}

/// Users, groups or service accounts of a binding.
fn subjects(v: &Value, kind: &str) -> Value {
    let all = items(v, "/subjects").filter(|s| s["kind"] == kind).map(|s| {
        let name = s["name"].as_str().unwrap_or_default();
        if kind == "ServiceAccount" {
            format!("{}/{name}", s["namespace"].as_str().unwrap_or_default())
        } else {
            name.to_owned()
        }
    });
    all.collect::<Vec<_>>().join(", ").into()
}

pub(super) fn binding_users(v: &Value, _: &str, _: Timestamp) -> Value {
    subjects(v, "User")
}

pub(super) fn binding_groups(v: &Value, _: &str, _: Timestamp) -> Value {
    subjects(v, "Group")
}

pub(super) fn binding_accounts(v: &Value, _: &str, _: Timestamp) -> Value {
    subjects(v, "ServiceAccount")
}

pub(super) fn endpoints(v: &Value, _: &str, _: Timestamp) -> Value {
    let mut out = Vec::new();
    for subset in items(v, "/subsets") {
        for ip in items(subset, "/addresses").filter_map(|a| a["ip"].as_str()) {
            for port in items(subset, "/ports") {
                out.push(format!("{ip}:{}", port["port"]));
            }
        }
    }
    if out.is_empty() { NONE.into() } else { out.join(",").into() }
}
