//! ResourceQuotas: what a namespace uses of what it may use.
//!
//! Use is counted from the objects each time, not kept: a quota can then
//! never be wrong about them. That costs a look at each pod of the namespace
//! for each new one (5 ms for 1,000 pods), in namespaces that have a quota.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::resources::{Amounts, amounts, containers, of_pod};
use crate::demo::kinds::Resource;
use crate::demo::rules::amount::Amount;
use crate::demo::rules::qos_class;
use crate::demo::store::Object;

/// Objects of a resource, by its storage name, in the quota's namespace.
pub type List<'a> = dyn Fn(&str) -> Vec<Arc<Object>> + 'a;

/// Core resources counted under their plain names.
const PLAIN: [&str; 7] = [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
];

/// Resources of pods that every container must name where a quota limits them.
const NAMED_BY_ALL: [&str; 6] =
    ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

/// Resources that need no `requests.` in front of them.
const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// What a quota's status says is used, for each of its limits that anything counts towards.
pub fn used(registry: &[Arc<Resource>], list: &List<'_>, quota: &Value) -> BTreeMap<String, String> {
    let hard = hard(quota);
    let of = |key: &String| Some((key.clone(), counted_by(registry, key)?));
    let sources: BTreeMap<String, Arc<Resource>> = hard.keys().filter_map(of).collect();
    let total = total(list, quota, &sources);
    sources.keys().map(|key| (key.clone(), total.get(key).copied().unwrap_or_default().to_string())).collect()
}

/// `status.hard`: the limits as the server writes them.
pub fn limits(quota: &Value) -> BTreeMap<String, String> {
    hard(quota).into_iter().map(|(key, amount)| (key, amount.to_string())).collect()
}

/// Whether the quota has room for a new object.
pub(super) fn check(
    registry: &[Arc<Resource>],
    list: &List<'_>,
    quota: &Value,
    resource: &Arc<Resource>,
    value: &Value,
) -> Result<(), String> {
    let name = quota.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    if !in_scope(quota, resource, value) {
        return Ok(());
    }
    let hard = hard(quota);
    if &*resource.storage == "pods" {
        must_name(&hard, value).map_err(|why| format!("failed quota: {name}: {why}"))?;
    }
    let mut asked = usage(resource, value);
    asked.retain(|key, amount| hard.contains_key(key) && amount.is_positive());
    let sources = asked.keys().filter_map(|key| Some((key.clone(), counted_by(registry, key)?))).collect();
    let used = total(list, quota, &sources);
    let used_of = |key: &str| used.get(key).copied().unwrap_or_default();
    asked.retain(|key, amount| hard.get(key).is_some_and(|most| used_of(key).plus(*amount).exceeds(*most)));
    if asked.is_empty() {
        return Ok(());
    }
    let shown = |amount_of: &dyn Fn(&str) -> Amount| {
        asked.keys().map(|key| format!("{key}={}", amount_of(key))).collect::<Vec<_>>().join(",")
    };
    let of = |amounts: &Amounts, key: &str| amounts.get(key).copied().unwrap_or_default();
    Err(format!(
        "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
        shown(&|key| of(&asked, key)),
        shown(&used_of),
        shown(&|key| of(&hard, key)),
    ))
}

fn hard(quota: &Value) -> Amounts {
    amounts(&quota["spec"]["hard"])
}

/// The use of everything in the namespace, by the names in `sources`.
fn total(list: &List<'_>, quota: &Value, sources: &BTreeMap<String, Arc<Resource>>) -> Amounts {
    let mut total = Amounts::new();
    let mut looked_at = BTreeSet::new();
    for resource in sources.values().filter(|r| looked_at.insert(r.storage.clone())) {
        for object in list(&resource.storage) {
            let value = object.value();
            if !in_scope(quota, resource, &value) {
                continue;
            }
            for (key, amount) in usage(resource, &value) {
                if sources.contains_key(&key) {
                    let sum = total.entry(key).or_default();
                    *sum = sum.plus(amount);
                }
            }
        }
    }
    total
}

