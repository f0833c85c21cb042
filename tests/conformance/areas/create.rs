//! Create: what the server adds, and what it refuses.

use http::Method;
use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::JSON;
use crate::make;

behaviours! { "create":
    server_fills_the_metadata,
    twice_is_409_already_exists,
    generate_name_adds_five_characters,
    without_a_name_is_422,
    bad_name_is_422,
    other_namespace_in_the_body_is_400,
    missing_namespace_is_404,
    terminating_namespace_is_403,
    with_a_resource_version_is_refused,
    clients_do_not_choose_uid_or_time,
    malformed_json_is_400,
    other_kind_is_400,
    wrong_type_is_400,
    yaml_is_accepted,
    unknown_content_type_is_415,
    body_without_content_type_is_json,
    too_large_body_is_413,
    unknown_field_strict_is_400,
    unknown_field_warns_by_default,
    unknown_field_ignored_on_request,
    duplicate_field_warns,
    field_validation_nonsense_is_refused,
    dry_run_persists_nothing,
    dry_run_nonsense_is_refused,
    dry_run_still_validates,
}

async fn server_fills_the_metadata(c: Case) {
    let made = c
        .admin
        .post(
            &format!("{}?fieldManager=tester", c.core("configmaps")),
            &make::config_map("a", json!({"k": "v"})),
        )
        .await
        .is(201);
    let meta = &made["metadata"];
    assert_eq!((&meta["name"], &meta["namespace"]), (&json!("a"), &json!(c.ns)));
    assert_eq!(meta["uid"].as_str().map(str::len), Some(36), "{meta}");
    assert!(meta["resourceVersion"].as_str().is_some_and(|rv| rv.parse::<u64>().is_ok()), "{meta}");
    let time = meta["creationTimestamp"].as_str().unwrap_or_default();
    assert!(time.len() == 20 && time.ends_with('Z'), "seconds, UTC: {time}");
    let manager = &meta["managedFields"][0];
    assert_eq!(
        (&manager["manager"], &manager["operation"], &manager["apiVersion"]),
        (&json!("tester"), &json!("Update"), &json!("v1"))
    );
    assert_eq!(manager["fieldsType"], "FieldsV1");
    assert_eq!(manager["fieldsV1"], json!({"f:data": {".": {}, "f:k": {}}}));
    assert_eq!((&made["kind"], &made["apiVersion"]), (&json!("ConfigMap"), &json!("v1")));
}

async fn twice_is_409_already_exists(c: Case) {
    c.config_map("a").await;
    let again = c.admin.post(&c.core("configmaps"), &make::config_map("a", json!({}))).await;
    let status = again.says(409, "AlreadyExists", "configmaps \"a\" already exists");
    assert_eq!(status["details"], json!({"name": "a", "kind": "configmaps"}));
}

