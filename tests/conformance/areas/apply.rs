//! Server-side apply: ownership, conflicts, removal.

use http::Method;
use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{APPLY, Answer, MERGE};
use crate::make;

behaviours! { "apply":
    creates_with_201,
    records_who_owns_what,
    again_changes_nothing,
    removes_what_is_no_longer_applied,
    conflict_is_409_with_the_owner,
    conflict_with_an_update_names_the_version,
    force_takes_ownership,
    same_value_is_shared,
    shared_field_survives_one_owner_leaving,
    needs_a_field_manager,
    refuses_managed_fields,
    needs_kind_and_version,
    merges_lists_by_key,
    takes_yaml,
    stale_version_is_409,
    dry_run_reports_the_conflict,
    dry_run_creates_nothing,
    unknown_field_strict,
    status_is_owned_apart,
    force_is_only_for_apply,
}

fn body(data: Value) -> Value {
    make::config_map("a", data)
}

async fn apply(c: &Case, query: &str, data: Value) -> Answer {
    c.admin.patch(APPLY, &format!("{}/a?{query}", c.core("configmaps")), &body(data)).await
}

fn owner<'a>(object: &'a Value, manager: &str) -> &'a Value {
    let all = object["metadata"]["managedFields"].as_array().expect("managers");
    all.iter().find(|one| one["manager"] == manager).unwrap_or(&Value::Null)
}

async fn creates_with_201(c: Case) {
    let made = apply(&c, "fieldManager=one", json!({"k": "v"})).await.is(201);
    assert_eq!(made["data"]["k"], "v");
    apply(&c, "fieldManager=one", json!({"k": "w"})).await.is(200);
}

async fn records_who_owns_what(c: Case) {
    let made = apply(&c, "fieldManager=one", json!({"k": "v"})).await.is(201);
    let one = owner(&made, "one");
    assert_eq!((&one["operation"], &one["fieldsV1"]), (&json!("Apply"), &json!({"f:data": {"f:k": {}}})));
    assert!(one["time"].is_string());
}

async fn again_changes_nothing(c: Case) {
    let made = apply(&c, "fieldManager=one", json!({"k": "v"})).await.is(201);
    let again = apply(&c, "fieldManager=one", json!({"k": "v"})).await.is(200);
    assert_eq!(again["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
}

async fn removes_what_is_no_longer_applied(c: Case) {
    apply(&c, "fieldManager=one", json!({"a": "1", "b": "2"})).await.is(201);
    let path = format!("{}/a?fieldManager=other", c.core("configmaps"));
    c.admin.patch(MERGE, &path, &json!({"data": {"c": "3"}})).await.is(200);
    let after = apply(&c, "fieldManager=one", json!({"a": "1"})).await.is(200);
    assert_eq!(after["data"], json!({"a": "1", "c": "3"}), "what others own stays");
}

async fn conflict_is_409_with_the_owner(c: Case) {
    apply(&c, "fieldManager=one", json!({"k": "v"})).await.is(201);
    let refused = apply(&c, "fieldManager=two", json!({"k": "w"})).await;
    let status =
        refused.says(409, "Conflict", "Apply failed with 1 conflict: conflict with \"one\": .data.k");
    let cause =
        json!({"reason": "FieldManagerConflict", "message": "conflict with \"one\"", "field": ".data.k"});
    assert_eq!(status["details"]["causes"], json!([cause]));
}

async fn conflict_with_an_update_names_the_version(c: Case) {
    c.admin
        .post(&format!("{}?fieldManager=edit", c.core("configmaps")), &body(json!({"k": "v", "l": "v"})))
        .await
        .is(201);
    let status = apply(&c, "fieldManager=two", json!({"k": "w", "l": "w"})).await.fails(409, "Conflict");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("Apply failed with 2 conflicts: conflicts with \"edit\" using v1"),
        "{message}"
    );
    assert_eq!(status["details"]["causes"].as_array().map(Vec::len), Some(2));
}

async fn force_takes_ownership(c: Case) {
    apply(&c, "fieldManager=one", json!({"k": "v", "l": "v"})).await.is(201);
    let after = apply(&c, "fieldManager=two&force=true", json!({"k": "w"})).await.is(200);
    assert_eq!(after["data"]["k"], "w");
    assert_eq!(owner(&after, "two")["fieldsV1"], json!({"f:data": {"f:k": {}}}));
    assert_eq!(owner(&after, "one")["fieldsV1"], json!({"f:data": {"f:l": {}}}));
}

async fn same_value_is_shared(c: Case) {
    apply(&c, "fieldManager=one", json!({"k": "v"})).await.is(201);
    let after = apply(&c, "fieldManager=two", json!({"k": "v"})).await.is(200);
    for manager in ["one", "two"] {
        assert_eq!(owner(&after, manager)["fieldsV1"], json!({"f:data": {"f:k": {}}}), "{manager}");
    }
}

async fn shared_field_survives_one_owner_leaving(c: Case) {
    apply(&c, "fieldManager=one", json!({"k": "v", "x": "1"})).await.is(201);
    apply(&c, "fieldManager=two", json!({"k": "v"})).await.is(200);
    let after = apply(&c, "fieldManager=one", json!({"x": "1"})).await.is(200);
    assert_eq!(after["data"], json!({"k": "v", "x": "1"}));
}

async fn needs_a_field_manager(c: Case) {
    let status = apply(&c, "", json!({})).await.fails(422, "Invalid");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.contains("fieldManager: Required value: is required for apply patch"), "{message}");
}

