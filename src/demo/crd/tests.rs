//! Schemas against objects; the messages were read off kube-apiserver 1.36.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Custom, definition};

fn custom(spec: &Value) -> Custom {
    let schema = json!({"type": "object", "properties": {"spec": spec}});
    Custom::new(&json!({"name": "v1", "schema": {"openAPIV3Schema": schema}}))
}

fn told(custom: &Custom, spec: &Value) -> Vec<String> {
    let all = custom.faults(None, &json!({"metadata": {"name": "t"}, "spec": spec}));
    all.into_iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect()
}

#[test]
fn misfits_are_told_in_the_words_of_the_real_server() {
    let (a_or_b, text) = (json!([{"required": ["a"]}, {"required": ["b"]}]), json!({"type": "string"}));
    let named = json!({"type": "object", "required": ["name"], "properties": {"name": text}});
    #[rustfmt::skip]
    let cases = [
        (json!({"type": "string", "maxLength": 3}), json!("abcd"), vec!["spec: Too long: may not be more than 3 bytes"]),
        (json!({"type": "string", "pattern": "^[a-z]+$"}), json!("A1"), vec!["spec: Invalid value: \"A1\": spec in body should match '^[a-z]+$'"]),
        (json!({"type": "integer", "enum": [1, 2]}), json!(3), vec!["spec: Unsupported value: 3: supported values: \"1\", \"2\""]),
        (json!({"type": "number", "minimum": 1.5, "exclusiveMinimum": true}), json!(1), vec!["spec: Invalid value: 1: spec in body should be greater than 1"]),
        (json!({"type": "integer", "multipleOf": 3}), json!(4), vec!["spec: Invalid value: 4: spec in body should be a multiple of 3"]),
        (json!({"type": "integer", "format": "int32"}), json!(3_000_000_000_u64), vec!["<nil>: Invalid value: \"\": Checked value must be of type integer with format int32 in spec"]),
        (json!({"type": "string", "format": "date-time"}), json!("x"), vec!["spec: Invalid value: \"x\": spec in body must be of type date-time: \"x\""]),
        (json!({"type": "array", "maxItems": 2, "items": {"type": "integer"}}), json!([1, 2, 3]), vec!["spec: Too many: 3: must have at most 2 items"]),
        (json!({"type": "array", "minItems": 1, "items": {"type": "integer"}}), json!([]), vec!["spec: Invalid value: 0: spec in body should have at least 1 items"]),
        (json!({"type": "array", "items": named, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}), json!([{"name": "a"}, {"name": "a"}]),
            vec!["spec[1]: Duplicate value: {\"name\":\"a\"}"]),
        (json!({"type": "array", "items": named}), json!([{}]), vec!["spec[0].name: Required value"]),
        (json!({"type": "array", "items": text, "x-kubernetes-list-type": "set"}), json!(["a", "a"]), vec!["spec[1]: Duplicate value: \"a\""]),
        (json!({"x-kubernetes-int-or-string": true}), json!(1.5), vec!["spec: Invalid value: \"number\": spec in body must be of type integer,string: \"number\""]),
        (json!({"type": "object", "additionalProperties": {"type": "integer"}}), json!({"a": "x"}), vec!["spec.a: Invalid value: \"string\": spec.a in body must be of type integer: \"string\""]),
        (json!({"type": "object", "oneOf": a_or_b}), json!({}), vec!["<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found none valid", "spec.a: Required value"]),
        (json!({"type": "object", "oneOf": a_or_b}), json!({"a": "1", "b": "2"}), vec!["<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found 2 valid alternatives"]),
        (json!({"type": "object", "anyOf": a_or_b}), json!({}), vec!["<nil>: Invalid value: \"\": \"spec\" must validate at least one schema (anyOf)", "spec.a: Required value"]),
        (json!({"type": "object", "allOf": a_or_b}), json!({}), vec!["spec.a: Required value", "spec.b: Required value", "<nil>: Invalid value: \"\": \"spec\" must validate all the schemas (allOf). None validated"]),
        (json!({"type": "object", "not": {"required": ["a"]}}), json!({"a": "1"}), vec!["<nil>: Invalid value: \"\": \"spec\" must not validate the schema (not)"]),
        (json!({"type": "string", "nullable": true}), json!(null), vec![]),
    ];
    for (schema, spec, expected) in cases {
        assert_eq!(told(&custom(&schema), &spec), expected, "{schema} {spec}");
    }
}

#[test]
fn what_an_update_leaves_alone_may_stay_wrong() {
    let strict = custom(
        &json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}),
    );
    let before = json!({"spec": {"b": 1}});
    assert!(strict.faults(Some(&before), &json!({"spec": {"b": 1}, "status": {}})).is_empty());
    let touched = strict.faults(Some(&before), &json!({"spec": {"b": 2}}));
    assert_eq!(touched.iter().map(|c| c.field.as_str()).collect::<Vec<_>>(), ["spec.a"]);
}