async fn generate_name_adds_five_characters(c: Case) {
    let body = json!({"metadata": {"generateName": "gen-"}});
    let one = c.create(&c.core("configmaps"), &body).await;
    let two = c.create(&c.core("configmaps"), &body).await;
    let name = |made: &Value| made["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    assert_ne!(name(&one), name(&two));
    let tail = name(&one).strip_prefix("gen-").unwrap_or_default().to_owned();
    assert!(tail.len() == 5 && tail.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{tail}");
    assert_eq!(one["metadata"]["generateName"], "gen-");
}

async fn without_a_name_is_422(c: Case) {
    let refused = c.admin.post(&c.core("configmaps"), &json!({"data": {}})).await;
    let message =
        "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required";
    let status = refused.says(422, "Invalid", message);
    let cause = json!({"reason": "FieldValueRequired", "field": "metadata.name",
        "message": "Required value: name or generateName is required"});
    assert_eq!(status["details"]["causes"], json!([cause]));
    assert_eq!(status["details"]["kind"], "ConfigMap");
}

async fn bad_name_is_422(c: Case) {
    let refused = c.admin.post(&c.core("configmaps"), &make::config_map("Not_A_Name", json!({}))).await;
    let status = refused.fails(422, "Invalid");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("ConfigMap \"Not_A_Name\" is invalid: metadata.name: Invalid value: \"Not_A_Name\": a lowercase RFC 1123 subdomain must consist of"), "{message}");
    assert_eq!(status["details"]["causes"][0]["reason"], "FieldValueInvalid");
}

async fn other_namespace_in_the_body_is_400(c: Case) {
    let body = json!({"metadata": {"name": "a", "namespace": "default"}});
    let refused = c.admin.post(&c.core("configmaps"), &body).await;
    refused.says(
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
    );
}

async fn missing_namespace_is_404(c: Case) {
    let refused = c
        .admin
        .post("/api/v1/namespaces/no-such-namespace/configmaps", &make::config_map("a", json!({})))
        .await;
    refused.says(404, "NotFound", "namespaces \"no-such-namespace\" not found");
}

async fn terminating_namespace_is_403(c: Case) {
    let held = json!({"metadata": {"name": "held", "finalizers": ["quarterdeck.test/hold"]}});
    c.create(&c.core("configmaps"), &held).await;
    let path = format!("/api/v1/namespaces/{}", c.ns);
    c.admin.delete(&path).await.is(200);
    c.until("the namespace terminates", &path, |ns| ns["status"]["phase"] == "Terminating").await;
    let status = c
        .admin
        .post(&c.core("secrets"), &json!({"metadata": {"name": "late"}}))
        .await
        .fails(403, "Forbidden");
    let message = status["message"].as_str().unwrap_or_default();
    let wanted = format!(
        "secrets \"late\" is forbidden: unable to create new content in namespace {} because it is being terminated",
        c.ns
    );
    assert_eq!(message, wanted);
    assert_eq!(status["details"]["causes"][0]["reason"], "NamespaceTerminating", "{status}");
    let free = json!({"metadata": {"finalizers": null}});
    c.admin.patch(crate::http::MERGE, &format!("{}/held", c.core("configmaps")), &free).await.is(200);
    c.until_gone(&path).await;
}

async fn with_a_resource_version_is_refused(c: Case) {
    let body = json!({"metadata": {"name": "a", "resourceVersion": "5"}});
    let refused = c.admin.post(&c.core("configmaps"), &body).await;
    assert!(
        refused.text.contains("resourceVersion should not be set on objects to be created"),
        "{}",
        refused.text
    );
    assert!(refused.status >= 400, "{}", refused.status);
}

async fn clients_do_not_choose_uid_or_time(c: Case) {
    let body = json!({"metadata": {"name": "a", "uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z",
        "generation": 7, "selfLink": "/x", "deletionTimestamp": "2001-01-01T00:00:00Z"}});
    let made = c.create(&c.core("configmaps"), &body).await;
    assert_ne!(made["metadata"]["uid"], "mine");
    assert_ne!(made["metadata"]["creationTimestamp"], "2001-01-01T00:00:00Z");
    assert!(made["metadata"].get("deletionTimestamp").is_none(), "{made}");
}

async fn send(c: &Case, content_type: &str, body: &str) -> crate::http::Answer {
    let headers = [("content-type", content_type)];
    let headers = if content_type.is_empty() { &[][..] } else { &headers[..] };
    c.admin.send(Method::POST, &c.core("configmaps"), headers, body.as_bytes().to_vec()).await
}

async fn malformed_json_is_400(c: Case) {
    for body in ["{", "{\"kind\": ", "[]", "nonsense"] {
        let status = send(&c, JSON, body).await.fails(400, "BadRequest");
        assert!(status["message"].as_str().is_some_and(|text| !text.is_empty()), "{status}");
    }
}

async fn other_kind_is_400(c: Case) {
    let body = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}});
    let status = c.admin.post(&c.core("configmaps"), &body).await.fails(400, "BadRequest");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("Secret in version \"v1\" cannot be handled as a ConfigMap"), "{message}");
}

async fn wrong_type_is_400(c: Case) {
    let mut body = make::deployment("a", 1, make::IMAGE);
    body["spec"]["replicas"] = json!("three");
    let status = c.admin.post(&c.deployments(), &body).await.fails(400, "BadRequest");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field"), "{message}");
}

