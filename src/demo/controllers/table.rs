//! The table of controllers: what each looks after, and how its view is made.

use std::sync::Arc;

use jiff::Timestamp;

use super::cache::Cache;
use super::change::{Change, Refusal};
use super::deployment::view::ReplicaSet;
use super::deployment::{self, DeploymentView};
use super::key::{Key, resource};
use super::pod::PodView;
use super::replicaset::{self, ReplicaSetView};
use crate::demo::kinds::Resource;

/// What a pod uses now: CPU in thousandths of a core, memory in bytes.
pub type Usage = Box<dyn Fn(&Key) -> Option<(u64, u64)> + Send>;

/// What a controller may look at.
pub struct Sight<'a> {
    /// The cluster.
    pub cache: &'a Cache,
    /// The resources there are.
    pub registry: &'a [Arc<Resource>],
    /// The API's last refusal for the object in question.
    pub refusal: Option<&'a Refusal>,
    /// What pods use.
    pub usage: &'a Usage,
    /// Before this, nothing periodic is done.
    pub rest_until: Timestamp,
}

/// Looks at one object and says what to do.
pub type Decide = fn(&Sight<'_>, &Key, Timestamp, &mut fastrand::Rng) -> Vec<Change>;

/// One controller.
pub struct Controller {
    /// What it looks after.
    pub resource: &'static str,
    /// How it decides.
    pub decide: Decide,
}

/// All controllers but the kubelet, the garbage collector and namespaces,
/// which remember things or cut across kinds.
pub const CONTROLLERS: &[Controller] = &[
    Controller { resource: resource::DEPLOYMENTS, decide: deployment },
    Controller { resource: resource::REPLICA_SETS, decide: replica_set },
    Controller { resource: resource::SERVICES, decide: super::endpoints::decide },
    Controller { resource: resource::STATEFUL_SETS, decide: super::statefulset::decide },
    Controller { resource: resource::DAEMON_SETS, decide: super::daemonset::decide },
    Controller { resource: resource::JOBS, decide: super::job::decide },
    Controller { resource: resource::CRON_JOBS, decide: super::cronjob::decide },
    Controller { resource: resource::HPAS, decide: super::hpa::decide },
    Controller { resource: resource::PDBS, decide: super::pdb::decide },
    Controller { resource: resource::RESOURCE_QUOTAS, decide: super::quota::decide },
];

fn deployment(sight: &Sight<'_>, key: &Key, now: Timestamp, _: &mut fastrand::Rng) -> Vec<Change> {
    let cache = sight.cache;
    let Some(deployment) = cache.read::<deployment::view::Deployment>(key) else { return Vec::new() };
    let uid = deployment.metadata.uid.clone();
    let mine = |set: &ReplicaSet| set.metadata.controller().is_some_and(|o| o.uid == uid);
    let owned = cache.dependents(&uid).filter(|k| &*k.resource == resource::REPLICA_SETS);
    let replica_sets: Vec<ReplicaSet> = owned.filter_map(|k| cache.read(k)).filter(mine).collect();
    let claims = deployment::claim::claim(cache, &deployment, &replica_sets);
    if !claims.is_empty() {
        // Everything else waits for the next look, which finds the sets claimed.
        return claims;
    }
    let live = |set: &ReplicaSet| {
        let live = cache.pods_of(&set.metadata.uid).filter(|p| !p.is_finished()).count();
        (set.metadata.uid.clone(), i32::try_from(live).unwrap_or(i32::MAX))
    };
    let live_pods = replica_sets.iter().map(live).collect();
    let refusal = sight.refusal.cloned();
    deployment::reconcile(&DeploymentView { deployment, replica_sets, live_pods, refusal }, now)
}

fn replica_set(sight: &Sight<'_>, key: &Key, now: Timestamp, rng: &mut fastrand::Rng) -> Vec<Change> {
    let cache = sight.cache;
    let Some(set) = cache.read::<ReplicaSet>(key) else { return Vec::new() };
    let strays = cache.pods(&key.ns).filter(|p| p.controller().is_none() && p.matches(&set.spec.selector));
    let pods: Vec<&PodView> = cache.pods_of(&set.metadata.uid).chain(strays).collect();
    replicaset::reconcile(&ReplicaSetView { set, pods, refusal: sight.refusal.cloned() }, now, rng)
}
