//! The ReplicaSet controller: as many pods as asked for, with its labels.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::change::{Change, Note, Refusal};
use super::deployment::view::{Condition, ReplicaSet, ReplicaSetStatus};
use super::hash::ALPHABET;
use super::key::{Key, resource};
use super::meta::{OwnerRef, controller_ref};
use super::pod::{PodView, deletion_order};
use super::stamp::Stamp;

/// Most pods made or deleted in one step, as the real controller bursts.
const BURST: usize = 500;
const FROM: &str = "replicaset-controller";

/// Everything the controller looks at.
#[derive(Clone, Debug)]
pub struct ReplicaSetView<'a> {
    /// The ReplicaSet.
    pub set: ReplicaSet,
    /// Pods it controls, and pods without a controller that its selector picks.
    pub pods: Vec<&'a PodView>,
    /// The API refused the last pod.
    pub refusal: Option<Refusal>,
}

/// One step: adopt and release, make or delete pods, write the status.
pub fn reconcile(view: &ReplicaSetView<'_>, now: Timestamp, rng: &mut fastrand::Rng) -> Vec<Change> {
    let meta = &view.set.metadata;
    let key = Key::new(resource::REPLICA_SETS, &meta.namespace, &meta.name);
    let mut changes = Vec::new();
    let deleting = meta.deletion_timestamp.is_some();
    let owned = claim(view, deleting, &mut changes);
    let active: Vec<&PodView> = owned.iter().copied().filter(|p| p.is_active()).collect();
    if !deleting {
        manage(view, &key, &active, now, rng, &mut changes);
    }
    let status = status(view, &owned, &active, now);
    if status != view.set.status {
        let value = serde_json::to_value(&status).unwrap_or_default();
        changes.push(Change::Status { key: key.clone(), status: value });
    }
    let seconds = view.set.spec.min_ready_seconds;
    let next = active.iter().filter_map(|p| p.available_at(seconds)).filter(|t| *t > now).min();
    changes.extend(next.map(|at| Change::Wake { key, at }));
    changes
}

/// Pods that belong here: controlled ones whose labels still match, and
/// strays that match. Others are let go.
fn claim<'a>(view: &ReplicaSetView<'a>, deleting: bool, changes: &mut Vec<Change>) -> Vec<&'a PodView> {
    let meta = &view.set.metadata;
    let mut mine = Vec::with_capacity(view.pods.len());
    for pod in &view.pods {
        let matches = pod.matches(&view.set.spec.selector);
        let controller = pod.controller().map(|o: &OwnerRef| o.uid == meta.uid);
        let refs = match (controller, matches) {
            (Some(true), true) => {
                mine.push(*pod);
                continue;
            }
            (Some(true), false) if !deleting => Value::Null,
            (None, true) if !deleting && pod.is_active() => {
                mine.push(*pod);
                json!([controller_ref(resource::REPLICA_SETS, meta)])
            }
            (Some(_) | None, _) => continue,
        };
        let patch = json!({"metadata": {"ownerReferences": refs}});
        changes.push(Change::Patch { key: pod.key.clone(), patch });
    }
    mine
}

fn manage(
    view: &ReplicaSetView<'_>,
    key: &Key,
    active: &[&PodView],
    now: Timestamp,
    rng: &mut fastrand::Rng,
    changes: &mut Vec<Change>,
) {
    let uid = &view.set.metadata.uid;
    let wanted = usize::try_from(view.set.desired()).unwrap_or(0);
    if active.len() < wanted {
        if let Some(refusal) = view.refusal.as_ref().filter(|r| r.retry_at > now) {
            if refusal.fresh {
                let message = format!("Error creating: {}", refusal.message);
                changes.push(Change::Note(Note::warning(key, uid, FROM, "FailedCreate", message)));
            }
            changes.push(Change::Wake { key: key.clone(), at: refusal.retry_at });
            return;
        }
        for _ in active.len()..wanted.min(active.len() + BURST) {
            let body = pod_from(resource::REPLICA_SETS, &view.set, rng);
            let message = format!("Created pod: {}", body["metadata"]["name"].as_str().unwrap_or_default());
            changes.push(Change::Create { resource: resource::PODS, body });
            changes.push(Change::Note(Note::normal(key, uid, FROM, "SuccessfulCreate", message)));
        }
    } else if active.len() > wanted {
        for pod in victims(active, active.len() - wanted).into_iter().take(BURST) {
            changes.push(Change::Delete { key: pod.key.clone(), uid: pod.uid().to_owned(), grace: None });
            let message = format!("Deleted pod: {}", pod.key.name);
            changes.push(Change::Note(Note::normal(key, uid, FROM, "SuccessfulDelete", message)));
        }
    }
}

