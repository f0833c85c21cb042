//! The Deployment controller: which ReplicaSet exists, and how large.
//!
//! Pure: [`reconcile`] takes what was observed and returns what to do next.
//! It is level-triggered and takes one careful step at a time, like the real
//! one: after a step that changed a size, the next is decided only when the
//! change has come back through the watch.
//!
//! Absent on purpose: the `rollbackTo` field of the long-gone v1beta1 API.

pub mod claim;
mod cleanup;
mod condition;
mod recreate;
mod revision;
mod rolling;
mod scale;
mod status;
#[cfg(test)]
mod tests;
pub mod view;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::change::{Change, Note, Refusal};
use super::key::{Key, resource};
use super::meta::Map;
use view::{Deployment, DeploymentStatus, ReplicaSet, StrategyKind};

/// Revision of a ReplicaSet, and the current one of its Deployment.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// Earlier revisions a ReplicaSet has been, after rollbacks.
pub const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// `spec.replicas` of the Deployment when the ReplicaSet was last sized.
pub const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// The same plus surge; the base of proportional scaling.
pub const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
/// Label that tells the pods of two revisions apart.
pub const TEMPLATE_HASH: &str = "pod-template-hash";

/// Who the events come from.
const FROM: &str = "deployment-controller";

/// Everything the controller looks at.
#[derive(Clone, Debug)]
pub struct DeploymentView {
    /// The Deployment.
    pub deployment: Deployment,
    /// ReplicaSets it controls.
    pub replica_sets: Vec<ReplicaSet>,
    /// Pods, not finished, under ReplicaSets other than the newest template's;
    /// as (uid of the ReplicaSet, number).
    pub live_pods: Vec<(String, i32)>,
    /// The API refused the last ReplicaSet.
    pub refusal: Option<Refusal>,
}

/// One step towards what the Deployment asks for.
pub fn reconcile(view: &DeploymentView, now: Timestamp) -> Vec<Change> {
    let mut r = Rollout::new(view, now);
    if view.deployment.spec.selector.is_empty() {
        r.selects_all();
        return r.finish();
    }
    if r.d.metadata.deletion_timestamp.is_some() {
        r.sync_revision(false);
        r.sync_status();
        return r.finish();
    }
    r.check_paused();
    if r.d.spec.paused || r.is_scaling() {
        r.sync();
    } else {
        match r.d.spec.strategy.kind {
            StrategyKind::RollingUpdate => r.roll(),
            StrategyKind::Recreate => r.recreate(),
        }
    }
    r.finish()
}

/// A reconcile under way: a working copy that sizes and conditions are
/// changed in, and the changes that make it true.
struct Rollout<'a> {
    view: &'a DeploymentView,
    d: Deployment,
    /// Oldest first; grows by the new one when it is created.
    sets: Vec<ReplicaSet>,
    /// Index of the set with the wanted template.
    newest: Option<usize>,
    /// The set that was created in this step, by index, with its template.
    now: Timestamp,
    key: Key,
    changes: Vec<Change>,
}

impl<'a> Rollout<'a> {
    fn new(view: &'a DeploymentView, now: Timestamp) -> Self {
        let mut sets = view.replica_sets.clone();
        sets.sort_by(|a, b| {
            (a.metadata.creation_timestamp, &a.metadata.name)
                .cmp(&(b.metadata.creation_timestamp, &b.metadata.name))
        });
        let meta = &view.deployment.metadata;
        Self {
            view,
            d: view.deployment.clone(),
            sets,
            newest: None,
            now,
            key: Key::new(resource::DEPLOYMENTS, &meta.namespace, &meta.name),
            changes: Vec::new(),
        }
    }

    /// Scaling events and paused Deployments: sizes change in proportion, the
    /// rollout does not move.
    fn sync(&mut self) {
        self.sync_revision(false);
        self.scale();
        if self.d.spec.paused {
            self.clean_up();
        }
        self.sync_status();
    }

    fn selects_all(&mut self) {
        let message = "This deployment is selecting all pods. A non-empty selector is required.";
        if self.d.status.observed_generation < self.d.metadata.generation {
            self.note(true, "SelectingAll", message.to_owned());
            self.d.status.observed_generation = self.d.metadata.generation;
        }
    }

    /// Whether `spec.replicas` changed since the active sets were last sized.
    fn is_scaling(&mut self) -> bool {
        self.sync_revision(false);
        self.sets
            .iter()
            .filter(|rs| rs.desired() > 0)
            .filter_map(|rs| rs.number(DESIRED_REPLICAS))
            .any(|n| n != i64::from(self.d.desired()))
    }

    fn old_sets(&self) -> Vec<usize> {
        (0..self.sets.len()).filter(|i| Some(*i) != self.newest).collect()
    }

    fn note(&mut self, warning: bool, reason: &'static str, message: String) {
        let uid = &self.d.metadata.uid;
        let note = Note::normal(&self.key, uid, FROM, reason, message);
        self.changes.push(Change::Note(Note { warning, ..note }));
    }

    fn set_key(&self, index: usize) -> Key {
        Key::new(resource::REPLICA_SETS, &self.d.metadata.namespace, &self.sets[index].metadata.name)
    }

    /// Adds what changed on the Deployment itself, and returns everything.
    fn finish(mut self) -> Vec<Change> {
        if let Some(patch) =
            annotation_patch(&self.view.deployment.metadata.annotations, &self.d.metadata.annotations)
        {
            self.changes.push(Change::Patch { key: self.key.clone(), patch });
        }
        if self.d.status != self.view.deployment.status {
            let status = status_value(&self.d.status);
            self.changes.push(Change::Status { key: self.key.clone(), status });
        }
        self.changes
    }
}

/// A status as JSON. Serialising plain structs cannot fail; should it ever,
/// an empty status is written and the next reconcile repairs it.
fn status_value(status: &DeploymentStatus) -> Value {
    serde_json::to_value(status).unwrap_or_default()
}

/// The merge patch from one annotation map to another, if they differ.
fn annotation_patch(before: &Map, after: &Map) -> Option<Value> {
    let changed: serde_json::Map<String, Value> = after
        .iter()
        .filter(|(k, v)| before.get(*k) != Some(*v))
        .map(|(k, v)| (k.clone(), Value::from(v.as_str())))
        .collect();
    (!changed.is_empty()).then(|| json!({"metadata": {"annotations": changed}}))
}