async fn refuses_managed_fields(c: Case) {
    let mut given = body(json!({}));
    given["metadata"]["managedFields"] = json!([{"manager": "x", "operation": "Apply", "apiVersion": "v1"}]);
    let refused = c.admin.patch(APPLY, &format!("{}/a?fieldManager=one", c.core("configmaps")), &given).await;
    refused.says(400, "BadRequest", "metadata.managedFields must be nil");
}

async fn needs_kind_and_version(c: Case) {
    let path = format!("{}/a?fieldManager=one", c.core("configmaps"));
    let refused = c.admin.patch(APPLY, &path, &json!({"metadata": {"name": "a"}})).await;
    refused.fails(400, "BadRequest");
}

async fn merges_lists_by_key(c: Case) {
    let path = format!("{}/d", c.deployments());
    let mut full = make::deployment("d", 0, make::IMAGE);
    c.admin.patch(APPLY, &format!("{path}?fieldManager=one"), &full).await.is(201);
    full["spec"] = json!({"template": {"spec": {"containers": [{"name": "side", "image": "side:1"}]}}});
    full["metadata"] = json!({"name": "d"});
    let after = c.admin.patch(APPLY, &format!("{path}?fieldManager=two"), &full).await.is(200);
    let names: Vec<_> = after["spec"]["template"]["spec"]["containers"]
        .as_array()
        .expect("containers")
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["app", "side"]);
    let fields = &owner(&after, "two")["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"];
    assert_eq!(*fields, json!({"k:{\"name\":\"side\"}": {".": {}, "f:image": {}, "f:name": {}}}));
    full["spec"]["template"]["spec"]["containers"] = json!([]);
    let after = c.admin.patch(APPLY, &format!("{path}?fieldManager=two"), &full).await.is(200);
    assert_eq!(after["spec"]["template"]["spec"]["containers"].as_array().map(Vec::len), Some(1));
}

async fn takes_yaml(c: Case) {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: |\n    two\n    lines\n";
    let path = format!("{}/a?fieldManager=one", c.core("configmaps"));
    let made = c
        .admin
        .send(Method::PATCH, &path, &[("content-type", APPLY)], text.as_bytes().to_vec())
        .await
        .is(201);
    assert_eq!(made["data"]["k"], "two\nlines\n");
}

async fn stale_version_is_409(c: Case) {
    apply(&c, "fieldManager=one", json!({"k": "v"})).await.is(201);
    let mut given = body(json!({"k": "w"}));
    given["metadata"]["resourceVersion"] = json!("1");
    let refused = c.admin.patch(APPLY, &format!("{}/a?fieldManager=one", c.core("configmaps")), &given).await;
    refused.fails(409, "Conflict");
}

async fn dry_run_reports_the_conflict(c: Case) {
    apply(&c, "fieldManager=one", json!({"k": "v"})).await.is(201);
    apply(&c, "fieldManager=two&dryRun=All", json!({"k": "w"})).await.fails(409, "Conflict");
    let forced = apply(&c, "fieldManager=two&dryRun=All&force=true", json!({"k": "w"})).await.is(200);
    assert_eq!(forced["data"]["k"], "w");
    assert_eq!(c.read(&format!("{}/a", c.core("configmaps"))).await["data"]["k"], "v");
}

async fn dry_run_creates_nothing(c: Case) {
    apply(&c, "fieldManager=one&dryRun=All", json!({"k": "v"})).await.is(201);
    c.admin.get(&format!("{}/a", c.core("configmaps"))).await.fails(404, "NotFound");
}

async fn unknown_field_strict(c: Case) {
    let mut given = make::deployment("d", 0, make::IMAGE);
    given["spec"]["replicaz"] = json!(1);
    let path = format!("{}/d?fieldManager=one&fieldValidation=Strict", c.deployments());
    let refused = c.admin.patch(APPLY, &path, &given).await;
    assert!(
        refused.text.contains("field not declared in schema") || refused.text.contains("unknown field"),
        "{}",
        refused.text
    );
    assert!(matches!(refused.status, 400 | 500), "{}", refused.status);
}

async fn status_is_owned_apart(c: Case) {
    c.create(&c.deployments(), &make::deployment("d", 0, make::IMAGE)).await;
    let given = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "status": {"collisionCount": 3}});
    let path = format!("{}/d/status?fieldManager=one&force=true", c.deployments());
    let after = c.admin.patch(APPLY, &path, &given).await.is(200);
    assert_eq!(after["status"]["collisionCount"], 3);
    let one = owner(&after, "one");
    assert_eq!(
        (&one["subresource"], &one["fieldsV1"]),
        (&json!("status"), &json!({"f:status": {"f:collisionCount": {}}}))
    );
}

async fn force_is_only_for_apply(c: Case) {
    apply(&c, "fieldManager=one", json!({"k": "v"})).await.is(201);
    let path = format!("{}/a?force=true", c.core("configmaps"));
    let status = c.admin.patch(MERGE, &path, &json!({"data": {"k": "w"}})).await.fails(422, "Invalid");
    assert_eq!(status["details"]["causes"][0]["field"], "force", "{status}");
}
