//! The representation an answer takes: the objects, their metadata alone, or
//! a Table for people, as `Accept` asks.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use super::query::Query;
use super::respond::{self, Answer, Body};
use super::{Api, events, table};
use crate::demo::kinds::Resource;
use crate::demo::status::ApiError;
use crate::demo::store::Object;

/// What rows of a Table carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// `PartialObjectMetadata`; the default.
    Metadata,
    /// The whole object.
    Object,
}

/// What the real server says, word for word, although we serve JSON alone.
const NOT_ACCEPTABLE: &str = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

/// A representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As stored.
    Full,
    /// `PartialObjectMetadata(List)`.
    Metadata,
    /// `Table`.
    Table(Include),
}

impl Form {
    /// The first part of `Accept` we can serve.
    ///
    /// # Errors
    /// 406 when there is none, 400 for an unknown `includeObject`.
    pub fn of(accept: &str, query: &Query) -> Result<Self, ApiError> {
        if accept.trim().is_empty() {
            return Ok(Self::Full);
        }
        for part in accept.split(',') {
            let mut words = part.split(';').map(str::trim);
            let media = words.next().unwrap_or_default();
            if !matches!(media, "application/json" | "application/yaml" | "application/*" | "*/*") {
                continue;
            }
            let params: Vec<&str> = words.collect();
            let param = |key: &str| params.iter().find_map(|p| p.strip_prefix(key)?.strip_prefix('='));
            match (param("as"), param("g"), param("v")) {
                (None, ..) => return Ok(Self::Full),
                (Some("Table"), Some("meta.k8s.io"), Some("v1" | "v1beta1")) => {
                    return include(query).map(Self::Table);
                }
                (
                    Some("PartialObjectMetadata" | "PartialObjectMetadataList"),
                    Some("meta.k8s.io"),
                    Some("v1" | "v1beta1"),
                ) => {
                    return Ok(Self::Metadata);
                }
                _ => {}
            }
        }
        if accept.contains("application/json") {
            let message = "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";
            return Err(ApiError::plain(406, "NotAcceptable", message));
        }
        let mut e = ApiError::plain(406, "NotAcceptable", NOT_ACCEPTABLE);
        e.details = Some(Box::default());
        Err(e)
    }

    /// One object as an answer.
    ///
    /// # Errors
    /// None today.
    pub fn one(self, code: u16, row: &Resource, object: &Object, api: &Api) -> Answer {
        Ok(match self {
            Self::Full => match events::converter(row) {
                Some(convert) => respond::json_bytes(code, &convert(object)),
                None => respond::json_bytes(code, &object.json()),
            },
            Self::Metadata => respond::json(code, &partial(object, "PartialObjectMetadata")),
            Self::Table(include) => {
                let meta = json!({"resourceVersion": object.rv.to_string()});
                respond::json(code, &table::table(row, std::iter::once(object), &meta, include, true, api))
            }
        })
    }

    /// A list in a form other than full.
    pub fn list(self, row: &Resource, objects: &[Arc<Object>], meta: &Value, api: &Api) -> Response<Body> {
        let value = match self {
            Self::Full | Self::Metadata => {
                let items: Vec<Value> = objects.iter().map(|o| partial(o, "PartialObjectMetadata")).collect();
                // As Go writes a list that nothing was put into.
                let items = if items.is_empty() { Value::Null } else { items.into() };
                json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "items": items})
            }
            Self::Table(include) => {
                table::table(row, objects.iter().map(AsRef::as_ref), meta, include, true, api)
            }
        };
        respond::json(200, &value)
    }

    /// The object of a watch event; a Table names its columns only in the first one.
    pub fn event(self, row: &Resource, object: &Object, first: bool, api: &Api) -> Bytes {
        match self {
            Self::Full => match events::converter(row) {
                Some(convert) => convert(object),
                None => Bytes::from(object.json().into_owned()),
            },
            Self::Metadata => to_bytes(&partial(object, "PartialObjectMetadata")),
            Self::Table(include) => {
                let meta = json!({"resourceVersion": object.rv.to_string()});
                to_bytes(&table::table(row, std::iter::once(object), &meta, include, first, api))
            }
        }
    }
}

fn include(query: &Query) -> Result<Include, ApiError> {
    match query.text("includeObject") {
        None | Some("Metadata") => Ok(Include::Metadata),
        Some("None") => Ok(Include::None),
        Some("Object") => Ok(Include::Object),
        Some(other) => Err(ApiError::bad_request(format!(
            "Invalid value {other:?} for includeObject: supported values are \"None\", \"Metadata\" and \"Object\""
        ))),
    }
}

fn to_bytes(value: &Value) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}

/// Metadata alone.
pub fn partial(object: &Object, kind: &str) -> Value {
    let mut value = object.value();
    let metadata = value.get_mut("metadata").map(Value::take).unwrap_or_default();
    json!({"kind": kind, "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
}
