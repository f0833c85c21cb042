//! StatefulSets: pods with a number, one after the other.
//!
//! Absent on purpose: volume claims.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::Change;
use super::key::{Key, resource};
use super::meta::text;
use super::pod::PodView;
use super::revisions::Recorded;
use super::table::Sight;
use super::workload::{REVISION_HASH, Workload, delete_pod};

const FROM: &str = "statefulset-controller";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StatefulSpec {
    replicas: Option<usize>,
    template: Value,
    pod_management_policy: String,
    update_strategy: Value,
    min_ready_seconds: i32,
    service_name: String,
    revision_history_limit: Option<usize>,
}

/// One step of one StatefulSet.
pub fn decide(sight: &Sight<'_>, key: &Key, now: Timestamp, _: &mut fastrand::Rng) -> Vec<Change> {
    let Some(set) = Workload::<StatefulSpec>::read(sight.cache, key) else { return Vec::new() };
    let mut pods: Vec<(usize, &PodView)> = set
        .pods(sight.cache)
        .into_iter()
        .filter_map(|p| Some((ordinal(&set.metadata.name, p)?, p)))
        .collect();
    pods.sort_by_key(|(n, _)| *n);
    let record = Recorded {
        resource: resource::STATEFUL_SETS,
        owner: &set.metadata,
        template: &set.spec.template,
        hash_label: "controller.kubernetes.io/hash",
        limit: set.spec.revision_history_limit,
    };
    let (revision, mut changes) = record.sync(sight.cache);
    let available = |p: &PodView| p.available_at(set.spec.min_ready_seconds).is_some_and(|t| t <= now);
    if set.metadata.deletion_timestamp.is_some() {
        changes.clear();
    } else {
        step(&set, key, &pods, &revision.name, &available, &mut changes);
        let in_use = |name: &str| {
            let current = set.status.get("currentRevision").and_then(Value::as_str);
            name == revision.name
                || current == Some(name)
                || pods.iter().any(|(_, p)| p.object.label(REVISION_HASH) == Some(name))
        };
        changes.extend(record.prune(sight.cache, &in_use));
    }
    changes.extend(set.status_change(key, status(&set, &pods, &revision.name, &available)));
    let waiting = pods.iter().filter_map(|(_, p)| p.available_at(set.spec.min_ready_seconds));
    changes.extend(waiting.filter(|t| *t > now).min().map(|at| Change::Wake { key: key.clone(), at }));
    changes
}

fn ordinal(set: &str, pod: &PodView) -> Option<usize> {
    pod.key.name.strip_prefix(set)?.strip_prefix('-')?.parse().ok()
}

/// Fill from the front, shrink from the back, renew from the back; in order,
/// each waits for the one before.
fn step(
    set: &Workload<StatefulSpec>,
    key: &Key,
    pods: &[(usize, &PodView)],
    revision: &str,
    available: &dyn Fn(&PodView) -> bool,
    changes: &mut Vec<Change>,
) {
    let wanted = set.spec.replicas.unwrap_or(1);
    let ordered = set.spec.pod_management_policy != "Parallel";
    for n in 0..wanted {
        match pods.iter().find(|(i, _)| *i == n).map(|(_, p)| *p) {
            None => {
                changes.extend(create(set, key, n, revision));
                if ordered {
                    return;
                }
            }
            Some(pod) if pod.is_finished() && !pod.deleting => {
                changes.push(delete_pod(pod));
                return;
            }
            Some(pod) if ordered && (pod.deleting || !available(pod)) => {
                // A pod that cannot become ready may still be replaced by a newer one.
                if !pod.deleting && pod.object.label(REVISION_HASH) != Some(revision) {
                    changes.push(delete_pod(pod));
                }
                return;
            }
            Some(_) => {}
        }
    }
    let surplus = pods.iter().rev().filter(|(n, _)| *n >= wanted);
    let mut leaving = false;
    for (_, pod) in surplus {
        leaving = true;
        if !pod.deleting {
            changes.push(delete_pod(pod));
            let message = format!("Delete Pod {} in StatefulSet {} successful", pod.key.name, key.name);
            changes.push(set.note(key, FROM, "SuccessfulDelete", message));
        }
        if ordered {
            return;
        }
    }
    if !leaving && text(&set.spec.update_strategy, "/type") != "OnDelete" {
        renew(set, pods, revision, available, changes);
    }
}

/// The highest old pod goes, once everything above it is new and available.
fn renew(
    set: &Workload<StatefulSpec>,
    pods: &[(usize, &PodView)],
    revision: &str,
    available: &dyn Fn(&PodView) -> bool,
    changes: &mut Vec<Change>,
) {
    let partition = set.spec.update_strategy.pointer("/rollingUpdate/partition").and_then(Value::as_u64);
    let partition = usize::try_from(partition.unwrap_or(0)).unwrap_or(0);
    for (_, pod) in pods.iter().rev().filter(|(n, _)| *n >= partition) {
        let new = pod.object.label(REVISION_HASH) == Some(revision);
        if pod.deleting || (new && !available(pod)) {
            return;
        }
        if !new {
            changes.push(delete_pod(pod));
            return;
        }
    }
}

fn create(set: &Workload<StatefulSpec>, key: &Key, n: usize, revision: &str) -> Vec<Change> {
    let name = format!("{}-{n}", key.name);
    let labels = [
        ("statefulset.kubernetes.io/pod-name", name.clone()),
        ("apps.kubernetes.io/pod-index", n.to_string()),
        (REVISION_HASH, revision.to_owned()),
    ];
    let mut body = set.pod(resource::STATEFUL_SETS, &set.spec.template, &name, &labels);
    body["spec"]["hostname"] = name.clone().into();
    if !set.spec.service_name.is_empty() {
        body["spec"]["subdomain"] = set.spec.service_name.clone().into();
    }
    let message = format!("Create Pod {name} in StatefulSet {} successful", key.name);
    vec![Change::Create { resource: resource::PODS, body }, set.note(key, FROM, "SuccessfulCreate", message)]
}

fn status(
    set: &Workload<StatefulSpec>,
    pods: &[(usize, &PodView)],
    revision: &str,
    available: &dyn Fn(&PodView) -> bool,
) -> Value {
    let count = |f: &dyn Fn(&PodView) -> bool| pods.iter().filter(|(_, p)| p.is_active() && f(p)).count();
    let new = count(&|p| p.object.label(REVISION_HASH) == Some(revision));
    let all = count(&|_| true);
    let ready = count(&PodView::is_ready);
    let done = new == all && ready == all && all == set.spec.replicas.unwrap_or(1);
    let old = set.status.get("currentRevision").and_then(Value::as_str);
    let current = if done { revision } else { old.unwrap_or(revision) };
    let mut out = json!({
        "replicas": all,
        "observedGeneration": set.metadata.generation,
        "availableReplicas": count(available),
        "collisionCount": 0,
        "currentRevision": current,
        "updateRevision": revision,
    });
    let old_pods = if current == revision { all } else { all - new };
    let rest = [("readyReplicas", ready), ("currentReplicas", old_pods), ("updatedReplicas", new)];
    for (name, n) in rest.into_iter().filter(|(_, n)| *n > 0) {
        out[name] = n.into();
    }
    out
}
