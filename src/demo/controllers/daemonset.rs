//! DaemonSets: one pod on every node that takes it.
//!
//! Absent on purpose: surge.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::Change;
use super::intstr::{Round, scaled};
use super::key::{Key, resource};
use super::meta::{map_at, text};
use super::pod::PodView;
use super::replicaset::suffix;
use super::revisions::Recorded;
use super::table::Sight;
use super::workload::{REVISION_HASH, Workload, delete_pod};

const FROM: &str = "daemonset-controller";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DaemonSpec {
    template: Value,
    update_strategy: Value,
    min_ready_seconds: i32,
    revision_history_limit: Option<usize>,
}

/// One step of one DaemonSet.
pub fn decide(sight: &Sight<'_>, key: &Key, now: Timestamp, rng: &mut fastrand::Rng) -> Vec<Change> {
    let Some(set) = Workload::<DaemonSpec>::read(sight.cache, key) else { return Vec::new() };
    if set.metadata.deletion_timestamp.is_some() {
        return Vec::new();
    }
    let record = Recorded {
        resource: resource::DAEMON_SETS,
        owner: &set.metadata,
        template: &set.spec.template,
        hash_label: REVISION_HASH,
        limit: set.spec.revision_history_limit,
    };
    let (revision, mut changes) = record.sync(sight.cache);
    let hash = revision.hash;
    let nodes = nodes(sight, &set);
    let pods = set.pods(sight.cache);
    let mut by_node: BTreeMap<&str, Vec<&PodView>> = BTreeMap::new();
    for pod in &pods {
        by_node.entry(&pod.node).or_default().push(pod);
    }
    for (node, there) in &by_node {
        let surplus = usize::from(nodes.iter().any(|n| n == node));
        for pod in there
            .iter()
            .filter(|p| p.is_finished())
            .chain(there.iter().filter(|p| p.is_active()).skip(surplus))
        {
            if !pod.deleting {
                changes.push(delete_pod(pod));
            }
        }
    }
    for node in nodes.iter().filter(|n| !by_node.contains_key(n.as_str())) {
        let name = format!("{}-{}", set.metadata.name, suffix(rng));
        let mut body =
            set.pod(resource::DAEMON_SETS, &set.spec.template, &name, &[(REVISION_HASH, hash.clone())]);
        body["spec"]["nodeName"] = node.as_str().into();
        changes.push(Change::Create { resource: resource::PODS, body });
        changes.push(set.note(key, FROM, "SuccessfulCreate", format!("Created pod: {name}")));
    }
    let new = |p: &PodView| p.object.label(REVISION_HASH) == Some(hash.as_str());
    let available = |p: &PodView| p.available_at(set.spec.min_ready_seconds).is_some_and(|t| t <= now);
    roll(&set, nodes.len(), &pods, &new, &available, &mut changes);
    let in_use = |name: &str| {
        let used = |p: &&PodView| p.object.label(REVISION_HASH).is_some_and(|h| name.ends_with(h));
        name == revision.name || pods.iter().any(used)
    };
    changes.extend(record.prune(sight.cache, &in_use));
    changes.extend(set.status_change(key, status(&set, &nodes, &pods, &new, &available)));
    let waiting =
        pods.iter().filter_map(|p| p.available_at(set.spec.min_ready_seconds)).filter(|t| *t > now).min();
    changes.extend(waiting.map(|at| Change::Wake { key: key.clone(), at }));
    changes
}

/// Nodes the template's selector allows; taints hold daemons off as others.
fn nodes(sight: &Sight<'_>, set: &Workload<DaemonSpec>) -> Vec<String> {
    let wanted = map_at(&set.spec.template, "/spec/nodeSelector");
    let fits = |key: &&Key| {
        let Some(node) = sight.cache.object(key) else { return false };
        wanted.iter().all(|(k, v)| node.label(k) == Some(v))
    };
    sight.cache.all(resource::NODES).filter(fits).map(|k| k.name.to_string()).collect()
}

/// Old pods go as far as `maxUnavailable` allows.
fn roll(
    set: &Workload<DaemonSpec>,
    nodes: usize,
    pods: &[&PodView],
    new: &dyn Fn(&PodView) -> bool,
    available: &dyn Fn(&PodView) -> bool,
    changes: &mut Vec<Change>,
) {
    if text(&set.spec.update_strategy, "/type") == "OnDelete" {
        return;
    }
    let nodes = i32::try_from(nodes).unwrap_or(i32::MAX);
    let limit = set.spec.update_strategy.pointer("/rollingUpdate/maxUnavailable");
    let limit = limit.and_then(|v| scaled(v, nodes, Round::Up)).unwrap_or(1).max(1);
    let serving = pods.iter().filter(|p| p.is_active() && available(p)).count();
    let missing = nodes - i32::try_from(serving).unwrap_or(0);
    let mut room = usize::try_from(limit - missing).unwrap_or(0);
    for pod in pods.iter().filter(|p| p.is_active() && !new(p)) {
        // One that serves nobody costs nothing.
        if !available(pod) {
            changes.push(delete_pod(pod));
        } else if room > 0 {
            room -= 1;
            changes.push(delete_pod(pod));
        }
    }
}

fn status(
    set: &Workload<DaemonSpec>,
    nodes: &[String],
    pods: &[&PodView],
    new: &dyn Fn(&PodView) -> bool,
    is_available: &dyn Fn(&PodView) -> bool,
) -> Value {
    let count = |f: &dyn Fn(&PodView) -> bool| pods.iter().filter(|p| p.is_active() && f(p)).count();
    let placed = |p: &PodView| nodes.iter().any(|n| **n == *p.node);
    let available = count(is_available);
    let mut out = json!({
        "currentNumberScheduled": count(&placed),
        "desiredNumberScheduled": nodes.len(),
        "numberMisscheduled": count(&|p| !placed(p)),
        "numberReady": count(&PodView::is_ready),
        "observedGeneration": set.metadata.generation,
    });
    let rest = [
        ("updatedNumberScheduled", count(new)),
        ("numberAvailable", available),
        ("numberUnavailable", nodes.len().saturating_sub(available)),
    ];
    for (name, n) in rest.into_iter().filter(|(_, n)| *n > 0) {
        out[name] = n.into();
    }
    out
}
