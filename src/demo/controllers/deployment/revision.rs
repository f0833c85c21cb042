//! Revisions: finding or creating the ReplicaSet of the wanted template, and
//! numbering it.

use serde_json::{Value, json};

use super::condition::condition;
use super::view::{ReplicaSet, ReplicaSetSpec, StrategyKind};
use super::{
    DESIRED_REPLICAS, MAX_REPLICAS, REVISION, REVISION_HISTORY, Rollout, TEMPLATE_HASH, annotation_patch,
};
use crate::demo::controllers::change::Change;
use crate::demo::controllers::hash::{canonical, template_hash};
use crate::demo::controllers::key::{Key, resource};
use crate::demo::controllers::meta::{Map, Meta, controller_ref};
use crate::demo::controllers::stamp::Stamp;

/// Longest `revision-history`, in characters; older numbers are dropped.
const HISTORY_LIMIT: usize = 2000;

/// Annotations of a Deployment that its ReplicaSets never inherit.
const NOT_COPIED: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];

impl Rollout<'_> {
    /// Finds the set of the wanted template (the oldest, should there be two)
    /// and numbers it one above all others; creates it if `create`.
    pub(super) fn sync_revision(&mut self, create: bool) {
        let wanted = canonical(&self.d.spec.template);
        self.newest = self.sets.iter().position(|rs| canonical(&rs.spec.template) == wanted);
        let highest = self.old_sets().iter().map(|i| self.revision_of(*i)).max().unwrap_or(0);
        match self.newest {
            Some(index) => self.renumber(index, highest + 1),
            None if create => self.create_set(highest + 1),
            None => {}
        }
    }

    fn revision_of(&self, index: usize) -> i64 {
        self.sets[index].number(REVISION).unwrap_or(0)
    }

    fn renumber(&mut self, index: usize, revision: i64) {
        let before = self.sets[index].metadata.annotations.clone();
        let mut after = before.clone();
        inherit(&self.d.metadata.annotations, &mut after);
        set_revision(&mut after, revision);
        let ready = self.d.spec.min_ready_seconds;
        let ready_changed = self.sets[index].spec.min_ready_seconds != ready;
        let patch = annotation_patch(&before, &after);
        if patch.is_some() || ready_changed {
            let mut patch = patch.unwrap_or_else(|| json!({}));
            if ready_changed {
                patch["spec"] = json!({"minReadySeconds": ready});
            }
            let key = self.set_key(index);
            self.sets[index].metadata.annotations = after;
            self.sets[index].spec.min_ready_seconds = ready;
            self.changes.push(Change::Patch { key, patch });
            return;
        }
        if let Some(number) = after.get(REVISION) {
            self.d.metadata.annotations.insert(REVISION.to_owned(), number.clone());
        }
        if self.d.deadline().is_some() && self.d.status.condition("Progressing").is_none() {
            let message = format!("Found new replica set \"{}\"", self.sets[index].metadata.name);
            self.d.status.set(condition("Progressing", "True", "FoundNewReplicaSet", message, self.now));
        }
    }

    /// Creates the set of the wanted template, as large as the surge allows.
    fn create_set(&mut self, revision: i64) {
        if self.refused() {
            return;
        }
        let hash = template_hash(&self.d.spec.template, self.d.status.collision_count);
        let mut set = self.new_set(&hash);
        let total: i32 = self.sets.iter().map(ReplicaSet::desired).sum();
        let size = match self.d.spec.strategy.kind {
            StrategyKind::Recreate => self.d.desired(),
            StrategyKind::RollingUpdate => self.room(total).min(self.d.desired()).max(0),
        };
        set.spec.replicas = Some(size);
        inherit(&self.d.metadata.annotations, &mut set.metadata.annotations);
        set_revision(&mut set.metadata.annotations, revision);
        self.set_sizes(&mut set.metadata.annotations);
        let name = set.metadata.name.clone();
        let body = self.body_of(&set, &hash);
        self.changes.push(Change::Create { resource: resource::REPLICA_SETS, body });
        self.newest = Some(self.sets.len());
        self.sets.push(set);
        if size > 0 {
            let message = format!("Scaled up replica set {name} from 0 to {size}");
            self.note(false, "ScalingReplicaSet", message);
        }
        self.d.metadata.annotations.insert(REVISION.to_owned(), revision.to_string());
        if self.d.deadline().is_some() {
            let message = format!("Created new replica set \"{name}\"");
            self.d.status.set(condition("Progressing", "True", "NewReplicaSetCreated", message, self.now));
        }
    }

    /// Pods that may be added before the surge limit is reached.
    pub(super) fn room(&self, total: i32) -> i32 {
        self.d.desired() + self.d.max_surge() - total
    }

    /// What to do about a ReplicaSet the API refused; `true` while it waits.
    fn refused(&mut self) -> bool {
        let Some(refusal) = &self.view.refusal else { return false };
        if refusal.exists && refusal.fresh {
            // Another object has our name: salt the hash and try again.
            let count = self.d.status.collision_count.unwrap_or(0) + 1;
            self.d.status.collision_count = Some(count);
            return true;
        }
        if refusal.retry_at <= self.now {
            return false;
        }
        let hash = template_hash(&self.d.spec.template, self.d.status.collision_count);
        let name = set_name(&self.d.metadata.name, &hash);
        let message = format!("Failed to create new replica set \"{name}\": {}", refusal.message);
        if refusal.fresh {
            self.note(true, "ReplicaSetCreateError", message.clone());
        }
        if self.d.deadline().is_some() {
            self.d.status.set(condition("Progressing", "False", "ReplicaSetCreateError", message, self.now));
        }
        self.changes.push(Change::Wake { key: self.key.clone(), at: refusal.retry_at });
        true
    }

    fn new_set(&self, hash: &str) -> ReplicaSet {
        let meta = Meta {
            name: set_name(&self.d.metadata.name, hash),
            namespace: self.d.metadata.namespace.clone(),
            creation_timestamp: Some(Stamp::new(self.now)),
            ..Meta::default()
        };
        let spec = ReplicaSetSpec {
            min_ready_seconds: self.d.spec.min_ready_seconds,
            selector: self.d.spec.selector.clone(),
            template: self.d.spec.template.clone(),
            replicas: Some(0),
        };
        ReplicaSet { metadata: meta, spec, ..ReplicaSet::default() }
    }

    fn body_of(&self, set: &ReplicaSet, hash: &str) -> Value {
        let mut template = self.d.spec.template.clone();
        template["metadata"]["labels"][TEMPLATE_HASH] = hash.into();
        let mut selector = self.view.deployment.spec.selector.to_value();
        selector["matchLabels"][TEMPLATE_HASH] = hash.into();
        let mut spec = json!({"replicas": set.desired(), "selector": selector});
        spec["template"] = template.clone();
        if set.spec.min_ready_seconds > 0 {
            spec["minReadySeconds"] = set.spec.min_ready_seconds.into();
        }
        json!({
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": set.metadata.name,
                "namespace": set.metadata.namespace,
                "labels": template["metadata"]["labels"],
                "annotations": set.metadata.annotations,
                "ownerReferences": [controller_ref(resource::DEPLOYMENTS, &self.d.metadata)],
            },
            "spec": spec,
        })
    }

    /// Records on a set for which size of the Deployment it was sized.
    pub(super) fn set_sizes(&self, annotations: &mut Map) {
        let desired = self.d.desired();
        annotations.insert(DESIRED_REPLICAS.to_owned(), desired.to_string());
        annotations.insert(MAX_REPLICAS.to_owned(), (desired + self.d.max_surge()).to_string());
    }

    /// Key of the Deployment.
    pub(super) fn own_key(&self) -> Key {
        self.key.clone()
    }
}

