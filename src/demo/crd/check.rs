//! Checking a value against a schema, in the words of kube-openapi.

mod format;
mod junction;
mod lists;
mod scalar;

use serde_json::{Map, Value};

use super::node::{Additional, Node};
use crate::demo::status::Cause;

/// More findings than this help nobody.
const MAX_CAUSES: usize = 100;

/// What is wrong with an object, in the order a real server looks; parts that an update left as
/// they were are not looked at, so that a schema may become stricter.
pub(super) fn faults(root: &Node, before: Option<&Value>, value: &Value) -> Vec<Cause> {
    let mut out = Findings::default();
    node(root, "", before, value, &mut out);
    let twice = doubles(root, value);
    // An object that had doubles before may keep them.
    if !twice.is_empty() && before.is_none_or(|before| doubles(root, before).is_empty()) {
        out.causes.extend(twice);
    }
    out.causes.truncate(MAX_CAUSES);
    out.causes
}

fn doubles(root: &Node, value: &Value) -> Vec<Cause> {
    let mut out = Findings::default();
    lists::unique(root, "", value, &mut out);
    out.causes
}

/// What was found, and how much was found to be right (alternatives are ranked by it).
#[derive(Default)]
struct Findings {
    causes: Vec<Cause>,
    right: usize,
}

impl Findings {
    fn check(&mut self, good: bool, cause: impl FnOnce() -> Cause) {
        if good {
            self.right += 1;
        } else {
            self.causes.push(cause());
        }
    }

    /// Findings about no field in particular.
    fn nameless(&mut self, message: &str) {
        self.causes.push(Cause::invalid("<nil>", &"".into(), message));
    }
}

fn node(schema: &Node, path: &str, before: Option<&Value>, value: &Value, out: &mut Findings) {
    if before == Some(value) || out.causes.len() > MAX_CAUSES {
        return;
    }
    kind(schema, path, value, out);
    if value.is_null() {
        return;
    }
    junction::check(schema, path, value, out);
    match value {
        Value::String(text) => scalar::text(schema, path, text, out),
        Value::Number(number) => scalar::number(schema, path, number, out),
        Value::Array(items) => {
            if let Some(inner) = &schema.items {
                for (index, v) in items.iter().enumerate() {
                    node(inner, &format!("{path}[{index}]"), lists::old_item(schema, before, v), v, out);
                }
            }
            lists::size(&schema.limits, path, items, out);
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => {}
    }
    if let Some(allowed) = &schema.limits.values {
        out.check(allowed.contains(value), || scalar::outside(path, value, allowed));
    }
    if let Value::Object(map) = value {
        members(schema, path, before, map, out);
    }
}

/// The JSON type of a value, as schemas name it.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn kind(schema: &Node, path: &str, value: &Value, out: &mut Findings) {
    let is = type_name(value);
    let takes = |t: &str| schema.types.iter().any(|own| **own == *t);
    let fits = schema.types.is_empty()
        || takes(is)
        || (is == "integer" && takes("number"))
        || (is == "null" && schema.nullable);
    out.check(fits, || {
        let wanted: Vec<&str> = schema.types.iter().map(AsRef::as_ref).collect();
        wrong_type(path, &wanted.join(","), is)
    });
}

fn wrong_type(path: &str, wanted: &str, given: &str) -> Cause {
    let why = format!("{path} in body must be of type {wanted}: \"{given}\"");
    Cause { reason: "FieldValueTypeInvalid", ..Cause::invalid(path, &given.into(), &why) }
}

fn members(schema: &Node, path: &str, before: Option<&Value>, map: &Map<String, Value>, out: &mut Findings) {
    let limits = &schema.limits;
    let size = map.len() as u64;
    if let Some(least) = limits.min_properties {
        let why = format!("{path} in body should have at least {least} properties");
        out.check(size >= least, || Cause::invalid(path, &size.into(), &why));
    }
    if let Some(most) = limits.max_properties {
        out.check(size <= most, || too_many(path, size, most));
    }
    let old = |key: &str| before.and_then(|b| b.get(key));
    for (key, v) in map.iter().filter(|(key, _)| !schema.properties.contains_key(key.as_str())) {
        match &schema.additional {
            Additional::Of(inner) => node(inner, &format!("{path}.{key}"), old(key), v, out),
            Additional::Plain(false) => {
                let why = format!("{path}.{key} in body is a forbidden property");
                out.causes.push(Cause::invalid(path, &key.as_str().into(), &why));
            }
            Additional::Plain(true) | Additional::Unsaid => {}
        }
    }
    for (key, inner) in &schema.properties {
        if let Some(v) = map.get(&**key) {
            node(inner, &join(path, key), old(key), v, out);
        }
    }
    for key in &schema.required {
        out.check(map.contains_key(&**key), || Cause::required(join(path, key), ""));
    }
}

fn too_many(path: &str, given: u64, most: u64) -> Cause {
    Cause {
        reason: "FieldValueTooMany",
        message: format!("Too many: {given}: must have at most {most} items"),
        field: path.to_owned(),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
