//! Replace: optimistic locking and what may not change.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::MERGE;
use crate::make;

behaviours! { "update":
    replaces_the_whole_object,
    stale_version_is_409,
    without_a_version_is_unconditional,
    without_a_change_keeps_the_version,
    of_a_missing_object_is_404,
    name_mismatch_is_400,
    other_uid_is_409,
    without_a_name_is_400,
    immutable_selector_is_422,
    immutable_config_map_is_422,
    immutable_metadata_is_kept,
    status_is_ignored_on_the_main_resource,
    generation_follows_the_spec_only,
    annotation_of_a_deployment_counts_for_its_generation,
    controller_catches_up_with_the_generation,
    secret_string_data_becomes_data,
    dry_run_changes_nothing,
    racing_updates_have_one_winner,
}

async fn replaces_the_whole_object(c: Case) {
    let made = c.create(&c.core("configmaps"), &make::labelled("a", json!({"x": "1"}))).await;
    let path = format!("{}/a", c.core("configmaps"));
    let after = c.admin.put(&path, &make::config_map("a", json!({"new": "1"}))).await.is(200);
    assert_eq!(after["data"], json!({"new": "1"}));
    assert!(after["metadata"].get("labels").is_none(), "{after}");
    for kept in ["uid", "creationTimestamp", "name", "namespace"] {
        assert_eq!(after["metadata"][kept], made["metadata"][kept], "{kept}");
    }
    assert_ne!(after["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
}

async fn stale_version_is_409(c: Case) {
    let mut stale = c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    c.admin.put(&path, &make::config_map("a", json!({"k": "2"}))).await.is(200);
    stale["data"]["k"] = json!("3");
    let message = "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again";
    let status = c.admin.put(&path, &stale).await.says(409, "Conflict", message);
    assert_eq!(status["details"], json!({"name": "a", "kind": "configmaps"}));
}

async fn without_a_version_is_unconditional(c: Case) {
    c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    for value in ["2", "3"] {
        let after = c.admin.put(&path, &make::config_map("a", json!({"k": value}))).await.is(200);
        assert_eq!(after["data"]["k"], value);
    }
}

async fn without_a_change_keeps_the_version(c: Case) {
    let made = c.config_map("a").await;
    let after = c.admin.put(&format!("{}/a", c.core("configmaps")), &made).await.is(200);
    assert_eq!(after["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
}

async fn of_a_missing_object_is_404(c: Case) {
    let refused =
        c.admin.put(&format!("{}/a", c.core("configmaps")), &make::config_map("a", json!({}))).await;
    refused.says(404, "NotFound", "configmaps \"a\" not found");
}

async fn name_mismatch_is_400(c: Case) {
    c.config_map("a").await;
    let refused =
        c.admin.put(&format!("{}/a", c.core("configmaps")), &make::config_map("b", json!({}))).await;
    refused.says(400, "BadRequest", "the name of the object (b) does not match the name on the URL (a)");
}

async fn other_uid_is_409(c: Case) {
    let made = c.config_map("a").await;
    let mut body = make::config_map("a", json!({}));
    body["metadata"]["uid"] = json!("00000000-0000-0000-0000-000000000000");
    let uid = made["metadata"]["uid"].as_str().expect("a uid");
    let message = format!(
        "Operation cannot be fulfilled on configmaps \"a\": StorageError: invalid object, Code: 4, Key: /registry/configmaps/{}/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: 00000000-0000-0000-0000-000000000000, UID in object meta: {uid}",
        c.ns
    );
    c.admin.put(&format!("{}/a", c.core("configmaps")), &body).await.says(409, "Conflict", &message);
}

async fn without_a_name_is_400(c: Case) {
    c.config_map("a").await;
    let refused = c.admin.put(&format!("{}/a", c.core("configmaps")), &json!({"data": {}})).await;
    let message = refused.fails(400, "BadRequest")["message"].to_string();
    assert!(message.contains("name must be provided"), "{message}");
}

async fn immutable_selector_is_422(c: Case) {
    c.create(&c.deployments(), &make::deployment("a", 0, make::IMAGE)).await;
    let mut other = make::deployment("a", 0, make::IMAGE);
    other["spec"]["selector"]["matchLabels"] = json!({"app": "b"});
    other["spec"]["template"]["metadata"]["labels"] = json!({"app": "b"});
    let status = c.admin.put(&format!("{}/a", c.deployments()), &other).await.fails(422, "Invalid");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("Deployment.apps \"a\" is invalid: spec.selector: Invalid value: "),
        "{message}"
    );
    assert!(message.ends_with(": field is immutable"), "{message}");
}

async fn immutable_config_map_is_422(c: Case) {
    let mut body = make::config_map("a", json!({"k": "v"}));
    body["immutable"] = json!(true);
    c.create(&c.core("configmaps"), &body).await;
    body["data"]["k"] = json!("w");
    let status = c.admin.put(&format!("{}/a", c.core("configmaps")), &body).await.fails(422, "Invalid");
    let message = status["message"].as_str().unwrap_or_default();
    assert_eq!(
        message,
        "ConfigMap \"a\" is invalid: data: Forbidden: field is immutable when `immutable` is set"
    );
}

async fn immutable_metadata_is_kept(c: Case) {
    let made = c.config_map("a").await;
    let mut body = made.clone();
    body["metadata"]["creationTimestamp"] = json!("2001-01-01T00:00:00Z");
    let after = c.admin.put(&format!("{}/a", c.core("configmaps")), &body).await.is(200);
    assert_eq!(after["metadata"]["creationTimestamp"], made["metadata"]["creationTimestamp"]);
}

async fn status_is_ignored_on_the_main_resource(c: Case) {
    let mut body = make::deployment("a", 0, make::IMAGE);
    body["status"] = json!({"replicas": 77});
    let made = c.create(&c.deployments(), &body).await;
    assert_ne!(made["status"]["replicas"], 77);
    let after = c.admin.put(&format!("{}/a", c.deployments()), &body).await.is(200);
    assert_ne!(after["status"]["replicas"], 77);
}

async fn settled(c: &Case) -> String {
    let path = format!("{}/a", c.deployments());
    let made = c.create(&c.deployments(), &make::deployment("a", 0, make::IMAGE)).await;
    assert_eq!(made["metadata"]["generation"], 1);
    c.until("it is observed", &path, |d| d["status"]["observedGeneration"] == 1).await;
    path
}

async fn generation_follows_the_spec_only(c: Case) {
    let path = settled(&c).await;
    let label = json!({"metadata": {"labels": {"x": "1"}}});
    assert_eq!(c.admin.patch(MERGE, &path, &label).await.is(200)["metadata"]["generation"], 1);
    let spec = json!({"spec": {"paused": true}});
    assert_eq!(c.admin.patch(MERGE, &path, &spec).await.is(200)["metadata"]["generation"], 2);
    let status = json!({"status": {"collisionCount": 1}});
    let after = c.admin.patch(MERGE, &format!("{path}/status"), &status).await.is(200);
    assert_eq!(after["metadata"]["generation"], 2);
}

async fn annotation_of_a_deployment_counts_for_its_generation(c: Case) {
    let path = settled(&c).await;
    let annotation = json!({"metadata": {"annotations": {"x": "1"}}});
    assert_eq!(c.admin.patch(MERGE, &path, &annotation).await.is(200)["metadata"]["generation"], 2);
}

async fn controller_catches_up_with_the_generation(c: Case) {
    let path = format!("{}/a", c.deployments());
    c.create(&c.deployments(), &make::deployment("a", 0, make::IMAGE)).await;
    let observed = |d: &Value| d["status"]["observedGeneration"] == d["metadata"]["generation"];
    c.until("generation 1 is observed", &path, observed).await;
    c.admin.put(&path, &make::deployment("a", 1, make::IMAGE)).await.is(200);
    let after = c.until("generation 2 is observed", &path, observed).await;
    assert_eq!(after["metadata"]["generation"], 2);
}

async fn secret_string_data_becomes_data(c: Case) {
    let made =
        c.create(&c.core("secrets"), &json!({"metadata": {"name": "a"}, "stringData": {"k": "hello"}})).await;
    assert_eq!((&made["data"]["k"], &made["type"]), (&json!("aGVsbG8="), &json!("Opaque")));
    assert!(made.get("stringData").is_none(), "{made}");
}

async fn dry_run_changes_nothing(c: Case) {
    let made = c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    let dry =
        c.admin.put(&format!("{path}?dryRun=All"), &make::config_map("a", json!({"k": "2"}))).await.is(200);
    assert_eq!(dry["data"]["k"], "2");
    let after = c.read(&path).await;
    assert_eq!(
        (&after["data"], &after["metadata"]["resourceVersion"]),
        (&made["data"], &made["metadata"]["resourceVersion"])
    );
}

async fn racing_updates_have_one_winner(c: Case) {
    let made = c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    let racers = (0..8).map(|n| {
        let (mut body, path, http) = (made.clone(), path.clone(), c.admin.clone());
        body["data"]["k"] = json!(n.to_string());
        async move { http.put(&path, &body).await.status }
    });
    let mut ends = futures::future::join_all(racers).await;
    ends.sort_unstable();
    assert_eq!(ends, [200, 409, 409, 409, 409, 409, 409, 409]);
}
