//! What somebody changed since a file was last applied.
//!
//! `kubectl apply` keeps the file in an annotation. Only what the file says is
//! compared: what the server or another writer put beside it is no drift, for
//! the next apply leaves it alone. Absent on purpose: server-side apply, which
//! keeps who owns a field and not what they gave it.

use super::{Change, amount, diff_json};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where `kubectl apply` keeps the file.
const APPLIED: &str = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
/// What is below these are quantities, which the server writes in its own way.
const QUANTITIES: [&str; 4] = ["requests", "limits", "capacity", "sizeLimit"];

/// What differs between the spec last applied (`before`) and the live one
/// (`after`); none if nothing was applied so.
///
/// # Errors
/// The annotation is no JSON.
pub fn drift(live: &Value) -> Option<Result<Vec<Change>, String>> {
    let text = live.pointer(APPLIED)?.as_str()?;
    let applied: Value = match serde_json::from_str(text) {
        Ok(applied) => applied,
        Err(error) => return Some(Err(error.to_string())),
    };
    let spec = applied.get("spec").unwrap_or(&Value::Null);
    let seen = as_far_as(spec, live.get("spec"), false);
    let wrap = |spec: &Value| Value::Object([("spec".to_owned(), spec.clone())].into_iter().collect());
    Some(Ok(diff_json(&wrap(spec), &wrap(&seen))))
}

/// The live value as far as the applied one goes, in the applied one's words
/// where both mean the same.
fn as_far_as(applied: &Value, live: Option<&Value>, quantity: bool) -> Value {
    match (applied, live) {
        (Value::Object(applied), Some(Value::Object(live))) => {
            let field = |(key, value): (&String, &Value)| {
                let quantity = quantity || QUANTITIES.contains(&key.as_str());
                (key.clone(), as_far_as(value, live.get(key), quantity))
            };
            Value::Object(applied.iter().map(field).collect::<Map<_, _>>())
        }
        (Value::Array(applied), Some(Value::Array(live))) => list_as_far_as(applied, live, quantity),
        (applied, None | Some(Value::Null)) if is_nothing(applied) => applied.clone(),
        (applied, Some(live)) if quantity && same_quantity(applied, live) => applied.clone(),
        (_, live) => live.cloned().unwrap_or_default(),
    }
}

/// Named items go by their names, those of the same name by their order; a list
/// without names is one value.
fn list_as_far_as(applied: &[Value], live: &[Value], quantity: bool) -> Value {
    let name = |item: &Value| item.get("name").and_then(Value::as_str).map(str::to_owned);
    if applied.iter().any(|item| name(item).is_none()) {
        let each = live.iter().enumerate().map(|(n, item)| match applied.get(n) {
            Some(applied) => as_far_as(applied, Some(item), quantity),
            None => item.clone(),
        });
        return Value::Array(each.collect());
    }
    let mut nth: BTreeMap<String, usize> = BTreeMap::new();
    let found = applied.iter().filter_map(|item| {
        let name_of = name(item)?;
        let n = nth.entry(name_of.clone()).or_default();
        let same = live.iter().filter(|other| name(other).as_ref() == Some(&name_of)).nth(*n)?;
        *n += 1;
        Some(as_far_as(item, Some(same), quantity))
    });
    Value::Array(found.collect())
}

/// What the server does not keep: it reads as if it had not been said.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
    }
}

fn same_quantity(applied: &Value, live: &Value) -> bool {
    let of = |value: &Value| match value {
        Value::String(text) => amount(text),
        Value::Number(number) => number.as_f64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let (Some(a), Some(b)) = (of(applied), of(live)) else { return false };
    // The same quantity in other units differs by the error of a product.
    (a - b).abs() <= a.abs() * 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn paths(applied: &Value, spec: &Value) -> Vec<String> {
        let applied = json!({"spec": applied}).to_string();
        let live = json!({"spec": spec, "metadata": {"annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": applied}}});
        drift(&live).unwrap().unwrap().into_iter().map(|change| change.path).collect()
    }

    #[test]
    fn only_what_the_file_says_is_compared_and_quantities_by_their_value() {
        let applied = json!({"replicas": 2, "paused": false, "template": {"metadata": {"creationTimestamp": null},
            "spec": {"containers": [{"name": "app", "image": "a:1", "env": [{"name": "A", "value": "1"}],
                "resources": {"requests": {"cpu": 0.5, "memory": "1024Mi"}}}]}}});
        let mut live = json!({"replicas": 2, "progressDeadlineSeconds": 600, "template": {"metadata": {},
            "spec": {"dnsPolicy": "ClusterFirst", "containers": [
                {"name": "sidecar", "image": "s:1"},
                {"name": "app", "image": "a:1", "imagePullPolicy": "Always",
                 "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
                 "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}]}}});
        assert_eq!(paths(&applied, &live), Vec::<String>::new());
        let app = &mut live["template"]["spec"]["containers"][1];
        app["env"][1]["value"] = json!("3");
        app["image"] = json!("a:2");
        app["resources"]["requests"]["cpu"] = json!("501m");
        live["replicas"] = json!(5);
        let app = "spec.template.spec.containers.[app]";
        assert_eq!(
            paths(&applied, &live),
            [
                format!("{app}.image"),
                format!("{app}.env.[A].value"),
                format!("{app}.resources.requests.cpu"),
                "spec.replicas".to_owned()
            ]
        );
    }

    #[test]
    fn what_was_taken_out_and_lists_without_names_are_seen() {
        let applied = json!({"c": [{"name": "app", "args": ["a"]}, {"name": "two"}], "v": [
            {"name": "data", "mountPath": "/a"}, {"name": "data", "mountPath": "/b"}]});
        let live = json!({"c": [{"name": "app", "args": ["a", "b"]}], "v": applied["v"]});
        assert_eq!(paths(&applied, &live), ["spec.c.[app].args.[1]", "spec.c.[two].name"]);
    }

    #[test]
    fn nothing_applied_is_not_the_same_as_nothing_changed() {
        assert_eq!(drift(&json!({"spec": {"replicas": 1}})), None);
        let broken = json!({"metadata": {"annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": "{"}}});
        assert!(drift(&broken).unwrap().is_err());
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z0-9.]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let key = prop_oneof![Just("name".to_owned()), Just("limits".to_owned()), "[a-c]"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_was_applied_and_stored_as_it_is_has_not_drifted(spec in json()) {
            prop_assert_eq!(paths(&spec, &spec), Vec::<String>::new());
        }
    }
}
