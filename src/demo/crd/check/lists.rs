//! Lists: their length, and items that must differ.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Findings, join, too_many};
use crate::demo::crd::node::{Limits, List, Node};
use crate::demo::status::Cause;

pub(super) fn size(limits: &Limits, path: &str, items: &[Value], out: &mut Findings) {
    let size = items.len() as u64;
    if let Some(least) = limits.min_items {
        let why = format!("{path} in body should have at least {least} items");
        out.check(size >= least, || Cause::invalid(path, &size.into(), &why));
    }
    if let Some(most) = limits.max_items {
        out.check(size <= most, || too_many(path, size, most));
    }
    if limits.unique_items {
        let why = format!("{path} in body shouldn't contain duplicates");
        out.check(repeated(items.iter().map(Value::to_string)).is_empty(), || {
            Cause::invalid(path, &"".into(), &why)
        });
    }
}

/// The item an update compares with: only lists with keys say which one that is.
pub(super) fn old_item<'v>(schema: &Node, before: Option<&'v Value>, item: &Value) -> Option<&'v Value> {
    let List::Map(keys) = &schema.list else { return None };
    let same = |old: &&Value| keys.iter().all(|k| old.get(&**k) == item.get(&**k));
    before?.as_array()?.iter().find(same)
}

/// Sets and maps whose items come twice, anywhere below.
pub(super) fn unique(schema: &Node, path: &str, value: &Value, out: &mut Findings) {
    match value {
        Value::Array(items) => {
            match &schema.list {
                List::Atomic => {}
                List::Set => twice(path, items, out),
                List::Map(keys) => {
                    let wrong = items.iter().position(|v| !v.is_object() && !v.is_null());
                    if let Some((at, item)) = wrong.and_then(|at| Some((at, items.get(at)?))) {
                        let why = "must be an object for an array of list-type map";
                        out.causes.push(Cause::invalid(format!("{path}[{at}]"), item, why));
                    } else {
                        let named: Vec<Value> = items.iter().map(|v| key_of(v, keys)).collect();
                        twice(path, &named, out);
                    }
                }
            }
            for (index, v) in items.iter().enumerate() {
                if let Some(inner) = &schema.items {
                    unique(inner, &format!("{path}[{index}]"), v, out);
                }
            }
        }
        Value::Object(map) => {
            for (key, v) in map {
                if let Some(inner) = schema.member(key) {
                    unique(inner, &join(path, key), v, out);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn key_of(item: &Value, keys: &[Box<str>]) -> Value {
    let given = keys.iter().filter_map(|k| Some((k.to_string(), item.get(&**k)?.clone())));
    Value::Object(given.collect::<Map<_, _>>())
}

fn twice(path: &str, items: &[Value], out: &mut Findings) {
    for index in repeated(items.iter().map(Value::to_string)) {
        if let Some(item) = items.get(index) {
            out.causes.push(Cause::duplicate(format!("{path}[{index}]"), item));
        }
    }
}

/// Where something comes for the second time.
fn repeated(items: impl Iterator<Item = String>) -> Vec<usize> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut out = Vec::new();
    for (index, item) in items.enumerate() {
        let times = seen.entry(item).or_insert(0);
        *times += 1;
        if *times == 2 {
            out.push(index);
        }
    }
    out
}
