//! The way of a written object to the store: decoded, completed, validated,
//! and with its writer recorded.

mod decode;

use serde_json::Value;

use super::Api;
use super::options::Write;
use super::patch::Patch;
use super::upkeep::{
    check_same_name, clear_unapplied, keep_server_fields, keep_time_if_same, put_back, take_allocated,
};
use crate::demo::admission;
use crate::demo::clock::rfc3339;
use crate::demo::kinds::Resource;
use crate::demo::managed::apply::{self, Writer};
use crate::demo::managed::walk::{Shape, Walk};
use crate::demo::rules::{self, defaults, names, validate};
use crate::demo::schema::Schema;
use crate::demo::status::{ApiError, Cause, quote};

/// Which part of the object the request may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All but the status.
    Whole,
    /// The status alone.
    Status,
}

/// Where a value to decode comes from; it decides how a misfit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The body of a create or update.
    Body,
    /// The object after a patch.
    Patch,
    /// An applied configuration.
    Apply,
}

/// One write on its way.
pub struct Draft<'a> {
    api: &'a Api,
    row: &'a Resource,
    part: Part,
    options: &'a Write,
    warnings: Vec<String>,
    /// Subresource other than status it is written through.
    through: &'static str,
    /// The object is new by an apply, not by a create.
    pub applied: bool,
}

/// Kinds that a PUT must name a resourceVersion for.
const CONDITIONAL: [&str; 3] = ["leases", "customresourcedefinitions", "poddisruptionbudgets"];

impl<'a> Draft<'a> {
    /// The beginning of a write.
    pub fn new(api: &'a Api, row: &'a Resource, part: Part, options: &'a Write) -> Self {
        Self { api, row, part, options, warnings: Vec::new(), through: "", applied: false }
    }

    /// The write comes through a subresource, which its owner's entry will name.
    #[must_use]
    pub fn through(mut self, subresource: &'static str) -> Self {
        self.through = subresource;
        self
    }

    /// Whether nothing shall be stored.
    pub fn dry_run(&self) -> bool {
        self.options.dry_run
    }

    /// What the client should be told.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Tells the client some things more, each once.
    pub fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        for warning in warnings {
            // A write that met another one is worked out anew.
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    /// Fields of the built-in kinds.
    pub fn schema(&self) -> &'a Schema {
        &self.api.schema
    }

    /// Completes and validates a new object and records its writer.
    ///
    /// # Errors
    /// 422, and 500 for a resourceVersion on create (as the real server).
    pub fn prepare_new(&mut self, value: &mut Value, namespace: &str) -> Result<(), ApiError> {
        if value["metadata"]["resourceVersion"].as_str().is_some_and(|v| !v.is_empty() && v != "0") {
            return Err(ApiError::plain(
                500,
                "",
                "resourceVersion should not be set on objects to be created",
            ));
        }
        if let Some(map) = value.as_object_mut()
            && self.row.has("status")
        {
            map.remove("status");
        }
        if let Some(meta) = value["metadata"].as_object_mut() {
            if !namespace.is_empty() {
                meta.insert("namespace".into(), namespace.into());
            }
            meta.remove("managedFields");
        }
        self.generate_name(value);
        admission::fill(&self.api.store, self.row, namespace, value);
        let writer = self.writer();
        if self.applied {
            let (walk, shape) = self.walk();
            let mut config = value.clone();
            clear_unapplied(self.row, &mut config);
            self.fill(value);
            rules::on_create(self.row, value, self.api.store.clock().now());
            self.validate_new(value)?;
            let done = apply::apply(walk, shape, value, &config, &writer, true)?;
            *value = done;
            return Ok(());
        }
        let given = value.clone();
        rules::on_create(self.row, value, self.api.store.clock().now());
        self.validate_new(value)?;
        let (walk, shape) = self.walk();
        let empty = serde_json::json!({"metadata": {}});
        let mut owned = value.clone();
        take_allocated(&given, &mut owned);
        apply::record_update(walk, shape, &empty, &mut owned, &writer);
        if let Some(entries) = owned["metadata"].as_object_mut().and_then(|m| m.remove("managedFields")) {
            value["metadata"]["managedFields"] = entries;
        }
        Ok(())
    }

    fn fill(&self, value: &mut Value) {
        if let Some(custom) = &self.row.custom {
            custom.fill(value);
        }
    }

    fn generate_name(&self, value: &mut Value) {
        let text = |key: &str| value["metadata"][key].as_str().unwrap_or_default().to_owned();
        let prefix = text("generateName");
        if text("name").is_empty() && !prefix.is_empty() {
            value["metadata"]["name"] = self.api.store.generate_name(&prefix).into();
        }
    }

    fn validate_new(&self, value: &Value) -> Result<(), ApiError> {
        let mut causes = Vec::new();
        let prefix = value["metadata"]["generateName"].as_str().unwrap_or_default();
        let name = value["metadata"]["name"].as_str().unwrap_or_default();
        if !prefix.is_empty() {
            for fault in names::faults(names::rule(self.row), prefix, true) {
                causes.push(Cause::invalid("metadata.generateName", &prefix.into(), &fault));
            }
        }
        causes.extend(validate::object(self.row, value));
        self.refuse(name, causes)
    }

