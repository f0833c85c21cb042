//! Merge, JSON and strategic-merge patches.

use http::Method;
use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{JSON_PATCH, MERGE, STRATEGIC};
use crate::make;

behaviours! { "patch":
    merge_sets_and_removes,
    merge_replaces_lists_whole,
    json_add_replace_remove_move_copy,
    json_test_success,
    json_test_failure_is_422,
    json_test_failure_changes_nothing,
    json_missing_path_is_422,
    json_escapes_in_paths,
    json_malformed_is_400,
    strategic_merges_containers_by_name,
    strategic_deletes_by_directive,
    strategic_replaces_by_directive,
    strategic_merges_maps_and_removes_null,
    strategic_primitive_lists,
    of_a_missing_object_is_404,
    unknown_type_is_415,
    without_a_change_keeps_the_version,
    stale_version_is_409,
    other_uid_is_422,
    invalid_result_is_422,
    name_cannot_change,
    dry_run_changes_nothing,
    managed_fields_name_the_manager,
    unknown_field_strict,
    racing_patches_both_land,
}

async fn cm(c: &Case, data: Value) -> String {
    c.create(&c.core("configmaps"), &make::config_map("a", data)).await;
    format!("{}/a", c.core("configmaps"))
}

async fn merge_sets_and_removes(c: Case) {
    let path = cm(&c, json!({"keep": "1", "drop": "2", "set": "3"})).await;
    let after =
        c.admin.patch(MERGE, &path, &json!({"data": {"drop": null, "set": "4", "new": "5"}})).await.is(200);
    assert_eq!(after["data"], json!({"keep": "1", "set": "4", "new": "5"}));
}

