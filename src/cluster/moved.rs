//! What of an object is no longer what a change was confirmed against.

use crate::domain::{JsonOp, Mutation, clean, redact_text};
use serde_json::Value;

/// Moved values named in one sentence.
const MOST: usize = 3;
/// Longer values are cut.
const MOST_CHARS: usize = 80;

/// A test that no longer holds: its path, the value tested, the value there.
pub(super) type Moved<'a> = (&'a str, &'a Value, Option<&'a Value>);

/// The tests of `mutation` that `live` would fail. A missing value and `null`
/// are the same to a JSON Patch test on an API server.
pub(super) fn moved<'a>(mutation: &'a Mutation, live: &'a Value) -> Vec<Moved<'a>> {
    let tests = mutation.ops.iter().filter_map(|op| match op {
        JsonOp::Test { path, value } => Some((path.as_str(), value, live.pointer(path))),
        JsonOp::Add { .. } | JsonOp::Replace { .. } | JsonOp::Remove { .. } => None,
    });
    tests.filter(|(_, tested, now)| now.unwrap_or(&Value::Null) != *tested).collect()
}

/// `/spec/replicas was 2, is 3`, at the first leaf that differs in each.
pub(super) fn in_words(moved: &[Moved<'_>]) -> String {
    let words = moved.iter().take(MOST).map(|(path, was, now)| {
        let (below, was, now) = first_leaf(was, now.unwrap_or(&Value::Null));
        let path = clean(&format!("{path}{below}"));
        match (shown(&path, was), shown(&path, now)) {
            (Some(was), Some(now)) => format!("{path} was {was}, is {now}"),
            _ => format!("{path} is not what it was"),
        }
    });
    words.collect::<Vec<_>>().join("; ")
}

/// The first place where two different values differ, as a path below them.
fn first_leaf<'a>(was: &'a Value, now: &'a Value) -> (String, &'a Value, &'a Value) {
    let step = |key: &str, was: &'a Value, now: &'a Value| {
        let (below, was, now) = first_leaf(was, now);
        (format!("/{key}{below}"), was, now)
    };
    match (was, now) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            let pair = |key: &'a String| {
                (key, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null))
            };
            let differs = keys.map(pair).find(|(_, a, b)| a != b);
            differs.map_or_else(|| (String::new(), was, now), |(key, a, b)| step(key, a, b))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let differs = a.iter().zip(b).enumerate().find(|(_, (a, b))| a != b);
            differs.map_or_else(|| (String::new(), was, now), |(at, (a, b))| step(&at.to_string(), a, b))
        }
        _ => (String::new(), was, now),
    }
}

/// A plain value; none for what does not fit a sentence. Values of the
/// environment may be secrets and are left out whatever their name.
fn shown(path: &str, value: &Value) -> Option<String> {
    match value {
        Value::Object(_) | Value::Array(_) => None,
        Value::String(_) if path.contains("/env/") => None,
        Value::Null => Some("not there".to_owned()),
        plain @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            Some(redact_text(&clean(&plain.to_string())).chars().take(MOST_CHARS).collect())
        }
    }
}

/// Whether `live` has everything in `asked`: the server adds defaults of its own.
pub(super) fn covers(live: Option<&Value>, asked: &Value) -> bool {
    match (live, asked) {
        (Some(Value::Object(live)), Value::Object(asked)) => {
            asked.iter().all(|(key, value)| covers(live.get(key), value))
        }
        (Some(Value::Array(live)), Value::Array(asked)) => {
            live.len() == asked.len() && live.iter().zip(asked).all(|(live, asked)| covers(Some(live), asked))
        }
        (None, asked) => asked.is_null(),
        (Some(live), asked) => live == asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_moved_is_named_at_its_leaf_and_secrets_are_not() {
        let template = |image: &str, env: &str| json!({"spec": {"containers": [{"image": image, "env": [{"name": "X", "value": env}]}]}});
        let case = |was: &Value, now: &Value| in_words(&[("/t", was, Some(now))]);
        let base = template("v1", "a");
        assert_eq!(case(&base, &template("v2", "a")), "/t/spec/containers/0/image was \"v1\", is \"v2\"");
        assert_eq!(case(&base, &template("v1", "b")), "/t/spec/containers/0/env/0/value is not what it was");
        assert_eq!(case(&json!({}), &json!({"paused": true})), "/t/paused was not there, is true");
        assert_eq!(case(&json!([1]), &json!([1, 2])), "/t is not what it was");
        assert_eq!(in_words(&[("/spec/paused", &json!(true), None)]), "/spec/paused was true, is not there");
    }

    #[test]
    fn defaults_of_the_server_do_not_hide_that_it_was_done() {
        let live = json!({"a": {"b": 1, "default": true}, "l": [{"x": 1, "y": 2}]});
        assert!(covers(Some(&live), &json!({"a": {"b": 1}, "l": [{"x": 1}]})));
        for not in [json!({"a": {"b": 2}}), json!({"c": 1}), json!({"l": []})] {
            assert!(!covers(Some(&live), &not), "{not}");
        }
        assert!(covers(None, &Value::Null));
    }
}
