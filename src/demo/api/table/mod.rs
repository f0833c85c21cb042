//! `Table`: what `kubectl get` prints, computed by the server.

mod cells;
mod columns;
mod more;

use serde_json::{Value, json};

use super::Api;
use super::form::{Include, partial};
use crate::demo::kinds::Resource;
use crate::demo::store::Object;
pub use columns::Column;

/// A time as the age a table shows.
pub fn age(created: &str, now: jiff::Timestamp) -> Value {
    cells::age(&json!({"at": created}), "/at", now)
}

/// Objects as rows. Column definitions are left out of all but the first event of a watch.
pub fn table<'a>(
    row: &Resource,
    objects: impl Iterator<Item = &'a Object>,
    meta: &Value,
    include: Include,
    with_columns: bool,
    api: &Api,
) -> Value {
    let columns = columns::of(row, api);
    let now = api.store.clock().now();
    let rows: Vec<Value> = objects
        .map(|object| {
            let value = object.value();
            let cells: Vec<Value> = columns.iter().map(|c| (c.cell)(&value, &c.path, now)).collect();
            let mut out = json!({"cells": cells});
            match include {
                Include::None => out["object"] = Value::Null,
                Include::Metadata => out["object"] = partial(object, "PartialObjectMetadata"),
                Include::Object => out["object"] = value,
            }
            out
        })
        .collect();
    let definitions: Vec<Value> = columns.iter().map(Column::definition).collect();
    let definitions = if with_columns { Value::Array(definitions) } else { Value::Null };
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "columnDefinitions": definitions, "rows": rows})
}
