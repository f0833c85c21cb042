//! Strategic merge patch: merge patch that pairs the items of lists by key.
//!
//! Directives: `$patch: delete|replace`, `$deleteFromPrimitiveList/f`,
//! `$setElementOrder/f`, `$retainKeys`.
//!
//! Absent: that the order and the items of one list of a patch contradict each other is not noticed.

use serde_json::{Map, Value};

use crate::demo::schema::{Field, Schema, Struct, Type};
use crate::demo::status::ApiError;

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const DELETE_PREFIX: &str = "$deleteFromPrimitiveList/";
const ORDER_PREFIX: &str = "$setElementOrder/";

/// Applies `patch` to `object`, an object of the kind with the fields of `root`.
///
/// # Errors
/// 400 for directives that make no sense.
pub(super) fn patch(
    schema: &Schema,
    root: Option<&Struct>,
    object: &mut Value,
    patch: &Value,
) -> Result<(), ApiError> {
    let patch = patch.as_object().cloned().unwrap_or_default();
    let mut map = object.as_object().cloned().unwrap_or_default();
    merge(schema, root, &mut map, &patch)?;
    *object = Value::Object(map);
    Ok(())
}

fn merge(
    schema: &Schema,
    fields: Option<&Struct>,
    own: &mut Map<String, Value>,
    patch: &Map<String, Value>,
) -> Result<(), ApiError> {
    match patch.get(DIRECTIVE) {
        None => {}
        Some(Value::String(s)) if s == "replace" => {
            own.clone_from(patch);
            own.remove(DIRECTIVE);
            return Ok(());
        }
        Some(Value::String(s)) if s == "delete" => {
            own.clear();
            return Ok(());
        }
        Some(other) => return Err(unknown_directive(other, patch)),
    }
    retain(own, patch)?;
    for (key, value) in patch {
        if key == DIRECTIVE || key == RETAIN || key.starts_with(ORDER_PREFIX) {
            continue;
        }
        if let Some(field) = key.strip_prefix(DELETE_PREFIX) {
            delete_primitives(own, field, value);
            continue;
        }
        let field = fields.and_then(|s| s.fields.get(key.as_str()));
        if value.is_null() {
            own.remove(key);
        } else {
            let order = patch.get(&format!("{ORDER_PREFIX}{key}")).and_then(Value::as_array);
            member(schema, field, own, (key, value), order)?;
        }
    }
    for (key, order) in patch {
        if let Some(name) = key.strip_prefix(ORDER_PREFIX)
            && !patch.contains_key(name)
            && let (Some(list), Some(order)) =
                (own.get_mut(name).and_then(Value::as_array_mut), order.as_array())
        {
            let field = fields.and_then(|s| s.fields.get(name));
            let before = list.clone();
            arrange(list, order, &before, field.and_then(|f| f.merge_key.as_deref()));
        }
    }
    Ok(())
}

fn unknown_directive(value: &Value, patch: &Map<String, Value>) -> ApiError {
    let map = go_print(&Value::Object(patch.clone()));
    ApiError::plain(500, "", format!("unknown patch type: {} in map: {map}", go_print(value)))
}

