use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::demo::kinds;

fn deployments() -> std::sync::Arc<Resource> {
    kinds::builtin().into_iter().find(|r| r.plural == "deployments").unwrap()
}

fn strategic(object: &Value, patch: &Value) -> Result<Value, ApiError> {
    let (schema, row) = (Schema::default(), deployments());
    let mut out = object.clone();
    strategic::patch(&schema, schema.of(&row), &mut out, patch)?;
    Ok(out)
}

fn containers(list: &Value) -> Value {
    json!({"spec": {"template": {"spec": {"containers": list}}}})
}

#[test]
fn strategic_merge_pairs_items_by_their_key() {
    let before = containers(
        &json!([{"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b", "image": "b:1"}]),
    );
    let patch = containers(
        &json!([{"name": "b", "image": "b:2"}, {"name": "a", "env": [{"name": "Y", "value": "2"}]}]),
    );
    let after = strategic(&before, &patch).unwrap();
    let want = containers(&json!([
        {"name": "b", "image": "b:2"},
        {"name": "a", "image": "a:1", "env": [{"name": "Y", "value": "2"}, {"name": "X", "value": "1"}]}
    ]));
    assert_eq!(after, want);
}

#[test]
fn strategic_directives_delete_replace_order_and_retain() {
    let before = containers(&json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]));
    let gone = strategic(&before, &containers(&json!([{"name": "b", "$patch": "delete"}]))).unwrap();
    assert_eq!(gone, containers(&json!([{"name": "a"}, {"name": "c"}])));
    let replaced = strategic(&before, &containers(&json!([{"$patch": "replace"}, {"name": "z"}]))).unwrap();
    assert_eq!(replaced, containers(&json!([{"name": "z"}])));
    let order = json!({"spec": {"template": {"spec": {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}, {"name": "b"}]}}}});
    let ordered = strategic(&before, &order).unwrap();
    assert_eq!(ordered, containers(&json!([{"name": "c"}, {"name": "a"}, {"name": "b"}])));
    let strategy = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
    let retained =
        strategic(&strategy, &json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}))
            .unwrap();
    assert_eq!(retained, json!({"spec": {"strategy": {"type": "Recreate"}}}));
}

#[test]
fn misused_directives_are_refused() {
    let before = containers(&json!([{"name": "a"}]));
    let nameless = strategic(&before, &containers(&json!([{"image": "x"}]))).unwrap_err();
    assert_eq!(nameless.message, "map: map[image:x] does not contain declared merge key: name");
    let unknown = strategic(&before, &json!({"spec": {"$patch": "burn"}})).unwrap_err();
    assert_eq!(unknown.message, "unknown patch type: burn in map: map[$patch:burn]");
}

#[test]
fn json_patch_does_what_the_go_library_does() {
    let cases = [
        (json!({"a": 1}), json!([{"op": "test", "path": "/a", "value": 2}]), None),
        (json!({"a": 1}), json!([{"op": "remove", "path": "/b"}]), None),
        (
            json!({"a": 1}),
            json!([{"op": "replace", "path": "/b", "value": 2}]),
            Some(json!({"a": 1, "b": 2})),
        ),
        (
            json!({"a": [1, 2]}),
            json!([{"op": "add", "path": "/a/-", "value": 3}]),
            Some(json!({"a": [1, 2, 3]})),
        ),
        (json!({"a": [1, 2]}), json!([{"op": "add", "path": "/a/5", "value": 3}]), None),
        (json!({"a": [1, 2]}), json!([{"op": "remove", "path": "/a/-1"}]), Some(json!({"a": [1]}))),
        (json!({"a/b": {"~": 1}}), json!([{"op": "remove", "path": "/a~1b/~0"}]), Some(json!({"a/b": {}}))),
        (json!({"a": 1}), json!([{"op": "move", "from": "/a", "path": "/b"}]), Some(json!({"b": 1}))),
        (json!({"a": 1}), json!([{"op": "add", "path": "/x/y", "value": 1}]), None),
    ];
    for (before, patch, want) in cases {
        let mut after = before.clone();
        let done =
            operations::read(patch.as_array().unwrap()).and_then(|ops| operations::apply(&mut after, &ops));
        assert_eq!(done.map(|()| after), want, "{before} {patch}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("metadata"),
        Just("spec"),
        Just("template"),
        Just("containers"),
        Just("name"),
        Just("env"),
        Just("$patch"),
        Just("$retainKeys"),
        Just("$setElementOrder/containers"),
        Just("$deleteFromPrimitiveList/finalizers"),
        Just("finalizers"),
        Just("labels"),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..4)
                .prop_map(|m| Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_strategic_patch_panics(object in any_json(), patch in any_json()) {
        let _ = strategic(&object, &patch);
    }

    #[test]
    fn merge_patch_is_rfc_7396(object in any_json(), patch in any_json()) {
        let mut ours = object.clone();
        merge::patch(&mut ours, &patch);
        let mut theirs = object;
        json_patch::merge(&mut theirs, &patch);
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn what_rfc_6902_accepts_we_accept_alike(
        object in any_json(),
        paths in prop::collection::vec(("(/(metadata|spec|labels|0|1|-)){0,3}", 0..4_u8, any_json()), 1..5),
    ) {
        let ops: Vec<Value> = paths
            .iter()
            .map(|(path, kind, value)| match kind {
                0 => json!({"op": "add", "path": path, "value": value}),
                1 => json!({"op": "remove", "path": path}),
                2 => json!({"op": "replace", "path": path, "value": value}),
                _ => json!({"op": "test", "path": path, "value": value}),
            })
            .collect();
        let ops = Value::Array(ops);
        let mut ours = object.clone();
        let done = operations::read(ops.as_array().unwrap()).and_then(|o| operations::apply(&mut ours, &o));
        let mut theirs = object;
        let strict: json_patch::Patch = serde_json::from_value(ops).unwrap();
        if json_patch::patch(&mut theirs, &strict).is_ok() {
            // Removing the whole document is an error in Go and null in Rust.
            if !strict.0.iter().any(|o| matches!(o, json_patch::PatchOperation::Remove(r) if r.path.to_string().is_empty())) {
                prop_assert_eq!(done, Some(()));
                prop_assert_eq!(ours, theirs);
            }
        }
    }
}
