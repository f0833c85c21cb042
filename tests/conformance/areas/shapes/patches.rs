//! Patches and applied configurations of every wrong shape.

use http::Method;
use serde_json::{Value, json};

use super::{config_map, each};
use crate::behaviours;
use crate::case::Case;
use crate::http::{APPLY, JSON_PATCH, MERGE, STRATEGIC};
use crate::make;

behaviours! { "shapes":
    merge_patches,
    strategic_patches,
    json_patches,
    json_patch_of_too_many_operations_is_413,
    applied_configurations,
    patch_cannot_take_the_name_away,
    strategic_kind_does_not_count,
    strategic_puts_lists_in_order,
    strategic_list_that_was_not_there_needs_no_keys,
}

const NAMELESS: &str = "the name of the object (a based on URL) was undeterminable: name must be provided";
const NOT_APPLICABLE: &str = "the server rejected our request due to an error in our request";

async fn merge_patches(c: Case) {
    let rows = [
        ("", 400, "error decoding patch: unexpected end of JSON input"),
        ("{", 400, "error decoding patch: unexpected end of JSON input"),
        ("x", 400, ""),
        ("null", 400, "Invalid JSON Patch"),
        (
            "3",
            400,
            "error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}",
        ),
        (
            "[]",
            400,
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (r#"{"metadata":null}"#, 400, NAMELESS),
        (r#"{"metadata":3}"#, 422, ""),
        (r#"{"data":[]}"#, 422, ""),
        (r#"{"data":{"k":3}}"#, 422, ""),
        (r#"{"kind":"Secret"}"#, 422, ""),
        (r#"{"apiVersion":"v2"}"#, 422, ""),
        (r#"{"metadata":{"labels":{"a/b/c":"x"}}}"#, 422, ""),
        (r#"{"metadata":{"finalizers":["x"]}}"#, 422, ""),
        (r#"{"metadata":{"resourceVersion":"x"}}"#, 500, ""),
        ("{}", 200, ""),
    ];
    each(&c, Method::PATCH, &config_map(&c).await, MERGE, &rows).await;
}

async fn strategic_patches(c: Case) {
    let rows = [
        ("", 400, "unexpected end of JSON input"),
        ("[1]", 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        ("null", 200, ""),
        (r#"{"metadata":null}"#, 400, NAMELESS),
        (r#"{"metadata":3}"#, 422, ""),
        (r#"{"data":[]}"#, 422, ""),
        (r#"{"immutable":"yes"}"#, 422, ""),
        (r#"{"data":{"$patch":"merge"}}"#, 500, "unknown patch type: merge in map: map[$patch:merge]"),
        (r#"{"$patch":"nope"}"#, 500, "unknown patch type: nope in map: map[$patch:nope]"),
        (r#"{"data":{"$patch":"replace","x":"y"}}"#, 200, ""),
    ];
    each(&c, Method::PATCH, &config_map(&c).await, STRATEGIC, &rows).await;
}

async fn json_patches(c: Case) {
    let rows = [
        (
            "{}",
            400,
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
        ),
        (
            "[1]",
            400,
            "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
        ),
        (
            r#"[{"op":3,"path":"/data/k"}]"#,
            400,
            "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
        ),
        (
            r#"[{"op":"add","path":[]}]"#,
            400,
            "error decoding patch: json: cannot unmarshal array into Go struct field jsonPatchOp.path of type string",
        ),
        ("[null]", 422, NOT_APPLICABLE),
        (r#"[{"op":"add"}]"#, 422, NOT_APPLICABLE),
        (r#"[{"op":"nope","path":"/data/k"}]"#, 422, NOT_APPLICABLE),
        (r#"[{"op":"move","path":"/data/x"}]"#, 422, NOT_APPLICABLE),
        (r#"[{"op":"remove","path":"/metadata/labels/x"}]"#, 422, NOT_APPLICABLE),
        (r#"[{"op":"add","path":"/metadata/finalizers/5","value":"x/y"}]"#, 422, NOT_APPLICABLE),
        (r#"[{"op":"replace","path":"","value":{}}]"#, 400, NAMELESS),
        (r#"[{"op":"replace","path":"/metadata","value":null}]"#, 400, NAMELESS),
        (r#"[{"op":"test","path":"/data/nothing"}]"#, 200, ""),
        (r#"[{"op":"add","path":"/data/x"}]"#, 200, ""),
        ("null", 200, ""),
        ("[]", 200, ""),
    ];
    each(&c, Method::PATCH, &config_map(&c).await, JSON_PATCH, &rows).await;
}

async fn json_patch_of_too_many_operations_is_413(c: Case) {
    let path = config_map(&c).await;
    let one = json!({"op": "test", "path": "/data/k", "value": "v"});
    let refused = c.admin.patch(JSON_PATCH, &path, &Value::Array(vec![one.clone(); 10_001])).await;
    refused.says(
        413,
        "RequestEntityTooLarge",
        "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    );
    c.admin.patch(JSON_PATCH, &path, &Value::Array(vec![one; 10_000])).await.is(200);
}

async fn applied_configurations(c: Case) {
    let decoding =
        "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
    let array = format!("{decoding} array into Go value of type map[string]interface {{}}");
    let number = format!("{decoding} number into Go value of type map[string]interface {{}}");
    let rows = [
        ("[]", 400, array.leak() as &str),
        ("3", 400, number.leak()),
        ("", 400, "invalid object type: /, Kind="),
        ("null", 400, "invalid object type: /, Kind="),
        ("{}", 400, "invalid object type: /, Kind="),
        (r#"{"apiVersion":"v1","kind":"Secret"}"#, 400, "invalid object type: /v1, Kind=Secret"),
        (r#"{"apiVersion":"v1","kind":"ConfigMap"}"#, 200, ""),
        (r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":""}}"#, 400, NAMELESS),
        ("a: b: c", 400, ""),
    ];
    let path = format!("{}?fieldManager=t", config_map(&c).await);
    each(&c, Method::PATCH, &path, APPLY, &rows).await;
}

async fn patch_cannot_take_the_name_away(c: Case) {
    let path = config_map(&c).await;
    let rows = [(r#"{"metadata":{"name":null}}"#, 400, NAMELESS)];
    each(&c, Method::PATCH, &path, MERGE, &rows).await;
    each(&c, Method::PATCH, &path, STRATEGIC, &rows).await;
    assert_eq!(c.read(&path).await["metadata"]["name"], "a");
}

async fn strategic_kind_does_not_count(c: Case) {
    let path = config_map(&c).await;
    let patch = json!({"apiVersion": "v2", "kind": "Secret", "data": {"x": "y"}});
    let after = c.admin.patch(STRATEGIC, &path, &patch).await.is(200);
    assert_eq!((&after["apiVersion"], &after["kind"]), (&json!("v1"), &json!("ConfigMap")));
    assert_eq!(after["data"], json!({"k": "v", "x": "y"}));
}

async fn strategic_puts_lists_in_order(c: Case) {
    let mut body = make::deployment("d", 0, make::IMAGE);
    let env = json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]);
    body["spec"]["template"]["spec"]["containers"][0]["env"] = env;
    c.create(&c.deployments(), &body).await;
    let path = format!("{}/d?dryRun=All", c.deployments());
    let named = |names: &str| -> Value {
        names.chars().map(|name| json!({"name": name.to_string(), "value": "3"})).collect()
    };
    for (items, order, wanted) in [
        ("C", "", "CAB"),
        ("CB", "", "CAB"),
        ("BC", "", "ABC"),
        ("AC", "", "ACB"),
        ("C", "BC", "ABC"),
        ("C", "CAB", "CAB"),
        ("", "BA", "BA"),
    ] {
        let mut container = json!({"name": "app"});
        if !items.is_empty() {
            container["env"] = named(items);
        }
        if !order.is_empty() {
            container["$setElementOrder/env"] = named(order);
        }
        let patch = json!({"spec": {"template": {"spec": {"containers": [container]}}}});
        let after = c.admin.patch(STRATEGIC, &path, &patch).await.is(200);
        let env = after["spec"]["template"]["spec"]["containers"][0]["env"].as_array().expect("env").clone();
        let names: String = env.iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(names, wanted, "{patch}");
    }
}

async fn strategic_list_that_was_not_there_needs_no_keys(c: Case) {
    let path = config_map(&c).await;
    let rows = [(r#"{"metadata":{"ownerReferences":[{}]}}"#, 422, "")];
    each(&c, Method::PATCH, &path, STRATEGIC, &rows).await;
}
