//! Subresources: status, scale, logs, binding, eviction with budgets.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{JSON_PATCH, MERGE, STRATEGIC};
use crate::make;

behaviours! { "parts":
    scale_is_read,
    scale_selector_is_text,
    scale_by_merge_patch,
    scale_by_replace,
    scale_stale_version_is_409,
    scale_negative_is_422,
    scale_of_a_missing_object_is_404,
    scale_by_json_patch_with_a_test,
    status_changes_only_the_status,
    status_get_is_the_whole_object,
    unknown_subresource_is_404,
    log_of_a_running_pod,
    log_tail_and_missing_container,
    log_of_a_missing_pod_is_404,
    eviction_without_a_budget,
    eviction_beyond_the_budget_is_429,
    eviction_within_the_budget,
    eviction_dry_run,
    budget_status_counts,
}

async fn deployment(c: &Case, replicas: u32) -> String {
    c.create(&c.deployments(), &make::deployment("d", replicas, make::IMAGE)).await;
    format!("{}/d", c.deployments())
}

async fn scale_is_read(c: Case) {
    let path = deployment(&c, 2).await;
    c.until("two are there", &format!("{path}/scale"), |scale| scale["status"]["replicas"] == 2).await;
    let scale = c.read(&format!("{path}/scale")).await;
    assert_eq!((&scale["kind"], &scale["apiVersion"]), (&json!("Scale"), &json!("autoscaling/v1")));
    assert_eq!((&scale["spec"]["replicas"], &scale["metadata"]["name"]), (&json!(2), &json!("d")));
    assert_eq!(scale["metadata"]["uid"], c.read(&path).await["metadata"]["uid"]);
}

async fn scale_selector_is_text(c: Case) {
    let mut body = make::deployment("d", 0, make::IMAGE);
    body["spec"]["selector"]["matchExpressions"] = json!([{"key": "tier", "operator": "Exists"}]);
    body["spec"]["template"]["metadata"]["labels"] = json!({"app": "d", "tier": "1"});
    c.create(&c.deployments(), &body).await;
    let scale = c.read(&format!("{}/d/scale", c.deployments())).await;
    assert_eq!(scale["status"]["selector"], "app=d,tier");
}

async fn scale_by_merge_patch(c: Case) {
    let path = deployment(&c, 1).await;
    let scale =
        c.admin.patch(MERGE, &format!("{path}/scale"), &json!({"spec": {"replicas": 3}})).await.is(200);
    assert_eq!((&scale["kind"], &scale["spec"]["replicas"]), (&json!("Scale"), &json!(3)));
    assert_eq!(c.read(&path).await["spec"]["replicas"], 3);
    c.until("three are ready", &path, |d| d["status"]["readyReplicas"] == 3).await;
}

async fn scale_by_replace(c: Case) {
    let path = deployment(&c, 1).await;
    let body = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "d", "namespace": c.ns}, "spec": {"replicas": 0}});
    assert_eq!(c.admin.put(&format!("{path}/scale"), &body).await.is(200)["spec"]["replicas"], json!(null));
    assert_eq!(c.read(&path).await["spec"]["replicas"], 0);
}

