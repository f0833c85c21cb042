//! The way of a written object to the store: decoded, completed, validated,
//! and with its writer recorded.

use serde_json::Value;

use super::Api;
use super::body::Parsed;
use super::options::{FieldValidation, Write};
use super::patch::Patch;
use super::upkeep::{
    check_same_name, clear_unapplied, drop_empty, drop_nulls, in_order_of, keep_server_fields,
    keep_time_if_same, put_back, take_allocated, undeclared,
};
use crate::demo::admission;
use crate::demo::clock::rfc3339;
use crate::demo::crd::Custom;
use crate::demo::kinds::Resource;
use crate::demo::managed::apply::{self, Writer};
use crate::demo::managed::walk::{Shape, Walk};
use crate::demo::rules::{self, defaults, names, validate};
use crate::demo::schema::{Schema, check};
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

    /// Fields of the built-in kinds.
    pub fn schema(&self) -> &'a Schema {
        &self.api.schema
    }

    /// Checks kind, fields and types; drops unknown fields and nulls.
    ///
    /// # Errors
    /// For another kind, wrong types, and (when strict) unknown or repeated fields: 400 for a
    /// body, 422 for the result of a patch, 500 for an applied configuration.
    pub fn decode(&mut self, parsed: Parsed, source: Source) -> Result<Value, ApiError> {
        let Parsed { mut value, duplicates, raw } = parsed;
        self.check_kind(&value).map_err(|why| self.misfit(source, &value, &why))?;
        if value["metadata"].is_null() {
            value["metadata"] = Value::Object(serde_json::Map::new());
        }
        let sent = if source == Source::Patch { value.clone() } else { Value::Null };
        let mut misfits = match (&self.row.custom, self.schema().of(self.row)) {
            (None, Some(root)) => check::object(self.schema(), root, &self.row.kind, &mut value),
            (custom, _) => self.custom_misfits(custom.as_deref(), &mut value, source),
        };
        if let Some(why) = misfits.wrong_type {
            return Err(self.misfit(source, &sent, &why));
        }
        if !self.row.is_custom() {
            in_order_of(&mut misfits.unknown, &raw);
        }
        if source == Source::Apply && !misfits.unknown.is_empty() {
            return Err(undeclared(self.row, &value, &misfits.unknown));
        }
        let mut strict: Vec<String> =
            misfits.unknown.iter().map(|f| format!("unknown field {}", quote(f))).collect();
        strict.extend(duplicates.iter().map(|f| format!("duplicate field {}", quote(f))));
        match self.options.fields {
            FieldValidation::Ignore => {}
            FieldValidation::Warn => self.warnings.extend(strict),
            FieldValidation::Strict if strict.is_empty() => {}
            FieldValidation::Strict => {
                let why = format!("strict decoding error: {}", strict.join(", "));
                return Err(self.misfit(source, &sent, &why));
            }
        }
        drop_empty(&mut value["metadata"]);
        if self.row.is_custom() {
            drop_nulls(&mut value["metadata"]);
        } else {
            drop_nulls(&mut value);
        }
        Ok(value)
    }

    fn custom_misfits(&self, custom: Option<&Custom>, value: &mut Value, source: Source) -> check::Misfits {
        let mut out = check::Misfits::default();
        if let Some(meta) = self.schema().object_meta()
            && let Some(own) = value.get_mut("metadata")
        {
            if !own.is_object() {
                let what = super::body::go_type(own);
                out.wrong_type = Some(format!(
                    "json: cannot unmarshal {what} into Go struct field .metadata of type v1.ObjectMeta"
                ));
                return out;
            }
            out = check::object(self.schema(), meta, "ObjectMeta", own);
            out.unknown.iter_mut().for_each(|f| *f = format!("metadata.{f}"));
        }
        if let Some(custom) = custom {
            // Nobody applies, and then owns, what a default would say.
            if source != Source::Apply {
                custom.fill(value);
            }
            out.unknown.extend(custom.prune(value));
        }
        out
    }

    fn misfit(&self, source: Source, sent: &Value, why: &str) -> ApiError {
        if source == Source::Patch {
            let cause = Cause::invalid("patch", &sent.to_string().into(), why);
            return ApiError::invalid("", "", "", vec![cause]);
        }
        let (kind, version) = (&self.row.kind, &self.row.version);
        if why.contains("unknown conversion") || why.contains("is registered for version") {
            return ApiError::bad_request(why);
        }
        ApiError::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"))
    }

    fn check_kind(&self, value: &Value) -> Result<(), String> {
        let text = |key: &str| value[key].as_str().unwrap_or_default();
        let (given, kind) = (text("apiVersion"), text("kind"));
        let expected = self.row.api_version();
        let own = &self.row.kind;
        if (given.is_empty() || given == expected) && (kind.is_empty() || kind == own) {
            return Ok(());
        }
        let (_, version) = given.split_once('/').unwrap_or(("", given));
        let shown = if kind.is_empty() { own } else { kind };
        let known = self
            .api
            .store
            .registry()
            .iter()
            .any(|r| r.kind == shown && (given.is_empty() || r.api_version() == given));
        let why = if known {
            // Go converts to the group's internal types, which live in a package of its name.
            let package = self.row.group.split('.').next().filter(|g| !g.is_empty()).unwrap_or("core");
            format!("converting ({version}.{shown}) to ({package}.{own}): unknown conversion")
        } else {
            format!(
                "no kind \"{shown}\" is registered for version \"{given}\" in scheme \"pkg/runtime/scheme.go:111\""
            )
        };
        Err(format!("{shown} in version \"{version}\" cannot be handled as a {own}: {why}"))
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
