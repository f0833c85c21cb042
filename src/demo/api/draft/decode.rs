//! From a parsed body to an object of the kind: fields, types, and what is said of others.

use serde_json::Value;

use super::super::body::{Parsed, go_type};
use super::super::options::FieldValidation;
use super::super::upkeep::{drop_empty, drop_nulls, in_order_of, undeclared};
use super::{Draft, Source};
use crate::demo::crd::Custom;
use crate::demo::schema::check;
use crate::demo::status::{ApiError, Cause, quote};

impl Draft<'_> {
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
                let what = go_type(own);
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
}