async fn scale_stale_version_is_409(c: Case) {
    let path = deployment(&c, 1).await;
    let patch = json!({"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 3}});
    let status = c.admin.patch(MERGE, &format!("{path}/scale"), &patch).await.fails(409, "Conflict");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(
        message.contains(
            "the object has been modified; please apply your changes to the latest version and try again"
        ),
        "{message}"
    );
    assert_eq!(c.read(&path).await["spec"]["replicas"], 1);
}

async fn scale_negative_is_422(c: Case) {
    let path = deployment(&c, 1).await;
    let status = c
        .admin
        .patch(MERGE, &format!("{path}/scale"), &json!({"spec": {"replicas": -1}}))
        .await
        .fails(422, "Invalid");
    assert_eq!(status["details"]["causes"][0]["field"], "spec.replicas", "{status}");
}

async fn scale_of_a_missing_object_is_404(c: Case) {
    let refused = c.admin.get(&format!("{}/nope/scale", c.deployments())).await;
    refused.says(404, "NotFound", "deployments.apps \"nope\" not found");
}

async fn scale_by_json_patch_with_a_test(c: Case) {
    let path = deployment(&c, 1).await;
    let patch = |from: u32| {
        json!([{"op": "test", "path": "/spec/replicas", "value": from},
        {"op": "replace", "path": "/spec/replicas", "value": 2}])
    };
    c.admin.patch(JSON_PATCH, &format!("{path}/scale"), &patch(7)).await.fails(422, "Invalid");
    c.admin.patch(JSON_PATCH, &format!("{path}/scale"), &patch(1)).await.is(200);
    assert_eq!(c.read(&path).await["spec"]["replicas"], 2);
}

async fn status_changes_only_the_status(c: Case) {
    let path = deployment(&c, 0).await;
    let patch = json!({"spec": {"replicas": 9}, "status": {"collisionCount": 4}});
    let after = c.admin.patch(MERGE, &format!("{path}/status"), &patch).await.is(200);
    assert_eq!((&after["spec"]["replicas"], &after["status"]["collisionCount"]), (&json!(0), &json!(4)));
}

async fn status_get_is_the_whole_object(c: Case) {
    let path = deployment(&c, 0).await;
    let status = c.read(&format!("{path}/status")).await;
    assert_eq!((&status["kind"], &status["spec"]["replicas"]), (&json!("Deployment"), &json!(0)));
}

async fn unknown_subresource_is_404(c: Case) {
    let path = deployment(&c, 0).await;
    let refused = c.admin.get(&format!("{path}/nothing")).await;
    refused.says(404, "NotFound", "the server could not find the requested resource");
}

async fn running(c: &Case, name: &str) -> String {
    c.create(&c.core("pods"), &make::pod(name, make::IMAGE)).await;
    let path = format!("{}/{name}", c.core("pods"));
    c.until("the pod is ready", &path, is_ready).await;
    path
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions.is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
}

async fn log_of_a_running_pod(c: Case) {
    let path = running(&c, "p").await;
    let answer = c.admin.get(&format!("{path}/log?limitBytes=4000")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.header("content-type").starts_with("text/plain"), "{:?}", answer.headers);
}

async fn log_tail_and_missing_container(c: Case) {
    let path = running(&c, "p").await;
    let tail = c.admin.get(&format!("{path}/log?tailLines=1")).await;
    assert!(tail.status == 200 && tail.text.lines().count() <= 1, "{}", tail.text);
    let refused = c.admin.get(&format!("{path}/log?container=nope")).await;
    refused.says(400, "BadRequest", "container nope is not valid for pod p");
    let refused = c.admin.get(&format!("{path}/log?tailLines=-1")).await;
    refused.fails(422, "Invalid");
}

async fn log_of_a_missing_pod_is_404(c: Case) {
    c.admin.get(&format!("{}/nope/log", c.core("pods"))).await.says(
        404,
        "NotFound",
        "pods \"nope\" not found",
    );
}

fn eviction(name: &str) -> Value {
    json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}})
}

async fn eviction_without_a_budget(c: Case) {
    let path = running(&c, "p").await;
    let done = c.admin.post(&format!("{path}/eviction"), &eviction("p")).await.is(201);
    assert_eq!((&done["kind"], &done["status"]), (&json!("Status"), &json!("Success")));
    c.until_gone(&path).await;
}

async fn budget(c: &Case, min: u32, allowed: u32) {
    let body = json!({"metadata": {"name": "b"}, "spec": {"minAvailable": min, "selector": {"matchLabels": {"app": "p"}}}});
    let path = c.group("policy/v1", "poddisruptionbudgets");
    c.create(&path, &body).await;
    let counted = |pdb: &Value| {
        pdb["status"]["observedGeneration"] == 1
            && pdb["status"]["currentHealthy"] == 1
            && pdb["status"]["disruptionsAllowed"] == allowed
    };
    c.until("the budget is counted", &format!("{path}/b"), counted).await;
}

async fn eviction_beyond_the_budget_is_429(c: Case) {
    let path = running(&c, "p").await;
    budget(&c, 1, 0).await;
    let refused = c.admin.post(&format!("{path}/eviction"), &eviction("p")).await;
    let status = refused.says(
        429,
        "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.",
    );
    let cause = json!({"reason": "DisruptionBudget", "message": "The disruption budget b needs 1 healthy pods and has 1 currently"});
    assert_eq!(status["details"]["causes"], json!([cause]));
    assert!(is_ready(&c.read(&path).await));
}

async fn eviction_within_the_budget(c: Case) {
    let path = running(&c, "p").await;
    budget(&c, 0, 1).await;
    c.admin.post(&format!("{path}/eviction"), &eviction("p")).await.is(201);
    c.until_gone(&path).await;
}

async fn eviction_dry_run(c: Case) {
    let path = running(&c, "p").await;
    let mut body = eviction("p");
    body["deleteOptions"] = json!({"dryRun": ["All"]});
    c.admin.post(&format!("{path}/eviction"), &body).await.is(201);
    assert!(c.read(&path).await["metadata"].get("deletionTimestamp").is_none());
}

async fn budget_status_counts(c: Case) {
    running(&c, "p").await;
    budget(&c, 1, 0).await;
    let pdb = c.read(&format!("{}/b", c.group("policy/v1", "poddisruptionbudgets"))).await;
    let status = &pdb["status"];
    assert_eq!((&status["expectedPods"], &status["desiredHealthy"]), (&json!(1), &json!(1)));
    let allowed = status["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .find(|one| one["type"] == "DisruptionAllowed");
    let allowed = allowed.expect("DisruptionAllowed");
    assert_eq!((&allowed["status"], &allowed["reason"]), (&json!("False"), &json!("InsufficientPods")));
    let wide = json!({"metadata": {"labels": {"app": "p"}}});
    c.admin.patch(STRATEGIC, &c.core("pods/p"), &wide).await.is(200);
}