/// Go's `%v`.
fn go_print(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let all: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", go_print(v))).collect();
            format!("map[{}]", all.join(" "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(go_print).collect::<Vec<_>>().join(" ")),
        Value::String(s) => s.clone(),
        Value::Null => "<nil>".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn retain(own: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<(), ApiError> {
    let Some(keep) = patch.get(RETAIN) else {
        return Ok(());
    };
    let keep = keep
        .as_array()
        .ok_or_else(|| ApiError::bad_request("invalid patch format of $retainKeys: not a list"))?;
    own.retain(|k, _| keep.iter().any(|v| v == k.as_str()));
    Ok(())
}

fn member(
    schema: &Schema,
    field: Option<&Field>,
    own: &mut Map<String, Value>,
    (key, value): (&str, &Value),
    order: Option<&Vec<Value>>,
) -> Result<(), ApiError> {
    match value {
        Value::Object(changes) => {
            let inner = field.and_then(|f| schema.behind(&f.kind));
            let slot = own.entry(key.to_owned()).or_insert(Value::Null);
            let mut map = slot.as_object().cloned().unwrap_or_default();
            merge(schema, inner, &mut map, changes)?;
            *slot = Value::Object(map);
        }
        Value::Array(items) if field.is_some_and(|f| f.merge) => {
            let slot = own.entry(key.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
            let before = slot.as_array().cloned().unwrap_or_default();
            let mut list = before.clone();
            merge_list(schema, field, &mut list, items)?;
            arrange(&mut list, order.unwrap_or(items), &before, field.and_then(|f| f.merge_key.as_deref()));
            *slot = Value::Array(list);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            own.insert(key.to_owned(), value.clone());
        }
    }
    Ok(())
}

fn merge_list(
    schema: &Schema,
    field: Option<&Field>,
    own: &mut Vec<Value>,
    items: &[Value],
) -> Result<(), ApiError> {
    let Some(merge_key) = field.and_then(|f| f.merge_key.as_deref()) else {
        // A set of scalars.
        for v in items {
            if !own.contains(v) {
                own.push(v.clone());
            }
        }
        return Ok(());
    };
    if items.iter().any(|v| v.get(DIRECTIVE).is_some_and(|d| d == "replace")) {
        *own = items.iter().filter(|v| v.get(DIRECTIVE).is_none()).cloned().collect();
        return Ok(());
    }
    let inner = field.and_then(|f| if let Type::List(item) = &f.kind { schema.behind(item) } else { None });
    let new = own.is_empty();
    let mut added = Vec::new();
    for item in items {
        let Some(changes) = item.as_object() else {
            return Err(ApiError::bad_request("error decoding patch: list items must be maps"));
        };
        // Items of a list that was not there pair up with nothing.
        let Some(key) = item.get(merge_key).or(new.then_some(&Value::Null)) else {
            let why = format!("map: {} does not contain declared merge key: {merge_key}", go_print(item));
            return Err(ApiError::plain(500, "", why));
        };
        let at = own.iter().position(|v| v.get(merge_key) == Some(key)).filter(|_| !new);
        if item.get(DIRECTIVE).is_some_and(|d| d == "delete") {
            own.retain(|v| v.get(merge_key) != Some(key));
        } else if let Some(slot) = at.and_then(|i| own.get_mut(i)) {
            let mut map = slot.as_object().cloned().unwrap_or_default();
            merge(schema, inner, &mut map, changes)?;
            *slot = Value::Object(map);
        } else {
            let mut map = Map::new();
            merge(schema, inner, &mut map, changes)?;
            added.push(Value::Object(map));
        }
    }
    own.extend(added);
    Ok(())
}

fn delete_primitives(own: &mut Map<String, Value>, field: &str, gone: &Value) {
    let gone = gone.as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(list) = own.get_mut(field).and_then(Value::as_array_mut) {
        list.retain(|v| !gone.contains(v));
    }
}

/// Puts a merged list into its order: items the patch names in the order it names them, the others
/// as they were `before`. Where the two meet, an item goes first if it stood before the other; what was
/// not there goes first.
fn arrange(list: &mut Vec<Value>, order: &[Value], before: &[Value], merge_key: Option<&str>) {
    let place = |item: &Value, list: &[Value]| {
        list.iter().position(|other| match merge_key {
            Some(key) => other.get(key).is_some() && other.get(key) == item.get(key),
            None => other == item,
        })
    };
    let (mut named, mut others): (Vec<Value>, Vec<Value>) =
        std::mem::take(list).into_iter().partition(|item| place(item, order).is_some());
    named.sort_by_key(|item| place(item, order));
    others.sort_by_key(|item| place(item, before));
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    while let (Some(ours), Some(other)) = (named.peek(), others.peek()) {
        let stood_first = place(ours, before).zip(place(other, before)).is_some_and(|(a, b)| b < a);
        list.extend(if stood_first { others.next() } else { named.next() });
    }
    list.extend(named.chain(others));
}
