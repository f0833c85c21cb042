//! How each kind of route says which requests, and where copies go.

use serde_json::{Map, Value, json};

use super::picking::{Copies, Is, Picks};
use super::text;

/// Methods that change nothing (RFC 9110, 9.2.1).
const READS: [&str; 4] = ["GET", "HEAD", "OPTIONS", "TRACE"];

/// `matches[].headers[]`, and the filter `RequestMirror` with `percent`, which
/// the Gateway API has since 1.3 (GEP-3171).
pub(super) const HTTP_ROUTE: Picks = Picks {
    with_header: http_with_header,
    asked: http_asked,
    copies: http_copies,
    copying: http_copying,
    fields: &["filters"],
    only_reads: http_only_reads,
};

/// `match[].headers`, and `mirror` with `mirrorPercentage`.
pub(super) const VIRTUAL_SERVICE: Picks = Picks {
    with_header: mesh_with_header,
    asked: mesh_asked,
    copies: mesh_copies,
    copying: mesh_copying,
    fields: &["mirror", "mirrorPercentage"],
    only_reads: mesh_only_reads,
};

/// The elements of a list in a rule.
fn list<'a>(rule: &'a Value, field: &str) -> &'a [Value] {
    rule.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The rule with each of its matches, or the only one it had not, changed; without
/// a name, which no other rule may have.
fn rematched(rule: &Value, field: &str, change: impl Fn(&mut Value)) -> Value {
    let mut made = rule.clone();
    if let Some(fields) = made.as_object_mut() {
        fields.remove("name");
    }
    let all = list(rule, field);
    let mut matches = if all.is_empty() { vec![json!({})] } else { all.to_vec() };
    matches.iter_mut().for_each(change);
    made[field] = matches.into();
    made
}

fn http_with_header(rule: &Value, name: &str, value: &str, backend: &Value) -> Value {
    let mut made = rematched(rule, "matches", |one| {
        let mut headers = list(one, "headers").to_vec();
        headers.push(json!({"type": "Exact", "name": name, "value": value}));
        one["headers"] = headers.into();
    });
    made["backendRefs"] = json!([backend]);
    made
}

fn http_asked(rule: &Value, name: &str) -> Vec<Option<String>> {
    let headers = list(rule, "matches").iter().flat_map(|one| list(one, "headers"));
    let named = headers.filter(|header| text(header, "/name").eq_ignore_ascii_case(name));
    named
        .map(|header| {
            (text(header, "/type") != "RegularExpression").then(|| text(header, "/value").to_owned())
        })
        .collect()
}

fn http_copies(rule: &Value) -> Vec<Copies> {
    list(rule, "filters").iter().filter_map(http_copy).collect()
}

fn http_copy(filter: &Value) -> Option<Copies> {
    let mirror = filter.get("requestMirror").filter(|_| text(filter, "/type") == "RequestMirror")?;
    let part = |field: &str| mirror.get(field).filter(|part| !part.is_null());
    let percent = match (part("percent"), part("fraction")) {
        (None, None) => Some(100),
        (Some(percent), None) => percent.as_u64().and_then(|percent| u32::try_from(percent).ok()),
        (_, Some(_)) => None,
    };
    Some((mirror.get("backendRef").cloned().unwrap_or_default(), percent))
}

fn http_copying(rule: &Value, to: Is<'_>, copy: Option<(&Value, u32)>, had: bool) -> Value {
    let others =
        list(rule, "filters").iter().filter(|f| !http_copy(f).is_some_and(|(backend, _)| to(&backend)));
    let mut filters: Vec<Value> = others.cloned().collect();
    if let Some((backend, percent)) = copy {
        let mut mirror = json!({"backendRef": backend});
        // All of them is what is meant without a word, also where the schema has no part.
        if percent < 100 {
            mirror["percent"] = percent.into();
        }
        filters.push(json!({"type": "RequestMirror", "requestMirror": mirror}));
    }
    let mut made = rule.clone();
    if !filters.is_empty() || had && rule.get("filters").is_some() {
        made["filters"] = filters.into();
    } else if let Some(fields) = made.as_object_mut() {
        fields.remove("filters");
    }
    made
}

fn http_only_reads(rule: &Value) -> bool {
    let matches = list(rule, "matches");
    !matches.is_empty() && matches.iter().all(|one| READS.contains(&text(one, "/method")))
}

/// A header's name is a key of a match, in lower case.
fn mesh_with_header(rule: &Value, name: &str, value: &str, backend: &Value) -> Value {
    let name = name.to_ascii_lowercase();
    let mut made = rematched(rule, "match", |one| {
        let mut headers: Map<String, Value> =
            one.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
        headers.insert(name.clone(), json!({"exact": value}));
        one["headers"] = headers.into();
    });
    made["route"] = json!([backend]);
    made
}

fn mesh_asked(rule: &Value, name: &str) -> Vec<Option<String>> {
    let of = |field: &'static str| {
        let maps = list(rule, "match").iter().filter_map(move |one| one.get(field)?.as_object());
        maps.flatten().filter(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let asked = of("headers").map(|(_, asked)| asked.get("exact")?.as_str().map(str::to_owned));
    asked.chain(of("withoutHeaders").map(|_| None)).collect()
}

fn mesh_copies(rule: &Value) -> Vec<Copies> {
    let old = ["mirror_percent", "mirrorPercent"].iter().any(|field| rule.get(field).is_some());
    let percent = match rule.pointer("/mirrorPercentage/value").map(Value::as_f64) {
        _ if old => None,
        None => Some(100),
        Some(percent) => (1..=100).find(|one| percent == Some(f64::from(*one))),
    };
    let one = rule.get("mirror").map(|mirror| (json!({"destination": mirror}), percent));
    one.into_iter().chain(list(rule, "mirrors").iter().map(|mirror| (mirror.clone(), None))).collect()
}

fn mesh_copying(rule: &Value, to: Is<'_>, copy: Option<(&Value, u32)>, _had: bool) -> Value {
    let mut made = rule.clone();
    let ours = rule.get("mirror").is_some_and(|mirror| to(&json!({"destination": mirror})));
    if let Some(fields) = made.as_object_mut().filter(|_| ours) {
        fields.remove("mirror");
        fields.remove("mirrorPercentage");
    }
    if let Some((backend, percent)) = copy {
        made["mirror"] = backend.get("destination").cloned().unwrap_or_default();
        made["mirrorPercentage"] = json!({"value": percent});
    }
    made
}

fn mesh_only_reads(rule: &Value) -> bool {
    let matches = list(rule, "match");
    !matches.is_empty() && matches.iter().all(|one| READS.contains(&text(one, "/method/exact")))
}