async fn deployment(c: &Case) -> String {
    let mut body = make::deployment("d", 0, make::IMAGE);
    body["spec"]["template"]["spec"]["containers"] = json!([
        {"name": "app", "image": make::IMAGE, "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
        {"name": "side", "image": "side:1"},
    ]);
    c.create(&c.deployments(), &body).await;
    format!("{}/d", c.deployments())
}

fn containers(d: &Value) -> Vec<(&str, &str)> {
    let all = d["spec"]["template"]["spec"]["containers"].as_array().expect("containers");
    all.iter()
        .map(|one| (one["name"].as_str().unwrap_or_default(), one["image"].as_str().unwrap_or_default()))
        .collect()
}

fn template(spec: Value) -> Value {
    json!({"spec": {"template": {"spec": spec}}})
}

async fn merge_replaces_lists_whole(c: Case) {
    let path = deployment(&c).await;
    let patch = template(json!({"containers": [{"name": "app", "image": "x:2"}]}));
    let after = c.admin.patch(MERGE, &path, &patch).await.is(200);
    assert_eq!(containers(&after), [("app", "x:2")]);
}

async fn json_add_replace_remove_move_copy(c: Case) {
    let path = cm(&c, json!({"a": "1", "b": "2", "m": "3"})).await;
    let patch = json!([
        {"op": "add", "path": "/data/new", "value": "n"},
        {"op": "replace", "path": "/data/a", "value": "11"},
        {"op": "remove", "path": "/data/b"},
        {"op": "move", "from": "/data/m", "path": "/data/moved"},
        {"op": "copy", "from": "/data/a", "path": "/data/copied"},
    ]);
    let after = c.admin.patch(JSON_PATCH, &path, &patch).await.is(200);
    assert_eq!(after["data"], json!({"a": "11", "new": "n", "moved": "3", "copied": "11"}));
}

async fn json_test_success(c: Case) {
    let made = c.create(&c.core("configmaps"), &make::config_map("a", json!({"k": "v"}))).await;
    let patch = json!([
        {"op": "test", "path": "/metadata/uid", "value": made["metadata"]["uid"]},
        {"op": "test", "path": "/data/k", "value": "v"},
        {"op": "replace", "path": "/data/k", "value": "w"},
    ]);
    let path = format!("{}/a", c.core("configmaps"));
    assert_eq!(c.admin.patch(JSON_PATCH, &path, &patch).await.is(200)["data"]["k"], "w");
}

async fn json_test_failure_is_422(c: Case) {
    let path = cm(&c, json!({"k": "v"})).await;
    let patch =
        json!([{"op": "test", "path": "/data/k", "value": "other"}, {"op": "remove", "path": "/data/k"}]);
    let refused = c.admin.patch(JSON_PATCH, &path, &patch).await;
    let status = refused.fails(422, "Invalid");
    assert_eq!(status["message"], "the server rejected our request due to an error in our request");
}

async fn json_test_failure_changes_nothing(c: Case) {
    let path = cm(&c, json!({"k": "v"})).await;
    let patch = json!([{"op": "replace", "path": "/data/k", "value": "w"}, {"op": "test", "path": "/data/k", "value": "v"}]);
    c.admin.patch(JSON_PATCH, &path, &patch).await.fails(422, "Invalid");
    assert_eq!(c.read(&path).await["data"]["k"], "v");
}

async fn json_missing_path_is_422(c: Case) {
    let path = cm(&c, json!({"k": "v"})).await;
    for op in [
        json!({"op": "remove", "path": "/data/none"}),
        json!({"op": "replace", "path": "/none/x", "value": "1"}),
        json!({"op": "add", "path": "/none/x", "value": "1"}),
        json!({"op": "test", "path": "/data/none", "value": "1"}),
    ] {
        c.admin.patch(JSON_PATCH, &path, &json!([op])).await.fails(422, "Invalid");
    }
}

async fn json_escapes_in_paths(c: Case) {
    let path = cm(&c, json!({"k": "v"})).await;
    let patch = json!([
        {"op": "add", "path": "/metadata/annotations", "value": {}},
        {"op": "add", "path": "/metadata/annotations/example.com~1a~0b", "value": "x"},
    ]);
    let refused = c.admin.patch(JSON_PATCH, &path, &patch).await;
    // "~" is not legal in an annotation key, so the message shows what was meant.
    let message = refused.fails(422, "Invalid")["message"].to_string();
    assert!(message.contains("example.com/a~b"), "{message}");
    let patch = json!([{"op": "add", "path": "/metadata/annotations", "value": {"example.com/a": "x"}},
        {"op": "replace", "path": "/metadata/annotations/example.com~1a", "value": "y"}]);
    let after = c.admin.patch(JSON_PATCH, &path, &patch).await.is(200);
    assert_eq!(after["metadata"]["annotations"], json!({"example.com/a": "y"}));
}

async fn json_malformed_is_400(c: Case) {
    let path = cm(&c, json!({"k": "v"})).await;
    for body in ["{}", "nonsense", "{\"op\":\"add\"}"] {
        let headers = [("content-type", JSON_PATCH)];
        c.admin.send(Method::PATCH, &path, &headers, body.as_bytes().to_vec()).await.fails(400, "BadRequest");
    }
}

async fn strategic_merges_containers_by_name(c: Case) {
    let path = deployment(&c).await;
    let patch = template(
        json!({"containers": [{"name": "side", "image": "side:2"}, {"name": "more", "image": "more:1"}]}),
    );
    let after = c.admin.patch(STRATEGIC, &path, &patch).await.is(200);
    let mut all = containers(&after);
    all.sort_unstable();
    assert_eq!(all, [("app", make::IMAGE), ("more", "more:1"), ("side", "side:2")]);
    let patch = template(json!({"containers": [{"name": "app", "env": [{"name": "B", "value": "9"}]}]}));
    let after = c.admin.patch(STRATEGIC, &path, &patch).await.is(200);
    let all = after["spec"]["template"]["spec"]["containers"].as_array().expect("containers");
    let app = all.iter().find(|one| one["name"] == "app").expect("app");
    assert_eq!(app["env"], json!([{"name": "A", "value": "1"}, {"name": "B", "value": "9"}]));
}

async fn strategic_deletes_by_directive(c: Case) {
    let path = deployment(&c).await;
    let patch = template(json!({"containers": [{"name": "side", "$patch": "delete"}]}));
    let after = c.admin.patch(STRATEGIC, &path, &patch).await.is(200);
    assert_eq!(containers(&after), [("app", make::IMAGE)]);
}

async fn strategic_replaces_by_directive(c: Case) {
    let path = deployment(&c).await;
    let patch = template(json!({"containers": [{"name": "only", "image": "x:1"}, {"$patch": "replace"}]}));
    let after = c.admin.patch(STRATEGIC, &path, &patch).await.is(200);
    assert_eq!(containers(&after), [("only", "x:1")]);
}

async fn strategic_merges_maps_and_removes_null(c: Case) {
    c.create(&c.core("configmaps"), &make::labelled("a", json!({"x": "1", "y": "2"}))).await;
    let path = format!("{}/a", c.core("configmaps"));
    let patch = json!({"metadata": {"labels": {"x": null, "z": "3"}}});
    let after = c.admin.patch(STRATEGIC, &path, &patch).await.is(200);
    assert_eq!(after["metadata"]["labels"], json!({"y": "2", "z": "3"}));
}

async fn strategic_primitive_lists(c: Case) {
    let body = json!({"metadata": {"name": "a", "finalizers": ["test.io/one", "test.io/two"]}});
    c.create(&c.core("configmaps"), &body).await;
    let path = format!("{}/a", c.core("configmaps"));
    let more = json!({"metadata": {"finalizers": ["test.io/three"]}});
    let after = c.admin.patch(STRATEGIC, &path, &more).await.is(200);
    let mut all: Vec<_> = after["metadata"]["finalizers"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    all.sort_unstable();
    assert_eq!(all, ["test.io/one", "test.io/three", "test.io/two"]);
    let fewer = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["test.io/one", "test.io/two", "test.io/three"]}});
    let after = c.admin.patch(STRATEGIC, &path, &fewer).await.is(200);
    assert!(after["metadata"].get("finalizers").is_none(), "{after}");
}

