//! The four kinds of patches.

mod merge;
mod operations;
mod strategic;
#[cfg(test)]
mod tests;

use http::HeaderMap;
use serde_json::Value;

use super::body;
use super::dispatch::Call;
use super::options::{FieldValidation, Write};
use crate::demo::kinds::Resource;
use crate::demo::schema::Schema;
use crate::demo::status::{ApiError, Details};

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RFC 6902.
    Json,
    /// RFC 7396.
    Merge,
    /// Kubernetes' own merge, which knows how lists pair up.
    Strategic,
    /// Server-side apply.
    Apply,
}

const TYPES: [(&str, Kind); 4] = [
    ("application/json-patch+json", Kind::Json),
    ("application/merge-patch+json", Kind::Merge),
    ("application/strategic-merge-patch+json", Kind::Strategic),
    ("application/apply-patch+yaml", Kind::Apply),
];

/// Most operations in a JSON patch.
const MAX_OPERATIONS: usize = 10_000;

impl Kind {
    /// From the content type; custom resources have no strategic merge.
    ///
    /// # Errors
    /// 415 naming the types taken.
    pub fn of(headers: &HeaderMap, row: &Resource) -> Result<Self, ApiError> {
        let wanted = body::content_type(headers);
        let served = TYPES.iter().filter(|(_, kind)| !(row.is_custom() && *kind == Self::Strategic));
        let found = served.clone().find(|(media, _)| *media == wanted);
        found.map(|(_, kind)| *kind).ok_or_else(|| {
            if !row.is_custom() {
                let mut e = ApiError::plain(415, "UnsupportedMediaType", "415: Unsupported Media Type");
                e.details = Some(Box::default());
                return e;
            }
            let mut all: Vec<&str> = served.map(|(media, _)| *media).collect();
            all.push("application/apply-patch+cbor");
            ApiError::plain(
                415,
                "UnsupportedMediaType",
                format!(
                    "the body of the request was in an unknown format - accepted media types include: {}",
                    all.join(", ")
                ),
            )
        })
    }
}

impl Kind {
    /// How a body that cannot be decoded is complained about.
    fn complaint(self) -> &'static str {
        match self {
            Self::Json | Self::Merge => "error decoding patch: ",
            Self::Strategic => "",
            Self::Apply => "error decoding YAML: error unmarshaling JSON: while decoding JSON: ",
        }
    }
}

/// A patch, parsed.
#[derive(Debug)]
pub struct Patch {
    kind: Kind,
    value: Value,
    duplicates: Vec<String>,
    raw: bytes::Bytes,
    operations: Option<Vec<operations::Operation>>,
}

impl Patch {
    /// Reads the body.
    ///
    /// # Errors
    /// 400 when it is no patch of its kind, 413 for too many operations.
    pub fn parse(kind: Kind, bytes: &[u8], options: &Write) -> Result<Self, ApiError> {
        let parsed = if kind == Kind::Apply {
            body::yaml(bytes).map_err(|why| ApiError::bad_request(format!("error decoding YAML: {why}")))?
        } else {
            body::json(bytes).map_err(|why| ApiError::bad_request(format!("{}{why}", kind.complaint())))?
        };
        if options.fields == FieldValidation::Strict && !parsed.duplicates.is_empty() && kind == Kind::Apply {
            let all: Vec<String> =
                parsed.duplicates.iter().map(|d| format!("key \"{d}\" already set in map")).collect();
            return Err(ApiError::bad_request(format!("error strict decoding YAML: {}", all.join(", "))));
        }
        let mut value = parsed.value;
        let operations = if kind == Kind::Json { Some(read_operations(&value)?) } else { None };
        if value.is_null() {
            // Nothing to do, where Go decodes into what stays empty.
            value = match kind {
                Kind::Merge => return Err(ApiError::bad_request("Invalid JSON Patch")),
                Kind::Json | Kind::Strategic | Kind::Apply => Value::Object(serde_json::Map::new()),
            };
        } else if operations.is_none() && !value.is_object() {
            let (prefix, what) = (kind.complaint(), body::go_type(&value));
            return Err(ApiError::bad_request(format!(
                "{prefix}json: cannot unmarshal {what} into Go value of type map[string]interface {{}}"
            )));
        }
        Ok(Self { kind, value, duplicates: parsed.duplicates, raw: parsed.raw, operations })
    }

