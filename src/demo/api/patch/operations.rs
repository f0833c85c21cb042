//! JSON patch (RFC 6902), with the liberties of the Go library the real
//! server uses: `replace`, `copy` and `test` of a member that is not there
//! take it as null, so does `add` without a value, and array indexes may count from the end.

use serde_json::Value;

use crate::demo::api::body;

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    Add(Path, Value),
    Remove(Path),
    Replace(Path, Value),
    Move(Path, Path),
    Copy(Path, Path),
    Test(Path, Value),
}

/// A JSON pointer, split and unescaped.
type Path = Vec<String>;

/// Reads a patch; None when an operation lacks a part or has another name.
pub(super) fn read(operations: &[Value]) -> Option<Vec<Operation>> {
    operations.iter().map(operation).collect()
}

/// The first operation that Go could not even decode, in its words.
pub(super) fn undecodable(operations: &[Value]) -> Option<String> {
    let of_wrong_type = |operation: &Value| {
        if !operation.is_object() && !operation.is_null() {
            return Some((body::go_type(operation), "value of type handlers.jsonPatchOp".to_owned()));
        }
        ["op", "from", "path"].into_iter().find_map(|key| {
            let part = operation.get(key).filter(|part| !part.is_string() && !part.is_null())?;
            Some((body::go_type(part), format!("struct field jsonPatchOp.{key} of type string")))
        })
    };
    let (found, wanted) = operations.iter().find_map(of_wrong_type)?;
    Some(format!("json: cannot unmarshal {found} into Go {wanted}"))
}

fn operation(v: &Value) -> Option<Operation> {
    let at = path(v.get("path")?.as_str()?);
    let from = || v.get("from").and_then(Value::as_str).map(path);
    let value = || v.get("value").cloned().unwrap_or_default();
    Some(match v.get("op")?.as_str()? {
        "add" => Operation::Add(at, value()),
        "remove" => Operation::Remove(at),
        "replace" => Operation::Replace(at, value()),
        "move" => Operation::Move(from()?, at),
        "copy" => Operation::Copy(from()?, at),
        "test" => Operation::Test(at, value()),
        _ => return None,
    })
}

fn path(text: &str) -> Path {
    text.split('/').skip(1).map(|p| p.replace("~1", "/").replace("~0", "~")).collect()
}

/// Applies all operations in order; None when one does not apply (the value is then half done).
pub(super) fn apply(target: &mut Value, operations: &[Operation]) -> Option<()> {
    for operation in operations {
        match operation {
            Operation::Add(at, value) => add(target, at, value.clone())?,
            Operation::Remove(at) => {
                remove(target, at)?;
            }
            Operation::Replace(at, value) => replace(target, at, value.clone())?,
            Operation::Move(from, at) => {
                let value = remove(target, from)?;
                add(target, at, value)?;
            }
            Operation::Copy(from, at) => {
                let value = get(target, from)?;
                add(target, at, value)?;
            }
            Operation::Test(at, value) => {
                if get(target, at)? != *value {
                    return None;
                }
            }
        }
    }
    Some(())
}

fn container<'v>(target: &'v mut Value, at: &[String]) -> Option<&'v mut Value> {
    at.iter().try_fold(target, |inner, step| match inner {
        Value::Object(map) => map.get_mut(step),
        Value::Array(items) => {
            let i = index(step, items.len())?;
            items.get_mut(i)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

/// An index into a list of `len` items; negative ones count from the end.
fn index(step: &str, len: usize) -> Option<usize> {
    let i: i64 = step.parse().ok()?;
    if i < 0 { usize::try_from(i64::try_from(len).ok()? + i).ok() } else { usize::try_from(i).ok() }
}

/// The value at a path; null for a member that is not there, None where nothing could be.
fn get(target: &mut Value, at: &[String]) -> Option<Value> {
    let Some((last, above)) = at.split_last() else {
        return Some(target.clone());
    };
    match container(target, above)? {
        Value::Object(map) => Some(map.get(last).cloned().unwrap_or_default()),
        Value::Array(items) => items.get(index(last, items.len())?).cloned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn add(target: &mut Value, at: &[String], value: Value) -> Option<()> {
    let Some((last, above)) = at.split_last() else {
        *target = value;
        return Some(());
    };
    match container(target, above)? {
        Value::Object(map) => {
            map.insert(last.clone(), value);
        }
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => {
            // A negative index names a place in the list as it will be.
            let negative = last.starts_with('-');
            let i = index(last, items.len() + usize::from(negative))?;
            if i > items.len() {
                return None;
            }
            items.insert(i, value);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}

fn remove(target: &mut Value, at: &[String]) -> Option<Value> {
    let (last, above) = at.split_last()?;
    match container(target, above)? {
        Value::Object(map) => map.remove(last),
        Value::Array(items) => {
            let i = index(last, items.len())?;
            (i < items.len()).then(|| items.remove(i))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn replace(target: &mut Value, at: &[String], value: Value) -> Option<()> {
    let Some((last, above)) = at.split_last() else {
        *target = value;
        return Some(());
    };
    match container(target, above)? {
        Value::Object(map) => {
            map.insert(last.clone(), value);
        }
        Value::Array(items) => {
            let i = index(last, items.len())?;
            *items.get_mut(i)? = value;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}