    fn refuse(&self, name: &str, causes: Vec<Cause>) -> Result<(), ApiError> {
        if causes.is_empty() {
            return Ok(());
        }
        Err(ApiError::invalid(&self.row.group, &self.row.kind, name, causes))
    }

    /// Optimistic locking and the uid precondition.
    ///
    /// # Errors
    /// 409, and 422 for a PUT without a version where one is needed.
    pub fn check_versions(&self, before: &Value, wanted: &Value, put: bool) -> Result<(), ApiError> {
        let text = |v: &Value, key: &str| v["metadata"][key].as_str().unwrap_or_default().to_owned();
        let name = text(before, "name");
        let (uid, old_uid) = (text(wanted, "uid"), text(before, "uid"));
        if put && !uid.is_empty() && uid != old_uid {
            let ns = text(before, "namespace");
            let parts = [&*self.row.plural, ns.as_str(), name.as_str()];
            let key: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
            let why = format!(
                "StorageError: invalid object, Code: 4, Key: /registry/{}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {old_uid}",
                key.join("/")
            );
            return Err(ApiError::conflict(self.row.gr(), &name, &why));
        }
        let version = text(wanted, "resourceVersion");
        if put && (version.is_empty() || version == "0") {
            if self.row.is_custom() || CONDITIONAL.contains(&&*self.row.storage) {
                let cause =
                    Cause::invalid("metadata.resourceVersion", &0.into(), "must be specified for an update");
                return Err(ApiError::invalid(&self.row.group, &self.row.plural, &name, vec![cause]));
            }
            return Ok(());
        }
        if !version.is_empty() && version.parse::<u64>().is_err() {
            let why = format!("strconv.ParseUint: parsing {}: invalid syntax", quote(&version));
            return Err(ApiError::plain(500, "", why));
        }
        if !version.is_empty() && version != text(before, "resourceVersion") {
            return Err(ApiError::stale(self.row.gr(), &name));
        }
        Ok(())
    }

    /// Completes and validates a changed object and records its writer.
    ///
    /// # Errors
    /// 422.
    pub fn prepare_change(&mut self, before: &Value, after: &mut Value) -> Result<(), ApiError> {
        self.settle(before, after)?;
        self.warn(rules::warnings::of(self.row, Some(before), after));
        let writer = self.writer();
        let (walk, shape) = self.walk();
        apply::record_update(walk, shape, before, after, &writer);
        keep_time_if_same(before, after);
        Ok(())
    }

    /// Server-side apply to an object that is there.
    ///
    /// # Errors
    /// 409 for conflicts, 400 and 422 as other writes.
    pub fn apply(&mut self, before: &Value, value: &mut Value, patch: &Patch) -> Result<(), ApiError> {
        let mut config = self.decode(patch.parsed(), Source::Apply)?;
        self.check_versions(before, &config, false)?;
        if self.part == Part::Whole {
            clear_unapplied(self.row, &mut config);
        }
        let writer = self.writer();
        let (walk, shape) = self.walk();
        let merged = apply::apply(walk, shape, before, &config, &writer, self.options.force == Some(true))?;
        *value = merged;
        let managed = value["metadata"]["managedFields"].clone();
        self.settle(before, value)?;
        self.warn(rules::warnings::of(self.row, Some(before), value));
        if !managed.is_null() {
            value["metadata"]["managedFields"] = managed;
        }
        keep_time_if_same(before, value);
        Ok(())
    }

    /// Keeps what the request may not touch, completes and validates.
    fn settle(&self, before: &Value, after: &mut Value) -> Result<(), ApiError> {
        keep_server_fields(before, after);
        check_same_name(before, after)?;
        match self.part {
            Part::Whole => {
                if self.row.has("status") {
                    put_back(before, after, "status");
                }
                if &*self.row.storage == "namespaces" {
                    put_back(before, after, "spec");
                }
                if !self.row.is_custom() {
                    defaults::apply(self.row, after);
                }
            }
            Part::Status => {
                let status = after.get("status").cloned();
                *after = before.clone();
                if let Some(map) = after.as_object_mut() {
                    map.remove("status");
                    map.extend(status.map(|s| ("status".to_owned(), s)));
                }
            }
        }
        self.fill(after);
        let name = before["metadata"]["name"].as_str().unwrap_or_default();
        self.refuse(name, validate::change(self.row, before, after))
    }

    fn walk(&self) -> (Walk<'a>, Shape<'a>) {
        if let Some((schema, root)) = self.row.custom.as_ref().map(|c| c.merging()) {
            return (Walk { schema }, Walk::root(root));
        }
        let schema: &'a Schema = &self.api.schema;
        (Walk { schema }, Walk::root(schema.of(self.row)))
    }

    fn writer(&self) -> Writer {
        Writer {
            manager: self.options.writer().to_owned(),
            api_version: self.row.api_version(),
            subresource: if self.part == Part::Status { "status".into() } else { self.through.into() },
            time: rfc3339(self.api.store.clock().now()),
        }
    }
}
