//! Which ReplicaSets are a Deployment's: it adopts orphans its selector picks
//! and lets go of sets whose labels left it.

use serde_json::{Value, json};

use super::view::{Deployment, ReplicaSet};
use crate::demo::controllers::cache::Cache;
use crate::demo::controllers::change::Change;
use crate::demo::controllers::key::{Key, resource};
use crate::demo::controllers::meta::controller_ref;

/// Whether the Deployment's selector picks a set; one that is leaving picks nothing, and lets nothing go.
fn fits(set: &ReplicaSet, deployment: &Deployment) -> bool {
    let leaving = deployment.metadata.deletion_timestamp.is_some();
    leaving || deployment.spec.selector.matches_with(|k| set.metadata.labels.get(k).map(String::as_str))
}

/// Sets nobody controls that the Deployment's selector picks.
fn adoptable(cache: &Cache, deployment: &Deployment) -> Vec<ReplicaSet> {
    if deployment.metadata.deletion_timestamp.is_some() || deployment.spec.selector.is_empty() {
        return Vec::new();
    }
    let strays = cache
        .in_namespace(resource::REPLICA_SETS, &deployment.metadata.namespace)
        .filter(|k| !cache.is_deleting(k) && cache.owners(k).iter().all(|o| !o.controller));
    strays.filter_map(|k| cache.read::<ReplicaSet>(k)).filter(|set| fits(set, deployment)).collect()
}

/// What makes the sets in `sets`, and those nobody controls, belong where the selector says.
pub fn claim(cache: &Cache, deployment: &Deployment, sets: &[ReplicaSet]) -> Vec<Change> {
    let owner = controller_ref(resource::DEPLOYMENTS, &deployment.metadata);
    let patch = |set: &ReplicaSet, refs: Value| Change::Patch {
        key: Key::new(resource::REPLICA_SETS, &set.metadata.namespace, &set.metadata.name),
        patch: json!({"metadata": {"ownerReferences": refs}}),
    };
    let released = sets.iter().filter(|set| !fits(set, deployment)).map(|set| patch(set, Value::Null));
    let adopted = adoptable(cache, deployment);
    released.chain(adopted.iter().map(|set| patch(set, json!([owner])))).collect()
}