async fn yaml_is_accepted(c: Case) {
    let made = send(&c, "application/yaml", "metadata:\n  name: a\ndata:\n  k: \"1\"\n").await.is(201);
    assert_eq!(made["data"]["k"], "1");
}

async fn unknown_content_type_is_415(c: Case) {
    let status = send(&c, "text/csv", "a,b").await.fails(415, "UnsupportedMediaType");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("the body of the request was in an unknown format - accepted media types include: application/json"), "{message}");
}

async fn body_without_content_type_is_json(c: Case) {
    assert_eq!(send(&c, "", "{\"metadata\":{\"name\":\"a\"}}").await.is(201)["metadata"]["name"], "a");
}

async fn too_large_body_is_413(c: Case) {
    // Little more than the limit: of a body much longer Go reads no rest, and cuts the connection,
    // at times before the answer is read.
    let body = make::config_map("a", json!({"k": "x".repeat(3 << 20)}));
    let status = c.admin.post(&c.core("configmaps"), &body).await.fails(413, "RequestEntityTooLarge");
    assert_eq!(status["message"], "Request entity too large: limit is 3145728");
}

fn misspelt() -> Value {
    let mut body = make::deployment("a", 1, make::IMAGE);
    body["spec"]["replicaz"] = json!(3);
    body
}

async fn unknown_field_strict_is_400(c: Case) {
    let refused = c.admin.post(&format!("{}?fieldValidation=Strict", c.deployments()), &misspelt()).await;
    let message = "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replicaz\"";
    refused.says(400, "BadRequest", message);
}

async fn unknown_field_warns_by_default(c: Case) {
    let answer = c.admin.post(&c.deployments(), &misspelt()).await;
    assert_eq!(answer.header("warning"), "299 - \"unknown field \\\"spec.replicaz\\\"\"");
    assert!(answer.is(201)["spec"].get("replicaz").is_none());
}

async fn unknown_field_ignored_on_request(c: Case) {
    let answer = c.admin.post(&format!("{}?fieldValidation=Ignore", c.deployments()), &misspelt()).await;
    assert_eq!((answer.status, answer.header("warning")), (201, ""));
}

async fn duplicate_field_warns(c: Case) {
    let answer = send(&c, JSON, "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"1\",\"k\":\"2\"}}").await;
    assert_eq!(answer.header("warning"), "299 - \"duplicate field \\\"data.k\\\"\"");
    assert_eq!(answer.is(201)["data"]["k"], "2");
}

async fn field_validation_nonsense_is_refused(c: Case) {
    let refused = c
        .admin
        .post(&format!("{}?fieldValidation=Maybe", c.deployments()), &make::deployment("a", 1, make::IMAGE))
        .await;
    let status = refused.fails(422, "Invalid");
    assert_eq!(status["details"]["causes"][0]["field"], "fieldValidation", "{status}");
}

async fn dry_run_persists_nothing(c: Case) {
    let made = c
        .admin
        .post(&format!("{}?dryRun=All", c.core("configmaps")), &make::config_map("a", json!({"k": "v"})))
        .await
        .is(201);
    assert_eq!(
        made["metadata"]["uid"].as_str().map(str::len),
        Some(36),
        "the answer looks like the real one: {made}"
    );
    assert!(made["metadata"].get("resourceVersion").is_none(), "but it was never stored: {made}");
    c.admin.get(&format!("{}/a", c.core("configmaps"))).await.fails(404, "NotFound");
}

async fn dry_run_nonsense_is_refused(c: Case) {
    let refused = c
        .admin
        .post(&format!("{}?dryRun=Some", c.core("configmaps")), &make::config_map("a", json!({})))
        .await;
    let status = refused.fails(422, "Invalid");
    assert_eq!(status["details"]["causes"][0]["reason"], "FieldValueNotSupported", "{status}");
}

async fn dry_run_still_validates(c: Case) {
    let path = format!("{}?dryRun=All", c.core("configmaps"));
    c.admin.post(&path, &make::config_map("B_A_D", json!({}))).await.fails(422, "Invalid");
    c.config_map("a").await;
    c.admin.post(&path, &make::config_map("a", json!({}))).await.fails(409, "AlreadyExists");
}
