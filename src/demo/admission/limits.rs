//! LimitRanges: defaults for containers, and least, most and ratio for
//! containers, pods and claims.

use serde_json::{Map, Value, json};

use super::resources::{Amounts, amounts, containers, of_container, of_pod};
use crate::demo::rules::amount::Amount;

fn items<'a>(range: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = range.pointer("/spec/limits").and_then(Value::as_array);
    all.into_iter().flatten().filter(move |item| item["type"] == kind)
}

/// Completes a new LimitRange: the default limit is the maximum, the default
/// request is the default limit, else the minimum.
pub(super) fn complete(range: &mut Value) {
    let all = range.pointer_mut("/spec/limits").and_then(Value::as_array_mut);
    for item in all.into_iter().flatten().filter(|item| item["type"] == "Container") {
        for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
            if let Some(source) = item.get(from).cloned() {
                put_missing(item, to, &source);
            }
        }
    }
}

/// Adds the entries of `source` that `holder[key]` lacks; returns their names.
fn put_missing(holder: &mut Value, key: &str, source: &Value) -> Vec<String> {
    let mut added = Vec::new();
    let (Some(holder), Some(source)) = (holder.as_object_mut(), source.as_object()) else {
        return added;
    };
    if source.is_empty() {
        return added;
    }
    let map = holder.entry(key).or_insert_with(|| Value::Object(Map::new()));
    for (name, amount) in source {
        if let Some(map) = map.as_object_mut()
            && !map.contains_key(name)
        {
            map.insert(name.clone(), amount.clone());
            added.push(name.clone());
        }
    }
    added
}

/// Gives containers the defaults of a range, and says so in an annotation.
pub(super) fn fill(range: &Value, pod: &mut Value) {
    let mut told = Vec::new();
    for (key, word) in [("initContainers", "init container"), ("containers", "container")] {
        let all = pod.pointer_mut(&format!("/spec/{key}")).and_then(Value::as_array_mut);
        for container in all.into_iter().flatten() {
            for item in items(range, "Container") {
                told.extend(fill_container(item, container, word));
            }
        }
    }
    if !told.is_empty() {
        let text = format!("LimitRanger plugin set: {}", told.join("; "));
        pod["metadata"]["annotations"]["kubernetes.io/limit-ranger"] = text.into();
    }
}

fn fill_container(item: &Value, container: &mut Value, word: &str) -> Vec<String> {
    if !container["resources"].is_object() {
        container["resources"] = json!({});
    }
    // What a person limits is also what is asked for, before any default.
    if let Some(limits) = container["resources"].get("limits").cloned() {
        put_missing(&mut container["resources"], "requests", &limits);
    }
    let name = container["name"].as_str().unwrap_or_default().to_owned();
    let mut told = Vec::new();
    for (part, source, what) in [("requests", "defaultRequest", "request"), ("limits", "default", "limit")] {
        let added = put_missing(&mut container["resources"], part, &item[source]);
        if !added.is_empty() {
            told.push(format!("{} {what} for {word} {name}", added.join(", ")));
        }
    }
    told
}

/// Everything a range has against a pod, in LimitRanger's words.
pub(super) fn check(range: &Value, pod: &Value) -> Result<(), String> {
    let mut faults = Vec::new();
    for item in items(range, "Container") {
        for key in ["containers", "initContainers"] {
            for container in containers(pod, key) {
                let (requests, limits) =
                    (of_container(container, "requests"), of_container(container, "limits"));
                faults.extend(compare(item, "Container", &requests, &limits));
            }
        }
    }
    for item in items(range, "Pod") {
        faults.extend(compare(item, "Pod", &of_pod(pod, "requests"), &of_pod(pod, "limits")));
    }
    match faults.as_slice() {
        [] => Ok(()),
        [only] => Err(only.clone()),
        many => Err(format!("[{}]", many.join(", "))),
    }
}

fn compare(item: &Value, kind: &str, requests: &Amounts, limits: &Amounts) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, least) in amounts(&item["min"]) {
        let rule = format!("minimum {name} usage per {kind} is {least}");
        let asked = [("request", requests.get(&name)), ("limit", limits.get(&name))];
        faults.extend(outside(&rule, asked, |amount| least.exceeds(amount)));
    }
    for (name, most) in amounts(&item["max"]) {
        let rule = format!("maximum {name} usage per {kind} is {most}");
        let asked = [("limit", limits.get(&name)), ("request", requests.get(&name))];
        faults.extend(outside(&rule, asked, |amount| amount.exceeds(most)));
    }
    for (name, most) in amounts(&item["maxLimitRequestRatio"]) {
        faults.extend(too_wide(kind, &name, most, requests.get(&name), limits.get(&name)));
    }
    faults
}

/// What a rule has against two amounts, each with its word: the first must be
/// given, and neither may be `beyond` the bound.
fn outside(
    rule: &str,
    amounts: [(&str, Option<&Amount>); 2],
    beyond: impl Fn(Amount) -> bool,
) -> Option<String> {
    if let (word, None) = amounts[0] {
        return Some(format!("{rule}.  No {word} is specified"));
    }
    let given = amounts.into_iter().filter_map(|(word, amount)| Some((word, *amount?)));
    let mut faults = given.filter(|(_, amount)| beyond(*amount));
    faults.next().map(|(word, amount)| format!("{rule}, but {word} is {amount}"))
}

fn too_wide(
    kind: &str,
    name: &str,
    most: Amount,
    request: Option<&Amount>,
    limit: Option<&Amount>,
) -> Option<String> {
    let rule = format!("{name} max limit to request ratio per {kind} is {most}");
    let Some(request) = request.filter(|r| r.is_positive()) else {
        return Some(format!("{rule}, but no request is specified or request is 0"));
    };
    let Some(limit) = limit.filter(|l| l.is_positive()) else {
        return Some(format!("{rule}, but no limit is specified or limit is 0"));
    };
    let ratio = limit.ratio(*request);
    (ratio > most.ratio(Amount::whole(1))).then(|| format!("{rule}, but provided ratio is {ratio:.6}"))
}
