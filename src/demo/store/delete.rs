//! Deleting objects: grace for pods, finalizers, propagation, preconditions.
//!
//! Dependents are not touched here; the garbage collector among the
//! controllers follows ownerReferences, as in a real cluster.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::history::ChangeKind;
use super::{Object, Store, lock, meta};
use crate::demo::clock::rfc3339;
use crate::demo::kinds::{Generation, Resource};
use crate::demo::status::{ApiError, Gr};

/// A pod that does not say otherwise gets this many seconds to end.
const POD_GRACE: i64 = 30;

/// `propagationPolicy`: what happens to objects owned by the deleted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They are deleted afterwards.
    Background,
    /// They are deleted first (finalizer `foregroundDeletion`).
    Foreground,
    /// They stay, without their owner (finalizer `orphan`).
    Orphan,
}

/// What a deletion asks for; the default is what `kubectl delete` without flags asks.
#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    /// Seconds to end in; 0 removes at once. Only pods take time.
    pub grace_seconds: Option<i64>,
    /// What to do with dependents.
    pub propagation: Option<Propagation>,
    /// Only this very object.
    pub uid: Option<String>,
    /// Only this version of it.
    pub resource_version: Option<String>,
    /// Do everything but delete.
    pub dry_run: bool,
}

/// What a deletion did.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// The object as it was last.
    pub object: Arc<Object>,
    /// Whether it is gone, or only asked to end.
    pub gone: bool,
}

impl Store {
    /// Deletes an object, or begins to.
    ///
    /// # Errors
    /// 404 when there is no such object, 409 when a precondition does not hold.
    pub fn delete(
        &self,
        resource: &str,
        ns: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deleted, ApiError> {
        let resource = self.resource(resource).ok_or_else(ApiError::no_such_path)?;
        self.delete_as(&resource, ns, name, options)
    }

    /// [`Store::delete`] for a resource already looked up.
    ///
    /// # Errors
    /// As [`Store::delete`].
    pub fn delete_as(
        &self,
        resource: &Arc<Resource>,
        ns: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deleted, ApiError> {
        let _writer = lock(&self.shared.writer);
        let old = self.get(&resource.storage, ns, name).ok_or_else(|| Self::not_found(resource, name))?;
        check_preconditions(resource, &old, options)?;
        let before = old.value();
        let mut after = before.clone();
        let gone = self.plan(resource, &mut after, options);
        if options.dry_run {
            return Ok(Deleted { object: Arc::new(Object::freeze(after, old.rv)), gone });
        }
        if gone {
            let object = self.publish(&resource.storage, ChangeKind::Deleted, after);
            return Ok(Deleted { object, gone });
        }
        if after == before {
            return Ok(Deleted { object: old, gone });
        }
        let object = self.publish(&resource.storage, ChangeKind::Modified, after);
        Ok(Deleted { object, gone })
    }

    /// Marks the value as far as the options and the kind ask; true when nothing holds it.
    fn plan(&self, resource: &Resource, value: &mut Value, options: &DeleteOptions) -> bool {
        apply_propagation(value, options.propagation);
        let grace = if &*resource.storage == "pods" { pod_grace(value, options) } else { 0 };
        let namespace = &*resource.storage == "namespaces";
        let held = meta::has_finalizers(value)
            || (namespace
                && value
                    .pointer("/spec/finalizers")
                    .and_then(Value::as_array)
                    .is_some_and(|f| !f.is_empty()));
        if grace == 0 && !held {
            return true;
        }
        let pending = value.pointer("/metadata/deletionTimestamp").is_some();
        let old_grace = value.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
        if pending && old_grace.is_none_or(|old| grace >= old) {
            return false;
        }
        let at = self.clock().now() + Duration::from_secs(grace.unsigned_abs());
        let has_generation = resource.generation != Generation::None;
        if let Some(meta) = meta::meta(value) {
            if !namespace {
                meta.insert("deletionGracePeriodSeconds".into(), json!(grace));
            }
            meta.insert("deletionTimestamp".into(), rfc3339(at).into());
            if has_generation && !pending {
                let generation = meta.get("generation").and_then(Value::as_i64).unwrap_or(0);
                meta.insert("generation".into(), json!(generation + 1));
            }
        }
        if namespace && let Some(map) = value.as_object_mut() {
            map.insert("status".into(), json!({"phase": "Terminating"}));
        }
        false
    }
}

fn check_preconditions(resource: &Resource, old: &Object, options: &DeleteOptions) -> Result<(), ApiError> {
    // The real server names the kind, not the resource, in exactly these two messages.
    let gr = Gr { group: &resource.group, resource: &resource.kind };
    if let Some(uid) = options.uid.as_deref().filter(|u| *u != old.uid()) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            old.uid()
        );
        return Err(ApiError::conflict(gr, old.name(), &why));
    }
    let rv = old.rv.to_string();
    if let Some(wanted) = options.resource_version.as_deref().filter(|v| *v != rv) {
        let why = format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({rv}). The object might have been modified"
        );
        return Err(ApiError::conflict(gr, old.name(), &why));
    }
    Ok(())
}

fn apply_propagation(value: &mut Value, propagation: Option<Propagation>) {
    let Some(propagation) = propagation else {
        return;
    };
    let Some(meta) = meta::meta(value) else {
        return;
    };
    let mut finalizers = meta.get("finalizers").and_then(Value::as_array).cloned().unwrap_or_default();
    finalizers.retain(|f| f != "foregroundDeletion" && f != "orphan");
    match propagation {
        Propagation::Background => {}
        Propagation::Foreground => finalizers.push("foregroundDeletion".into()),
        Propagation::Orphan => finalizers.push("orphan".into()),
    }
    if finalizers.is_empty() {
        meta.remove("finalizers");
    } else {
        meta.insert("finalizers".into(), finalizers.into());
    }
}

/// Pods that never ran or have ended need no time.
fn pod_grace(value: &Value, options: &DeleteOptions) -> i64 {
    let spec = value.pointer("/spec/terminationGracePeriodSeconds").and_then(Value::as_i64);
    let wanted = options.grace_seconds.or(spec).unwrap_or(POD_GRACE);
    let phase = value.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
    let scheduled = value.pointer("/spec/nodeName").and_then(Value::as_str).is_some_and(|n| !n.is_empty());
    if !scheduled || matches!(phase, "Succeeded" | "Failed") {
        0
    } else if wanted < 0 {
        1
    } else {
        wanted
    }
}
