//! Quotas and limit ranges: admission, and how it shows in a rollout.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::Answer;
use crate::make;
use crate::until::until;

behaviours! { "limits":
    quota_counts_what_is_used,
    beyond_the_quota_is_403,
    quota_of_resources_needs_requests,
    deployment_beyond_the_quota_shows_it,
    quota_gives_back_what_is_deleted,
    limit_range_sets_defaults,
    limit_range_refuses_too_much,
}

/// A quota that is in force. Admission learns of it by its own watch, later
/// than the API shows it, and until then counts nothing and refuses nothing:
/// it knows the quota once a trial of what the quota leaves no room for is
/// refused.
async fn quota(c: &Case, mut hard: Value) {
    hard["count/leases.coordination.k8s.io"] = json!("0");
    let body = json!({"metadata": {"name": "q"}, "spec": {"hard": hard}});
    c.create(&c.core("resourcequotas"), &body).await;
    let trial = format!("{}?dryRun=All", c.group("coordination.k8s.io/v1", "leases"));
    let lease = make::lease("trial", "nobody");
    until("the quota is in force", async || {
        c.admin.post(&trial, &lease).await.which(|answer| answer.text.contains("exceeded quota: q"))
    })
    .await;
}

async fn used(c: &Case, what: &str, count: &str) {
    c.until("the use is counted", &c.core("resourcequotas/q"), |q| q["status"]["used"][what] == count).await;
}

async fn quota_counts_what_is_used(c: Case) {
    quota(&c, json!({"secrets": "5", "count/deployments.apps": "2"})).await;
    c.until("its status tells the bounds", &c.core("resourcequotas/q"), |q| {
        q["status"]["hard"]["secrets"] == "5" && q["status"]["hard"]["count/deployments.apps"] == "2"
    })
    .await;
    c.create(&c.core("secrets"), &json!({"metadata": {"name": "s"}})).await;
    c.create(&c.deployments(), &make::deployment("d", 0, make::IMAGE)).await;
    used(&c, "secrets", "1").await;
    used(&c, "count/deployments.apps", "1").await;
}

async fn beyond_the_quota_is_403(c: Case) {
    quota(&c, json!({"secrets": "1"})).await;
    c.create(&c.core("secrets"), &json!({"metadata": {"name": "one"}})).await;
    let refused = c.admin.post(&c.core("secrets"), &json!({"metadata": {"name": "two"}})).await;
    let message = "secrets \"two\" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1";
    refused.says(403, "Forbidden", message);
}

async fn quota_of_resources_needs_requests(c: Case) {
    quota(&c, json!({"requests.cpu": "1"})).await;
    let refused = c.admin.post(&c.core("pods"), &make::pod("p", make::IMAGE)).await;
    let message = "pods \"p\" is forbidden: failed quota: q: must specify requests.cpu for: app";
    refused.says(403, "Forbidden", message);
}

async fn deployment_beyond_the_quota_shows_it(c: Case) {
    quota(&c, json!({"pods": "1"})).await;
    c.create(&c.deployments(), &make::deployment("d", 2, make::IMAGE)).await;
    let failed = |d: &Value| {
        d["status"]["conditions"].as_array().is_some_and(|all| {
            all.iter().any(|one| {
                one["type"] == "ReplicaFailure" && one["status"] == "True" && one["reason"] == "FailedCreate"
            })
        })
    };
    let d = c.until("the failure is told", &format!("{}/d", c.deployments()), failed).await;
    let told = d["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .find(|one| one["type"] == "ReplicaFailure");
    let message = told.expect("ReplicaFailure")["message"].as_str().unwrap_or_default();
    assert!(
        message
            .ends_with("is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"),
        "{message}"
    );
    let path = c.core("events?fieldSelector=reason%3DFailedCreate,type%3DWarning");
    let list = c.until("there is an event", &path, |list| list["items"][0].is_object()).await;
    let message = list["items"][0]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("Error creating: pods \"d-"), "{message}");
}

async fn quota_gives_back_what_is_deleted(c: Case) {
    quota(&c, json!({"secrets": "1"})).await;
    c.create(&c.core("secrets"), &json!({"metadata": {"name": "one"}})).await;
    used(&c, "secrets", "1").await;
    c.admin.delete(&c.core("secrets/one")).await.is(200);
    used(&c, "secrets", "0").await;
    // Admission reads the use from its own watch too, where the deletion arrives a moment after
    // it is in the API; refusing until then is right (quota_evaluator.go, resource_access.go).
    let again = json!({"metadata": {"name": "two"}});
    until("there is room again", async || {
        let answer = c.admin.post(&c.core("secrets"), &again).await;
        if answer.status == 201 { Ok(()) } else { Err(answer.fails(403, "Forbidden").to_string()) }
    })
    .await;
}

async fn limit_range(c: &Case, limit: Value) {
    let body = json!({"metadata": {"name": "l"}, "spec": {"limits": [limit]}});
    c.create(&c.core("limitranges"), &body).await;
}

/// Admission reads limit ranges through its own watch: dry runs until it has.
async fn until_admission(c: &Case, wanted: impl Fn(&Answer) -> bool, pod: &Value) -> Answer {
    let trial = c.core("pods?dryRun=All");
    until("the limit range has its effect", async || c.admin.post(&trial, pod).await.which(&wanted)).await
}

async fn limit_range_sets_defaults(c: Case) {
    limit_range(
        &c,
        json!({"type": "Container", "default": {"cpu": "500m"}, "defaultRequest": {"cpu": "100m"}}),
    )
    .await;
    let has = |answer: &Answer| answer.text.contains("\"requests\":{\"cpu\":\"100m\"}");
    let pod = until_admission(&c, has, &make::pod("p", make::IMAGE)).await.is(201);
    let resources = json!({"limits": {"cpu": "500m"}, "requests": {"cpu": "100m"}});
    assert_eq!(pod["spec"]["containers"][0]["resources"], resources);
    assert_eq!(pod["status"]["qosClass"], "Burstable");
}

async fn limit_range_refuses_too_much(c: Case) {
    limit_range(&c, json!({"type": "Container", "max": {"cpu": "1"}})).await;
    let mut pod = make::pod("p", make::IMAGE);
    pod["spec"]["containers"][0]["resources"] = json!({"limits": {"cpu": "2"}});
    let refused = until_admission(&c, |answer| answer.status != 201, &pod).await;
    let message = "pods \"p\" is forbidden: maximum cpu usage per Container is 1, but limit is 2";
    refused.says(403, "Forbidden", message);
}