/// The resource whose objects count towards a limit; `None` if nothing does.
fn counted_by(registry: &[Arc<Resource>], key: &str) -> Option<Arc<Resource>> {
    let core = |plural: &str| registry.iter().find(|r| r.group.is_empty() && r.plural == plural).cloned();
    if let Some(counted) = key.strip_prefix("count/") {
        let named = |r: &&Arc<Resource>| r.namespaced && !r.create_only && r.gr().to_string() == counted;
        return registry.iter().find(named).cloned();
    }
    match key {
        plain if PLAIN.contains(&plain) => core(plain),
        "services.nodeports" | "services.loadbalancers" => core("services"),
        "requests.storage" => core("persistentvolumeclaims"),
        pods if STANDARD.contains(&pods) || pods.starts_with("requests.") || pods.starts_with("limits.") => {
            core("pods")
        }
        _ => None,
    }
}

/// What one object counts, by the names quotas use.
fn usage(resource: &Resource, value: &Value) -> Amounts {
    let one = Amount::whole(1);
    let mut out = Amounts::from([(format!("count/{}", resource.gr()), one)]);
    let plain = resource.group.is_empty() && PLAIN.contains(&&*resource.plural);
    if plain {
        out.insert(resource.plural.to_string(), one);
    }
    match &*resource.storage {
        "pods" => pod_usage(value, &mut out),
        "services" => {
            let kind = value["spec"]["type"].as_str().unwrap_or_default();
            if kind == "LoadBalancer" {
                out.insert("services.loadbalancers".into(), one);
            }
            if matches!(kind, "LoadBalancer" | "NodePort") {
                let ports = value["spec"]["ports"].as_array().map_or(0, Vec::len);
                out.insert("services.nodeports".into(), Amount::whole(ports));
            }
        }
        "persistentvolumeclaims" => {
            let size = value.pointer("/spec/resources/requests/storage").and_then(Value::as_str);
            out.extend(size.and_then(Amount::parse).map(|size| ("requests.storage".to_owned(), size)));
        }
        _ => {}
    }
    out
}

/// A pod that ended is still an object, and nothing else.
fn pod_usage(pod: &Value, out: &mut Amounts) {
    if matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) {
        out.remove("pods");
        return;
    }
    for (name, amount) in of_pod(pod, "requests") {
        out.insert(format!("requests.{name}"), amount);
        if STANDARD.contains(&name.as_str()) {
            out.insert(name, amount);
        }
    }
    out.extend(of_pod(pod, "limits").into_iter().map(|(name, amount)| (format!("limits.{name}"), amount)));
}

fn must_name(hard: &Amounts, pod: &Value) -> Result<(), String> {
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for key in NAMED_BY_ALL.into_iter().filter(|key| hard.contains_key(*key)) {
        let (part, name) = key.split_once('.').unwrap_or(("requests", key));
        for container in containers(pod, "containers").iter().chain(containers(pod, "initContainers")) {
            if container["resources"][part][name].is_null() {
                missing.entry(key).or_default().insert(container["name"].as_str().unwrap_or_default());
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let told = missing
        .into_iter()
        .map(|(key, names)| format!("{key} for: {}", names.into_iter().collect::<Vec<_>>().join(",")));
    Err(format!("must specify {}", told.collect::<Vec<_>>().join("; ")))
}

/// Whether the quota looks at the object at all; a quota with scopes looks at pods only.
fn in_scope(quota: &Value, resource: &Resource, value: &Value) -> bool {
    let spec = &quota["spec"];
    let scopes = spec["scopes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let selectors = spec.pointer("/scopeSelector/matchExpressions").and_then(Value::as_array);
    let selectors = selectors.map(Vec::as_slice).unwrap_or_default();
    if scopes.is_empty() && selectors.is_empty() {
        return true;
    }
    &*resource.storage == "pods"
        && scopes.iter().all(|scope| has_scope(scope.as_str().unwrap_or_default(), value))
        && selectors.iter().all(|selector| selects(selector, value))
}

fn has_scope(scope: &str, pod: &Value) -> bool {
    let ends = !pod["spec"]["activeDeadlineSeconds"].is_null();
    let best_effort = qos_class(pod) == "BestEffort";
    match scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => best_effort,
        "NotBestEffort" => !best_effort,
        "PriorityClass" => !pod["spec"]["priorityClassName"].is_null(),
        _ => false,
    }
}

fn selects(selector: &Value, pod: &Value) -> bool {
    let scope = selector["scopeName"].as_str().unwrap_or_default();
    if scope != "PriorityClass" {
        return has_scope(scope, pod);
    }
    let class = &pod["spec"]["priorityClassName"];
    let listed = selector["values"].as_array().is_some_and(|all| all.contains(class));
    match selector["operator"].as_str().unwrap_or_default() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => !class.is_null(),
        "DoesNotExist" => class.is_null(),
        _ => false,
    }
}