async fn of_a_missing_object_is_404(c: Case) {
    for (kind, body) in [(MERGE, json!({})), (STRATEGIC, json!({})), (JSON_PATCH, json!([]))] {
        let refused = c.admin.patch(kind, &format!("{}/a", c.core("configmaps")), &body).await;
        refused.says(404, "NotFound", "configmaps \"a\" not found");
    }
}

async fn unknown_type_is_415(c: Case) {
    let path = cm(&c, json!({})).await;
    let refused = c.admin.patch("application/json", &path, &json!({})).await;
    refused.says(415, "UnsupportedMediaType", "415: Unsupported Media Type");
}

async fn without_a_change_keeps_the_version(c: Case) {
    let made = c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    for (kind, body) in [
        (MERGE, json!({"data": {"k": "v"}})),
        (STRATEGIC, json!({})),
        (JSON_PATCH, json!([{"op": "replace", "path": "/data/k", "value": "v"}])),
    ] {
        let after = c.admin.patch(kind, &path, &body).await.is(200);
        assert_eq!(after["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"], "{kind}");
    }
}

async fn stale_version_is_409(c: Case) {
    let path = cm(&c, json!({"k": "v"})).await;
    let patch = json!({"metadata": {"resourceVersion": "1"}, "data": {"k": "w"}});
    let message = "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again";
    c.admin.patch(MERGE, &path, &patch).await.says(409, "Conflict", message);
}

async fn other_uid_is_422(c: Case) {
    let path = cm(&c, json!({"k": "v"})).await;
    let other = "00000000-0000-0000-0000-000000000000";
    let patch = json!({"metadata": {"uid": other}, "data": {"k": "w"}});
    let status = c.admin.patch(MERGE, &path, &patch).await.fails(422, "Invalid");
    let cause = &status["details"]["causes"][0];
    assert_eq!(cause["field"], "metadata.uid");
    assert_eq!(cause["message"], format!("Invalid value: \"{other}\": field is immutable"));
}

async fn invalid_result_is_422(c: Case) {
    let path = deployment(&c).await;
    let status = c.admin.patch(MERGE, &path, &json!({"spec": {"replicas": -1}})).await.fails(422, "Invalid");
    let message = "Deployment.apps \"d\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0";
    assert_eq!(status["message"], message);
}

async fn name_cannot_change(c: Case) {
    let path = cm(&c, json!({})).await;
    let status =
        c.admin.patch(MERGE, &path, &json!({"metadata": {"name": "b"}})).await.fails(400, "BadRequest");
    assert_eq!(status["message"], "the name of the object (b) does not match the name on the URL (a)");
}

async fn dry_run_changes_nothing(c: Case) {
    let path = cm(&c, json!({"k": "v"})).await;
    let dry = c.admin.patch(MERGE, &format!("{path}?dryRun=All"), &json!({"data": {"k": "w"}})).await.is(200);
    assert_eq!(dry["data"]["k"], "w");
    assert_eq!(c.read(&path).await["data"]["k"], "v");
}

async fn managed_fields_name_the_manager(c: Case) {
    let path = cm(&c, json!({"k": "v"})).await;
    let after = c
        .admin
        .patch(MERGE, &format!("{path}?fieldManager=patcher"), &json!({"data": {"k": "w"}}))
        .await
        .is(200);
    let managers = after["metadata"]["managedFields"].as_array().expect("managers");
    let patcher = managers.iter().find(|one| one["manager"] == "patcher").expect("the patcher");
    assert_eq!(
        (&patcher["operation"], &patcher["fieldsV1"]),
        (&json!("Update"), &json!({"f:data": {"f:k": {}}}))
    );
}

async fn unknown_field_strict(c: Case) {
    let path = deployment(&c).await;
    let patch = json!({"spec": {"replicaz": 1}});
    let refused = c.admin.patch(MERGE, &format!("{path}?fieldValidation=Strict"), &patch).await;
    let cause = &refused.fails(422, "Invalid")["details"]["causes"][0];
    assert_eq!(cause["field"], "patch");
    let message = cause["message"].as_str().unwrap_or_default();
    assert!(message.ends_with("strict decoding error: unknown field \"spec.replicaz\""), "{message}");
    let warned = c.admin.patch(MERGE, &path, &patch).await;
    assert_eq!(warned.header("warning"), "299 - \"unknown field \\\"spec.replicaz\\\"\"");
}

async fn racing_patches_both_land(c: Case) {
    let path = cm(&c, json!({})).await;
    let racers = (0..8).map(|n| {
        let (http, path) = (c.admin.clone(), path.clone());
        async move { http.patch(MERGE, &path, &json!({"data": {format!("k{n}"): "v"}})).await.status }
    });
    assert_eq!(futures::future::join_all(racers).await, [200; 8]);
    assert_eq!(c.read(&path).await["data"].as_object().map(serde_json::Map::len), Some(8));
}