    /// The patch as it was sent.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The patch as a parsed body.
    pub fn parsed(&self) -> body::Parsed {
        body::Parsed { value: self.value.clone(), duplicates: self.duplicates.clone(), raw: self.raw.clone() }
    }

    /// Changes the object.
    ///
    /// # Errors
    /// 422 when an operation does not apply, 400 for misused directives.
    pub fn merge_into(&self, object: &mut Value, schema: &Schema, row: &Resource) -> Result<(), ApiError> {
        match (self.kind, &self.operations) {
            (Kind::Json, Some(operations)) => {
                operations::apply(object, operations).ok_or_else(rejected)?;
            }
            (Kind::Strategic, _) => {
                let own = [object["apiVersion"].clone(), object["kind"].clone()];
                strategic::patch(schema, schema.of(row), object, &self.value)?;
                // The result is decoded into the type it had, whatever it says of itself.
                let [version, kind] = own;
                object["apiVersion"] = version;
                object["kind"] = kind;
            }
            (Kind::Merge | Kind::Apply | Kind::Json, _) => merge::patch(object, &self.value),
        }
        if object.is_object() { Ok(()) } else { Err(rejected()) }
    }

    /// Apply must name its kind, and the object, unless that is there already.
    ///
    /// # Errors
    /// 400 when it names another one.
    pub fn check_identity(&self, call: &Call, row: &Resource, exists: bool) -> Result<(), ApiError> {
        let text = |pointer: &str| self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (version, kind) = (text("/apiVersion"), text("/kind"));
        if version != row.api_version() || kind != row.kind {
            let (group, v) = version.split_once('/').unwrap_or(("", version));
            return Err(ApiError::bad_request(format!("invalid object type: {group}/{v}, Kind={kind}")));
        }
        let (name, ns) = (text("/metadata/name"), text("/metadata/namespace"));
        let unnamed = exists && self.value.pointer("/metadata/name").is_none_or(Value::is_null);
        if name.is_empty() && !unnamed {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                call.route.name
            )));
        }
        if name != call.route.name && !unnamed {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                call.route.name
            )));
        }
        if row.namespaced && !ns.is_empty() && ns != call.route.namespace {
            return Err(ApiError::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        if !self.value["metadata"]["managedFields"].is_null() {
            return Err(ApiError::bad_request("metadata.managedFields must be nil"));
        }
        Ok(())
    }
}

fn read_operations(value: &Value) -> Result<Vec<operations::Operation>, ApiError> {
    let count = value.as_array().map_or(0, Vec::len);
    if count > MAX_OPERATIONS {
        return Err(ApiError::plain(
            413,
            "RequestEntityTooLarge",
            format!(
                "Request entity too large: The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {count}"
            ),
        ));
    }
    let operations = match value {
        Value::Array(operations) => operations.as_slice(),
        Value::Null => &[],
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err(ApiError::bad_request(format!(
                "error decoding patch: json: cannot unmarshal {} into Go value of type []handlers.jsonPatchOp",
                body::go_type(value)
            )));
        }
    };
    if let Some(why) = operations::undecodable(operations) {
        return Err(ApiError::bad_request(format!("error decoding patch: {why}")));
    }
    operations::read(operations).ok_or_else(rejected)
}

/// What the real server says when a JSON patch does not apply; which operation it was, it keeps to itself.
fn rejected() -> ApiError {
    let mut e =
        ApiError::plain(422, "Invalid", "the server rejected our request due to an error in our request");
    e.details = Some(Box::new(Details::default()));
    e
}