fn victims<'a>(active: &[&'a PodView], count: usize) -> Vec<&'a PodView> {
    let mut ready_on: HashMap<&str, usize> = HashMap::new();
    for pod in active.iter().filter(|p| p.is_ready()) {
        *ready_on.entry(&pod.node).or_default() += 1;
    }
    let mut sorted = active.to_vec();
    sorted.sort_by(|a, b| deletion_order(a, b, |p| ready_on.get(&*p.node).copied().unwrap_or(0)));
    sorted.truncate(count);
    sorted
}

/// A pod of the template, named after its owner with five random characters.
pub fn pod_from(owner: &str, set: &ReplicaSet, rng: &mut fastrand::Rng) -> Value {
    let meta = &set.metadata;
    let prefix = format!("{}-", meta.name);
    let mut body = set.spec.template.clone();
    body["apiVersion"] = "v1".into();
    body["kind"] = "Pod".into();
    if !body["metadata"].is_object() {
        body["metadata"] = json!({});
    }
    body["metadata"]["name"] = format!("{prefix}{}", suffix(rng)).into();
    body["metadata"]["generateName"] = prefix.into();
    body["metadata"]["namespace"] = meta.namespace.clone().into();
    body["metadata"]["ownerReferences"] = json!([controller_ref(owner, meta)]);
    body
}

/// Five characters of the name alphabet.
pub fn suffix(rng: &mut fastrand::Rng) -> String {
    (0..5).map(|_| char::from(ALPHABET[rng.usize(..ALPHABET.len())])).collect()
}

fn status(
    view: &ReplicaSetView<'_>,
    owned: &[&PodView],
    active: &[&PodView],
    now: Timestamp,
) -> ReplicaSetStatus {
    let set = &view.set;
    let labels = super::meta::map_at(&set.spec.template, "/metadata/labels");
    let count =
        |f: &dyn Fn(&PodView) -> bool| i32::try_from(active.iter().filter(|p| f(p)).count()).unwrap_or(0);
    let seconds = set.spec.min_ready_seconds;
    let leaving = owned.iter().filter(|p| p.deleting && !p.is_finished()).count();
    ReplicaSetStatus {
        replicas: count(&|_| true),
        fully_labeled_replicas: count(&|p| labels.iter().all(|(k, v)| p.object.label(k) == Some(v))),
        ready_replicas: count(&PodView::is_ready),
        available_replicas: count(&|p| p.available_at(seconds).is_some_and(|t| t <= now)),
        terminating_replicas: Some(i32::try_from(leaving).unwrap_or(0)),
        observed_generation: set.metadata.generation,
        conditions: conditions(view, active.len(), now),
    }
}

/// `ReplicaFailure` appears with the first refusal and goes with the first success.
fn conditions(view: &ReplicaSetView<'_>, active: usize, now: Timestamp) -> Vec<Condition> {
    let old = &view.set.status.conditions;
    let wanted = usize::try_from(view.set.desired()).unwrap_or(0);
    let mut kept: Vec<Condition> = old.iter().filter(|c| c.kind != "ReplicaFailure").cloned().collect();
    if let Some(refusal) = view.refusal.as_ref().filter(|_| active < wanted) {
        let present = old.iter().find(|c| c.kind == "ReplicaFailure").cloned();
        kept.push(present.unwrap_or_else(|| Condition {
            kind: "ReplicaFailure".to_owned(),
            status: "True".to_owned(),
            last_update_time: None,
            last_transition_time: Some(Stamp::new(now)),
            reason: "FailedCreate".to_owned(),
            message: refusal.message.clone(),
        }));
    }
    kept
}
