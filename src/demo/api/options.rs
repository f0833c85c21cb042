//! The options of requests, checked.

use super::dispatch::Call;
use super::query::Query;
use crate::demo::status::{ApiError, Cause};

/// What to do about fields a kind does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValidation {
    /// Drop them.
    Ignore,
    /// Drop them and say so in `Warning` headers; the default.
    Warn,
    /// Refuse.
    Strict,
}

/// Options of create, update and patch.
#[derive(Clone, Debug)]
pub struct Write {
    /// Do everything but store.
    pub dry_run: bool,
    /// See [`FieldValidation`].
    pub fields: FieldValidation,
    /// `fieldManager` as given.
    pub manager: Option<String>,
    /// Who writes when no manager is named: the program in `User-Agent`.
    pub agent: String,
    /// Take over fields of others (apply only).
    pub force: Option<bool>,
}

/// A manager's name may have this many bytes.
const MAX_MANAGER: usize = 128;

impl Write {
    /// Reads the options of a request; `kind` names them in refusals.
    ///
    /// # Errors
    /// 422 for values that are not allowed.
    pub fn of(call: &Call, kind: &str) -> Result<Self, ApiError> {
        let query = &call.query;
        let dry_run = dry_run(query.all("dryRun"), kind)?;
        let invalid = |cause: Cause| Err(ApiError::invalid("meta.k8s.io", kind, "", vec![cause]));
        let fields = match query.text("fieldValidation") {
            None | Some("Warn") => FieldValidation::Warn,
            Some("Ignore") => FieldValidation::Ignore,
            Some("Strict") => FieldValidation::Strict,
            Some(other) => {
                return invalid(Cause::not_supported(
                    "fieldValidation",
                    other,
                    &["", "Ignore", "Strict", "Warn"],
                ));
            }
        };
        let manager = query.text("fieldManager").map(str::to_owned);
        if manager.as_ref().is_some_and(|m| m.len() > MAX_MANAGER) {
            return invalid(Cause::too_long("fieldManager", MAX_MANAGER));
        }
        let agent = call.header("user-agent").split('/').next().unwrap_or_default();
        let agent = agent.chars().take(MAX_MANAGER).collect();
        let force = query.get("force").map(|_| query.flag("force"));
        Ok(Self { dry_run, fields, manager, agent, force })
    }

    /// Apply needs a manager; only apply may be forced.
    ///
    /// # Errors
    /// 422.
    pub fn check_patch(&self, apply: bool) -> Result<(), ApiError> {
        let cause = if apply && self.manager.is_none() {
            Cause::required("fieldManager", "is required for apply patch")
        } else if !apply && self.force.is_some() {
            Cause::forbidden("force", "may not be specified for non-apply patch")
        } else {
            return Ok(());
        };
        Err(ApiError::invalid("meta.k8s.io", "PatchOptions", "", vec![cause]))
    }

    /// The name under which this writer owns fields.
    pub fn writer(&self) -> &str {
        match self.manager.as_deref() {
            Some(name) => name,
            None if self.agent.is_empty() => "unknown",
            None => &self.agent,
        }
    }
}

/// `dryRun`: nothing or `All`.
///
/// # Errors
/// 422 for anything else.
pub fn dry_run<'a>(values: impl Iterator<Item = &'a str>, kind: &str) -> Result<bool, ApiError> {
    let values: Vec<&str> = values.collect();
    if values.iter().all(|v| *v == "All") {
        return Ok(!values.is_empty());
    }
    let cause = Cause::none_supported("dryRun", &values, &["All"]);
    Err(ApiError::invalid("meta.k8s.io", kind, "", vec![cause]))
}

/// The combinations of resourceVersion, match, continue and initial events the API forbids.
///
/// # Errors
/// 422 with a cause for each.
pub fn check_list(query: &Query, watch: bool) -> Result<(), ApiError> {
    let causes = if watch { watch_causes(query) } else { list_causes(query) };
    if causes.is_empty() { Ok(()) } else { Err(ApiError::invalid("meta.k8s.io", "ListOptions", "", causes)) }
}

const MATCH: &str = "resourceVersionMatch";

fn list_causes(query: &Query) -> Vec<Cause> {
    let mut out = Vec::new();
    let version = query.text("resourceVersion").unwrap_or_default();
    if let Some(rule) = query.text(MATCH) {
        if version.is_empty() {
            out.push(Cause::forbidden(
                MATCH,
                "resourceVersionMatch is forbidden unless resourceVersion is provided",
            ));
        }
        if query.text("continue").is_some() {
            out.push(Cause::forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
        }
        if rule != "Exact" && rule != "NotOlderThan" {
            out.push(Cause::not_supported(MATCH, rule, &["Exact", "NotOlderThan", ""]));
        }
        if rule == "Exact" && version == "0" {
            let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            out.push(Cause::forbidden(MATCH, why));
        }
    }
    if query.get("sendInitialEvents").is_some() {
        out.push(Cause::forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    }
    out
}

fn watch_causes(query: &Query) -> Vec<Cause> {
    let mut out = Vec::new();
    let initial = query.get("sendInitialEvents").is_some();
    let rule = query.text(MATCH);
    if initial && rule != Some("NotOlderThan") {
        out.push(Cause::forbidden(
            MATCH,
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ));
    }
    if let Some(rule) = rule {
        if !initial {
            out.push(Cause::forbidden(
                MATCH,
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            ));
        }
        if rule != "NotOlderThan" {
            out.push(Cause::not_supported(MATCH, rule, &["NotOlderThan"]));
        }
        if query.text("continue").is_some() {
            out.push(Cause::forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
        }
    }
    out
}
