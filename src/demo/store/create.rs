//! Creating objects.

use std::sync::Arc;

use serde_json::{Value, json};

use super::history::ChangeKind;
use super::tables::EVENTS;
use super::{Object, Store, lock, meta, set_type};
use crate::demo::admission;
use crate::demo::clock::rfc3339;
use crate::demo::kinds::{Generation, Resource};
use crate::demo::status::{ApiError, Cause};

/// Most Events kept; the oldest goes when a new one comes (a real cluster drops them after an hour).
const MAX_EVENTS: usize = 4_096;

/// 403 of the namespace lifecycle admission.
pub(super) fn in_terminating_namespace(resource: &Resource, ns: &str, name: &str) -> ApiError {
    let why = format!("unable to create new content in namespace {ns} because it is being terminated");
    let mut error = ApiError::forbidden(resource.gr(), name, &why);
    if let Some(details) = &mut error.details {
        details.causes.push(Cause {
            reason: "NamespaceTerminating",
            message: format!("namespace {ns} is being terminated"),
            field: "metadata.namespace".into(),
        });
    }
    error
}

impl Store {
    /// [`Store::create`] for a resource already looked up; with `dry_run` nothing is published.
    ///
    /// # Errors
    /// As [`Store::create`], and 403 when a quota or a limit range forbids it.
    pub fn create_as(
        &self,
        resource: &Arc<Resource>,
        ns: &str,
        mut value: Value,
        dry_run: bool,
    ) -> Result<Arc<Object>, ApiError> {
        let ns = if resource.namespaced { ns } else { "" };
        let mut writer = lock(&self.shared.writer);
        self.identify(resource, ns, &mut value, &mut writer.rng)?;
        let name = meta::text(&value, "name").to_owned();
        self.check_namespace(resource, ns, &name)?;
        admission::fill(self, resource, ns, &mut value);
        admission::check(self, resource, ns, &value)?;
        if self.get(&resource.storage, ns, &name).is_some() {
            return Err(ApiError::already_exists(resource.gr(), &name));
        }
        crate::demo::rules::on_create(resource, &mut value, self.clock().now());
        if dry_run {
            return Ok(Arc::new(Object::freeze(value, 0)));
        }
        let object = self.publish(&resource.storage, ChangeKind::Added, value);
        if *resource.storage == *EVENTS {
            self.prune_events();
        }
        Ok(object)
    }

    /// Fills what the server, not the user, decides.
    fn identify(
        &self,
        resource: &Resource,
        ns: &str,
        value: &mut Value,
        rng: &mut fastrand::Rng,
    ) -> Result<(), ApiError> {
        set_type(value, &resource.group, &resource.version, &resource.kind);
        let meta = meta::meta(value).ok_or_else(|| ApiError::bad_request("the object has no metadata"))?;
        let given = |m: &serde_json::Map<String, Value>, key: &str| {
            m.get(key).and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned)
        };
        if given(meta, "name").is_none() {
            let Some(prefix) = given(meta, "generateName") else {
                let cause = Cause {
                    reason: "FieldValueRequired",
                    message: "Required value: name or generateName is required".into(),
                    field: "metadata.name".into(),
                };
                return Err(ApiError::invalid(&resource.group, &resource.kind, "", vec![cause]));
            };
            meta.insert("name".into(), meta::generated_name(&prefix, rng).into());
        }
        if ns.is_empty() {
            meta.remove("namespace");
        } else {
            meta.insert("namespace".into(), ns.into());
        }
        for key in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] {
            meta.remove(key);
        }
        meta.insert("uid".into(), meta::uid(rng).into());
        meta.insert("creationTimestamp".into(), rfc3339(self.clock().now()).into());
        if resource.generation == Generation::None {
            meta.remove("generation");
        } else {
            meta.insert("generation".into(), json!(1));
        }
        Ok(())
    }

    /// Gives the value the next version and publishes it. The caller holds the writer lock.
    pub(super) fn publish(&self, storage: &Arc<str>, kind: ChangeKind, value: Value) -> Arc<Object> {
        let rv = self.version() + 1;
        let before = self.get(storage, meta::text(&value, "namespace"), meta::text(&value, "name"));
        let mut families = lock(&self.shared.families);
        let family = families.of(storage, &value);
        let object = Arc::new(Object::freeze_beside(value, rv, before.as_deref(), family));
        drop(families);
        self.tables().publish(storage, kind, object.clone());
        if kind == ChangeKind::Deleted && &**storage == "pods" {
            lock(&self.shared.logs).forget(object.namespace(), object.name());
        }
        if &**storage == "customresourcedefinitions" {
            crate::demo::crd::refresh(self);
        }
        self.shared.version.send_replace(rv);
        object
    }

    fn prune_events(&self) {
        let surplus = self.tables().oldest_events(MAX_EVENTS);
        for event in surplus {
            self.publish(&EVENTS.into(), ChangeKind::Deleted, event.value());
        }
    }
}