/// `<deployment>-<hash>`, cut so that it stays a legal name.
fn set_name(deployment: &str, hash: &str) -> String {
    let room = 253 - 1 - hash.len();
    let head: String = deployment.chars().take(room).collect();
    format!("{head}-{hash}")
}

/// Copies a Deployment's annotations to its ReplicaSet; returns nothing, as
/// the caller compares.
fn inherit(from: &Map, to: &mut Map) {
    for (k, v) in from.iter().filter(|(k, _)| !NOT_COPIED.contains(&k.as_str())) {
        to.insert(k.clone(), v.clone());
    }
}

/// Raises the revision to `revision`. A set that already had one is being
/// rolled back to: its old number goes to the history.
fn set_revision(annotations: &mut Map, revision: i64) {
    let old = annotations.get(REVISION).cloned();
    let number = match old.as_deref().map(str::parse::<i64>) {
        None => 0,
        Some(Ok(n)) => n,
        // Somebody's own annotation: not ours to repair.
        Some(Err(_)) => return,
    };
    if number >= revision {
        return;
    }
    annotations.insert(REVISION.to_owned(), revision.to_string());
    if let Some(old) = old {
        let history = annotations.get(REVISION_HISTORY).map_or("", String::as_str);
        let mut numbers: Vec<&str> = history.split(',').filter(|n| !n.is_empty()).collect();
        numbers.push(&old);
        while numbers.len() > 1 && numbers.iter().map(|n| n.len() + 1).sum::<usize>() > HISTORY_LIMIT + 1 {
            numbers.remove(0);
        }
        let history = numbers.join(",");
        annotations.insert(REVISION_HISTORY.to_owned(), history);
    }
}
