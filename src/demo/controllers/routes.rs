//! Which objects a change makes worth looking at again.

use std::collections::BTreeSet;

use super::accounts;
use super::cache::{Cache, Taken};
use super::key::{Key, resource};
use super::selector::Selector;
use super::table::CONTROLLERS;

/// Adds to `dirty` everything whose controller cares about `taken`.
pub(super) fn mark(cache: &Cache, taken: &Taken, dirty: &mut BTreeSet<Key>) {
    let key = &taken.key;
    if CONTROLLERS.iter().any(|c| c.resource == &*key.resource)
        || matches!(&*key.resource, resource::PODS | resource::NODES | resource::NAMESPACES)
    {
        dirty.insert(key.clone());
    }
    for owner in taken.owners.iter().filter(|o| o.controller) {
        if let Some(info) = resource::of_kind(&owner.kind) {
            dirty.insert(Key::new(info.name, &key.ns, &owner.name));
        }
    }
    let namespace = Key::new(resource::NAMESPACES, "", &key.ns);
    if cache.is_deleting(&namespace) || (taken.gone && accounts::is_kept(key)) {
        dirty.insert(namespace);
    }
    // What appears, goes or ends may count.
    dirty.extend(cache.in_namespace(resource::RESOURCE_QUOTAS, &key.ns).cloned());
    match &*key.resource {
        resource::PODS => mark_around_pod(cache, taken, dirty),
        // An orphan may find a new owner.
        resource::REPLICA_SETS if taken.owners.iter().all(|o| !o.controller) => {
            dirty.extend(cache.in_namespace(resource::DEPLOYMENTS, &key.ns).cloned());
        }
        resource::NODES => dirty.extend(cache.all(resource::DAEMON_SETS).cloned()),
        _ => {}
    }
}

/// Services and budgets that select the pod, before or after; and, for a pod
/// nobody controls, the sets that might adopt it.
fn mark_around_pod(cache: &Cache, taken: &Taken, dirty: &mut BTreeSet<Key>) {
    let after = cache.pod(&taken.key);
    if let (Some(a), Some(b)) = (&taken.pod_before, after)
        && a.same_for_traffic(b)
    {
        return;
    }
    let versions: Vec<_> = taken.pod_before.iter().chain(after).collect();
    let ns = &taken.key.ns;
    for resource in [resource::SERVICES, resource::PDBS] {
        for key in cache.in_namespace(resource, ns) {
            let picks = |s: &Selector| versions.iter().any(|p| p.matches(s));
            if cache.selector(key).is_some_and(picks) {
                dirty.insert(key.clone());
            }
        }
    }
    if after.is_some_and(|p| p.controller().is_none() && p.is_active()) {
        dirty.extend(cache.in_namespace(resource::REPLICA_SETS, ns).cloned());
    }
}
