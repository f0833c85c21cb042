//! Deployments: what all behaviours of rollouts share.

pub(super) mod pace;
pub(super) mod revisions;
pub(super) mod trouble;

use serde_json::{Value, json};

use crate::case::Case;
use crate::http::{JSON_PATCH, STRATEGIC};
use crate::make;

fn path(c: &Case) -> String {
    format!("{}/d", c.deployments())
}

fn done(d: &Value) -> bool {
    let (spec, status) = (&d["spec"], &d["status"]);
    let all = |field: &str| status[field].as_u64().unwrap_or(0) == spec["replicas"].as_u64().unwrap_or(0);
    status["observedGeneration"] == d["metadata"]["generation"]
        && ["replicas", "updatedReplicas", "availableReplicas"].into_iter().all(all)
}

async fn settle(c: &Case) -> Value {
    c.until("the rollout is done", &path(c), done).await
}

/// A finished Deployment `d`.
async fn deployed(c: &Case, replicas: u32) -> Value {
    c.create(&c.deployments(), &make::deployment("d", replicas, make::IMAGE)).await;
    settle(c).await
}

async fn set_image(c: &Case, image: &str) {
    let patch = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}});
    c.admin.patch(STRATEGIC, &path(c), &patch).await.is(200);
}

const OTHER: &str = "registry.k8s.io/pause:3.9";

async fn sets(c: &Case) -> Vec<Value> {
    let list = c.read(&c.group("apps/v1", "replicasets")).await;
    list["items"].as_array().expect("items").clone()
}

fn revision(object: &Value) -> &str {
    object["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str().unwrap_or_default()
}

async fn set_of_revision(c: &Case, wanted: &str) -> Value {
    let found = sets(c).await.into_iter().find(|set| revision(set) == wanted);
    found.unwrap_or_else(|| panic!("no ReplicaSet of revision {wanted}"))
}

fn condition(d: &Value, kind: &str) -> (String, String) {
    let all = d["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = all.iter().find(|one| one["type"] == kind).cloned().unwrap_or_default();
    let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
    (text("status"), text("reason"))
}

fn is(status: &str, reason: &str) -> (String, String) {
    (status.to_owned(), reason.to_owned())
}

/// As the console does it: test what was seen, then replace the template.
async fn roll_back(c: &Case, to: &str) {
    let d = c.read(&path(c)).await;
    let mut template = set_of_revision(c, to).await["spec"]["template"].clone();
    template["metadata"]["labels"].as_object_mut().expect("labels").remove("pod-template-hash");
    let patch = json!([
        {"op": "test", "path": "/metadata/uid", "value": d["metadata"]["uid"]},
        {"op": "test", "path": "/spec/template", "value": d["spec"]["template"]},
        {"op": "replace", "path": "/spec/template", "value": template},
    ]);
    c.admin.patch(JSON_PATCH, &path(c), &patch).await.is(200);
}

fn hash(object: &Value) -> String {
    object["metadata"]["labels"]["pod-template-hash"].as_str().expect("a hash").to_owned()
}
