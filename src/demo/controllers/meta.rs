//! The part of `metadata` that controllers read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::key::resource;
use super::stamp::Stamp;

/// Labels or annotations.
pub type Map = BTreeMap<String, String>;

/// `metadata`, without what no controller needs (managed fields first of all).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Name.
    pub name: String,
    /// Namespace; empty for cluster scope.
    pub namespace: String,
    /// Identity for life: a new object of the same name has another.
    pub uid: String,
    /// Counts changes of the spec.
    pub generation: i64,
    /// Labels.
    #[serde(deserialize_with = "null_is_default")]
    pub labels: Map,
    /// Annotations.
    #[serde(deserialize_with = "null_is_default")]
    pub annotations: Map,
    /// When it was created.
    pub creation_timestamp: Option<Stamp>,
    /// Set when somebody asked for its deletion.
    pub deletion_timestamp: Option<Stamp>,
    /// What it belongs to.
    #[serde(deserialize_with = "null_is_default")]
    pub owner_references: Vec<OwnerRef>,
    /// Who must let go before it disappears.
    #[serde(deserialize_with = "null_is_default")]
    pub finalizers: Vec<String>,
}

impl Meta {
    /// The owner that manages this object, at most one.
    pub fn controller(&self) -> Option<&OwnerRef> {
        self.owner_references.iter().find(|o| o.controller)
    }
}

/// `metadata.ownerReferences[]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerRef {
    /// API version of the owner.
    pub api_version: String,
    /// Kind of the owner.
    pub kind: String,
    /// Name of the owner.
    pub name: String,
    /// Identity of the owner.
    pub uid: String,
    /// Whether the owner manages this object.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub controller: bool,
    /// Whether a foreground deletion of the owner waits for this object.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub block_owner_deletion: bool,
}

fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// The owner reference that makes `owner` the controller of a new object.
pub fn controller_ref(owner_resource: &str, owner: &Meta) -> Value {
    let info = resource::find(owner_resource);
    json!({
        "apiVersion": info.map_or("v1", |i| i.api_version),
        "kind": info.map_or("", |i| i.kind),
        "name": owner.name,
        "uid": owner.uid,
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// Reads a slim view of an object; `None` when a field has a shape no
/// controller understands, in which case the object is left alone.
pub fn read<T: for<'de> Deserialize<'de>>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// A string deep inside `value`, or `""`.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The label map at `pointer`, empty when absent.
pub fn map_at(value: &Value, pointer: &str) -> Map {
    value.pointer(pointer).and_then(read).unwrap_or_default()
}
