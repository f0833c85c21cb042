//! Disruption budgets: how many pods may go by choice.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::Change;
use super::intstr::{Round, scaled};
use super::key::{Key, resource};
use super::pod::PodView;
use super::stamp::Stamp;
use super::table::Sight;
use super::workload::Workload;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Budget {
    min_available: Value,
    max_unavailable: Value,
}

/// Brings the status of a budget up to date.
pub fn decide(sight: &Sight<'_>, key: &Key, now: Timestamp, _: &mut fastrand::Rng) -> Vec<Change> {
    let cache = sight.cache;
    let Some((budget, selector)) = Workload::<Budget>::read(cache, key).zip(cache.selector(key)) else {
        return Vec::new();
    };
    let pods: Vec<&PodView> =
        cache.pods(&key.ns).filter(|p| !p.is_finished() && p.matches(selector)).collect();
    let expected = expected(sight, &pods);
    let healthy = i32::try_from(pods.iter().filter(|p| p.is_ready() && !p.deleting).count()).unwrap_or(0);
    let wanted = match scaled(&budget.spec.max_unavailable, expected, Round::Up) {
        Some(may_miss) => (expected - may_miss).max(0),
        None => scaled(&budget.spec.min_available, expected, Round::Up).unwrap_or(expected),
    };
    let allowed = (healthy - wanted).max(0);
    let (truth, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let old = budget.status.pointer("/conditions/0").filter(|c| c["status"] == truth);
    let since = old.map_or_else(|| json!(Stamp::new(now)), |c| c["lastTransitionTime"].clone());
    let generation = budget.metadata.generation;
    let status = json!({
        "observedGeneration": generation,
        "expectedPods": expected,
        "currentHealthy": healthy,
        "desiredHealthy": wanted,
        "disruptionsAllowed": allowed,
        "conditions": [{
            "type": "DisruptionAllowed", "status": truth, "reason": reason, "message": "",
            "lastTransitionTime": since, "observedGeneration": generation,
        }],
    });
    budget.status_change(key, status).into_iter().collect()
}

/// Pods the owners want: a Deployment in mid-rollout counts once.
fn expected(sight: &Sight<'_>, pods: &[&PodView]) -> i32 {
    let mut wanted: BTreeMap<Key, i32> = BTreeMap::new();
    let mut lone = 0;
    for pod in pods {
        let Some(owner) = pod.controller() else {
            lone += 1;
            continue;
        };
        let Some(mut key) = sight.cache.by_uid(&owner.uid).cloned() else { continue };
        let above = sight.cache.owners(&key).iter().find(|o| o.controller);
        if let Some(top) = above.and_then(|o| sight.cache.by_uid(&o.uid)) {
            key = top.clone();
        }
        let replicas = |k: &Key| {
            let object = sight.cache.object(k)?.value();
            object.pointer("/spec/replicas").and_then(Value::as_i64)
        };
        if &*key.resource != resource::DAEMON_SETS && !wanted.contains_key(&key) {
            let n = replicas(&key).unwrap_or(1);
            wanted.insert(key, i32::try_from(n).unwrap_or(0));
        }
    }
    wanted.values().sum::<i32>() + lone
}
