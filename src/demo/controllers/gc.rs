//! Garbage collection: what happens to objects whose owner goes.

use serde_json::{Value, json};

use super::cache::Cache;
use super::change::Change;
use super::key::Key;
use super::meta::OwnerRef;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// One step for `key`: let go of dependents it is waiting for, or delete it
/// when none of its owners exists any more.
pub fn collect(cache: &Cache, key: &Key) -> Vec<Change> {
    let Some(object) = cache.object(key) else { return Vec::new() };
    if cache.is_deleting(key) {
        let held_by = |name: &str| cache.finalizers(key).iter().any(|f| f == name);
        return if held_by(ORPHAN) {
            orphan(cache, key, object.uid())
        } else if held_by(FOREGROUND) {
            foreground(cache, key, object.uid())
        } else {
            Vec::new()
        };
    }
    let owners = cache.owners(key);
    // An owner lives in the same namespace or in none; a namesake elsewhere owns nothing here.
    let there =
        |o: &OwnerRef| cache.by_uid(&o.uid).is_some_and(|owner| owner.ns.is_empty() || owner.ns == key.ns);
    let lost = !owners.is_empty() && !owners.iter().any(there);
    if lost { vec![delete(cache, key)] } else { Vec::new() }
}

/// Dependents lose the reference, then the owner may go.
fn orphan(cache: &Cache, key: &Key, uid: &str) -> Vec<Change> {
    let mut changes: Vec<Change> = cache
        .dependents(uid)
        .map(|dependent| {
            let rest: Vec<&OwnerRef> = cache.owners(dependent).iter().filter(|o| o.uid != uid).collect();
            let rest = if rest.is_empty() { Value::Null } else { json!(rest) };
            Change::Patch { key: dependent.clone(), patch: json!({"metadata": {"ownerReferences": rest}}) }
        })
        .collect();
    changes.push(without_finalizer(cache, key, ORPHAN));
    changes
}

/// Dependents go first; the owner follows when none that blocks it is left.
fn foreground(cache: &Cache, key: &Key, uid: &str) -> Vec<Change> {
    let blocking = |k: &&Key| cache.owners(k).iter().any(|o| o.uid == uid && o.block_owner_deletion);
    if cache.dependents(uid).any(|k| blocking(&k)) {
        cache.dependents(uid).filter(|k| !cache.is_deleting(k)).map(|k| delete(cache, k)).collect()
    } else {
        vec![without_finalizer(cache, key, FOREGROUND)]
    }
}

fn delete(cache: &Cache, key: &Key) -> Change {
    let uid = cache.object(key).map(|o| o.uid().to_owned()).unwrap_or_default();
    Change::Delete { key: key.clone(), uid, grace: None }
}

fn without_finalizer(cache: &Cache, key: &Key, name: &str) -> Change {
    let rest: Vec<&String> = cache.finalizers(key).iter().filter(|f| *f != name).collect();
    let rest = if rest.is_empty() { Value::Null } else { json!(rest) };
    Change::Patch { key: key.clone(), patch: json!({"metadata": {"finalizers": rest}}) }
}
