//! Requests of every wrong shape: what is refused, how, and what is taken all the same.

use http::Method;
use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{APPLY, JSON, JSON_PATCH, MERGE, STRATEGIC};
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
    names_refused,
    names_taken,
    volumes,
    base64,
    secrets_of_a_type_need_its_keys,
    config_map_key_in_both_parts,
    delete_options,
    nesting_beyond_reason_is_400,
    annotations_beyond_their_limit,
}

/// A body, and how it is answered; no message where it is the parser's own.
type Row = (&'static str, u16, &'static str);

/// Sends each body, which must be answered so.
async fn each(c: &Case, method: Method, path: &str, kind: &str, rows: &[Row]) {
    for (body, code, message) in rows {
        let headers = [("content-type", kind)];
        let answer = c.admin.send(method.clone(), path, &headers, body.as_bytes().to_vec()).await;
        let (status, text) = (answer.status, answer.text.clone());
        assert_eq!(status, *code, "{method} {kind} {body}: {text}");
        if !message.is_empty() {
            assert_eq!(answer.is(*code)["message"], *message, "{method} {kind} {body}");
        }
    }
}

async fn config_map(c: &Case) -> String {
    c.create(&c.core("configmaps"), &make::config_map("a", json!({"k": "v"}))).await;
    format!("{}/a", c.core("configmaps"))
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

/// Something of each kind whose names have rules of their own, but for the name.
fn kinds(c: &Case) -> Vec<(String, Value)> {
    let pod = json!({"containers": [{"name": "a", "image": "x:1"}], "restartPolicy": "Never"});
    let job = json!({"spec": {"template": {"spec": pod}}});
    vec![
        (c.core("configmaps"), json!({})),
        (c.core("services"), json!({"spec": {"ports": [{"port": 80}]}})),
        (c.group("batch/v1", "cronjobs"), json!({"spec": {"schedule": "* * * * *", "jobTemplate": job}})),
        (c.group("rbac.authorization.k8s.io/v1", "roles"), json!({})),
        (c.group("policy/v1", "poddisruptionbudgets"), json!({})),
        (c.core("events"), json!({"involvedObject": {"namespace": c.ns}})),
    ]
}

/// The answers to a name, in the order of [`kinds`].
async fn answers(c: &Case, name: &str) -> Vec<u16> {
    let mut all = Vec::new();
    for (path, mut body) in kinds(c) {
        body["metadata"] = json!({"name": name});
        all.push(c.admin.post(&format!("{path}?dryRun=All"), &body).await.status);
    }
    all
}

async fn names_refused(c: Case) {
    let (long, longer) = ("a".repeat(64), "a".repeat(254));
    for (name, wanted) in [
        ("A", [422, 422, 422, 201, 201, 201]),
        ("a_b", [422, 422, 422, 201, 201, 201]),
        ("-a", [422, 422, 422, 201, 201, 201]),
        ("a.b", [201, 422, 201, 201, 201, 201]),
        ("a/b", [422; 6]),
        ("a%b", [422; 6]),
        ("..", [422; 6]),
        ("ä", [422, 422, 422, 201, 201, 201]),
        (&long, [201, 422, 422, 201, 201, 201]),
        (&longer, [422, 422, 422, 201, 201, 201]),
    ] {
        assert_eq!(answers(&c, name).await, wanted, "{name}");
    }
}

async fn names_taken(c: Case) {
    for name in ["a", "1a", "a-b"] {
        assert_eq!(answers(&c, name).await, [201; 6], "{name}");
    }
}

async fn volumes(c: Case) {
    let more = "Forbidden: may not specify more than 1 volume type";
    for (volumes, complaint) in [
        (json!([{"name": "v"}]), String::new()),
        (
            json!([{"name": "v", "emptyDir": {}, "hostPath": {"path": "/x"}}]),
            format!("spec.volumes[0].hostPath: {more}"),
        ),
        (
            json!([{"name": "v", "configMap": {"name": "a"}, "secret": {"secretName": "a"}, "emptyDir": {}}]),
            format!("[spec.volumes[0].secret: {more}, spec.volumes[0].configMap: {more}]"),
        ),
        (
            json!([{"name": "v", "configMap": {}}]),
            "spec.volumes[0].configMap.name: Required value".to_owned(),
        ),
        (
            json!([{"name": "v", "secret": {}}]),
            "spec.volumes[0].secret.secretName: Required value".to_owned(),
        ),
        (
            json!([{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}]),
            "spec.volumes[1].name: Duplicate value: \"v\"".to_owned(),
        ),
        (json!([{"emptyDir": {}}]), "spec.volumes[0].name: Required value".to_owned()),
    ] {
        let mut pod = make::pod("p", make::IMAGE);
        pod["spec"]["volumes"] = volumes;
        let answer = c.admin.post(&format!("{}?dryRun=All", c.core("pods")), &pod).await;
        if complaint.is_empty() {
            answer.is(201);
        } else {
            answer.says(422, "Invalid", &format!("Pod \"p\" is invalid: {complaint}"));
        }
    }
}

async fn base64(c: Case) {
    let path = format!("{}?dryRun=All", c.core("secrets"));
    let bad = |at: usize| {
        format!(
            "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte {at}"
        )
    };
    for (data, at) in [("!!", 0), ("a", 0), ("YWJj!A==", 4)] {
        let body = json!({"metadata": {"name": "s"}, "data": {"k": data}});
        c.admin.post(&path, &body).await.says(400, "BadRequest", &bad(at));
    }
    let body = json!({"metadata": {"name": "s"}, "data": {"k": "YQ=\n="}});
    assert_eq!(c.admin.post(&path, &body).await.is(201)["data"], json!({"k": "YQ=="}));
    let patch = [(r#"{"binaryData":{"k":"!!"}}"#, 422, "")];
    each(&c, Method::PATCH, &config_map(&c).await, MERGE, &patch).await;
}

async fn secrets_of_a_type_need_its_keys(c: Case) {
    for (kind, complaint) in [
        ("kubernetes.io/tls", "[data[tls.crt]: Required value, data[tls.key]: Required value]"),
        ("kubernetes.io/dockerconfigjson", "data[.dockerconfigjson]: Required value"),
    ] {
        let body = json!({"metadata": {"name": "s"}, "type": kind, "data": {"k": "YQ=="}});
        let refused = c.admin.post(&c.core("secrets"), &body).await;
        refused.says(422, "Invalid", &format!("Secret \"s\" is invalid: {complaint}"));
    }
}

async fn config_map_key_in_both_parts(c: Case) {
    let body = json!({"metadata": {"name": "a"}, "data": {"k": "v"}, "binaryData": {"k": "YQ=="}});
    let refused = c.admin.post(&c.core("configmaps"), &body).await;
    let why = "data[k]: Invalid value: \"k\": duplicate of key present in binaryData";
    refused.says(422, "Invalid", &format!("ConfigMap \"a\" is invalid: {why}"));
}

async fn delete_options(c: Case) {
    let path = config_map(&c).await;
    let rows = [
        ("{", 400, ""),
        ("[]", 400, ""),
        (r#"{"kind":"Pod"}"#, 400, ""),
        (r#"{"gracePeriodSeconds":"x"}"#, 400, ""),
        (r#"{"gracePeriodSeconds":1.5}"#, 400, ""),
        (r#"{"propagationPolicy":3}"#, 400, ""),
        (r#"{"propagationPolicy":"x"}"#, 422, ""),
        (r#"{"preconditions":[]}"#, 400, ""),
        (r#"{"preconditions":{"uid":3}}"#, 400, ""),
        (r#"{"dryRun":"All"}"#, 400, ""),
        (
            r#"{"orphanDependents":true,"propagationPolicy":"Orphan"}"#,
            422,
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": \
             orphanDependents and deletionPropagation cannot be both set",
        ),
        (r#"{"preconditions":{"uid":"x"}}"#, 409, ""),
    ];
    each(&c, Method::DELETE, &path, JSON, &rows).await;
    c.read(&path).await;
}

async fn nesting_beyond_reason_is_400(c: Case) {
    for bracket in ["[", r#"{"a":"#] {
        let headers = [("content-type", JSON)];
        let deep = bracket.repeat(100_000).into_bytes();
        c.admin.send(Method::POST, &c.core("configmaps"), &headers, deep).await.fails(400, "BadRequest");
    }
}

async fn annotations_beyond_their_limit(c: Case) {
    let mut body = make::config_map("a", json!({}));
    body["metadata"]["annotations"] = json!({"a": "x".repeat(256 << 10)});
    let refused = c.admin.post(&c.core("configmaps"), &body).await;
    let why = "metadata.annotations: Too long: may not be more than 262144 bytes";
    refused.says(422, "Invalid", &format!("ConfigMap \"a\" is invalid: {why}"));
}