#[test]
fn defaults_are_written_and_nulls_that_are_not_allowed_go() {
    let filled = custom(&json!({"type": "object", "properties": {
        "s": {"type": "string"}, "kept": {"type": "string", "nullable": true},
        "o": {"type": "object", "default": {}, "properties": {"x": {"type": "string", "default": "y"}}},
        "l": {"type": "array", "items": {"type": "object", "properties": {"p": {"type": "integer", "default": 80}}}}}}));
    let mut value = json!({"spec": {"s": null, "kept": null, "o": null, "l": [{}]}});
    filled.fill(&mut value);
    assert_eq!(value["spec"], json!({"kept": null, "o": {"x": "y"}, "l": [{"p": 80}]}));
}

#[test]
fn unknown_fields_go_except_where_they_are_asked_for() {
    let pruned = custom(&json!({"type": "object", "properties": {
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}},
        "any": {"type": "object", "additionalProperties": true},
        "l": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}}}));
    let mut value = json!({"metadata": {"name": "t"}, "foo": 1, "spec": {
        "zz": 1, "free": {"a": {"b": 1}}, "map": {"k": {"a": "1", "q": 1}}, "any": {"k": 1}, "l": [{"q": 1}]}});
    assert_eq!(pruned.prune(&mut value), ["foo", "spec.l[0].q", "spec.map.k.q", "spec.zz"]);
    let spec = json!({"free": {"a": {"b": 1}}, "map": {"k": {"a": "1"}}, "any": {"k": 1}, "l": [{}]});
    assert_eq!(value, json!({"metadata": {"name": "t"}, "spec": spec}));
}

#[test]
fn definitions_must_make_sense() {
    let with = |change: &dyn Fn(&mut Value)| {
        let names =
            json!({"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"});
        let schema = json!({"type": "object", "properties": {"s": {"type": "string"}}});
        let version =
            json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}});
        let spec = json!({"group": "a.test", "scope": "Namespaced", "names": names, "versions": [version]});
        let mut crd = json!({"metadata": {"name": "things.a.test"}, "spec": spec});
        change(&mut crd);
        definition::faults(&crd)
            .into_iter()
            .map(|c| format!("{}: {}", c.field, c.message))
            .collect::<Vec<_>>()
    };
    let schema = |crd: &mut Value| crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take();
    assert_eq!(with(&|_| {}), Vec::<String>::new());
    assert_eq!(
        with(&|crd| crd["metadata"]["name"] = json!("a.b.c")),
        ["metadata.name: Invalid value: \"a.b.c\": must be spec.names.plural+\".\"+spec.group"]
    );
    assert_eq!(with(&|crd| drop(schema(crd))), ["spec.versions[0].schema.openAPIV3Schema: Required value"]);
    assert_eq!(
        with(&|crd| crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["type"] = json!(null)),
        ["spec.validation.openAPIV3Schema.type: Required value: must not be empty at the root"]
    );
    let unstored = with(&|crd| crd["spec"]["versions"][0]["storage"] = json!(false));
    assert!(unstored[0].ends_with("must have exactly one version marked as storage version"), "{unstored:?}");
    assert_eq!(
        with(&|crd| crd["spec"]["scope"] = json!("Galaxy")),
        ["spec.scope: Unsupported value: \"Galaxy\": supported values: \"Cluster\", \"Namespaced\""]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just("type"),
        Just("object"),
        Just("array"),
        Just("string"),
        Just("properties"),
        Just("items"),
        Just("default"),
        Just("a"),
        Just("pattern"),
        Just("enum"),
        Just("additionalProperties"),
        Just("oneOf"),
        Just("not"),
        Just("required"),
        Just("x-kubernetes-list-type"),
        Just("map"),
        Just("x-kubernetes-preserve-unknown-fields"),
        Just("nullable"),
        Just("(")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(words.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn doubles_that_were_there_before_may_stay() {
    let schema = json!({"x-kubernetes-list-type": "map"});
    let custom = Custom::new(&json!({"schema": {"openAPIV3Schema": schema}}));
    let (wrong, right) = (json!([false]), json!([]));
    assert_eq!(custom.faults(None, &wrong).len(), 1);
    assert_eq!(custom.faults(Some(&right), &wrong).len(), 1);
    assert_eq!(custom.faults(Some(&wrong), &wrong), []);
}

proptest! {
    #[test]
    fn any_schema_takes_any_value(schema in any_json(), value in any_json()) {
        let custom = Custom::new(&json!({"schema": {"openAPIV3Schema": schema}}));
        let mut once = value.clone();
        custom.fill(&mut once);
        let mut twice = once.clone();
        custom.fill(&mut twice);
        prop_assert_eq!(&once, &twice);
        custom.prune(&mut once);
        prop_assert!(custom.prune(&mut once.clone()).is_empty());
        let _ = custom.faults(Some(&value), &once);
        prop_assert!(custom.faults(Some(&once), &once).is_empty());
        let _ = custom.merging();
        definition::faults(&value);
        definition::faults(&json!({"spec": {"versions": [{"schema": {"openAPIV3Schema": schema}, "storage": true}]}}));
    }
}
