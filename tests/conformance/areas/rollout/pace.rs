//! Deployments: how fast, how many at once, and when not at all.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{OTHER, condition, deployed, done, hash, is, path, revision, set_image, sets, settle};
use crate::behaviours;
use crate::case::Case;
use crate::http::{MERGE, STRATEGIC};
use crate::make;

behaviours! { "rollout":
    becomes_available,
    conditions_say_so,
    paused_starts_nothing,
    resume_carries_on,
    restart_annotation_replaces_pods,
    recreate_never_overlaps,
    surge_is_bounded,
    scales_up_and_down,
    deleted_pod_is_replaced,
    events_tell_of_scaling,
}

async fn becomes_available(c: Case) {
    let d = deployed(&c, 2).await;
    assert_eq!((&d["status"]["readyReplicas"], &d["status"]["availableReplicas"]), (&json!(2), &json!(2)));
    assert_eq!(revision(&d), "1");
    assert!(d["status"].get("unavailableReplicas").is_none(), "{}", d["status"]);
}

async fn conditions_say_so(c: Case) {
    deployed(&c, 1).await;
    let d = c
        .until("it is complete", &path(&c), |d| condition(d, "Progressing").1 == "NewReplicaSetAvailable")
        .await;
    assert_eq!(condition(&d, "Progressing"), is("True", "NewReplicaSetAvailable"));
    assert_eq!(condition(&d, "Available"), is("True", "MinimumReplicasAvailable"));
    let set = &sets(&c).await[0]["metadata"]["name"];
    let progressing = d["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .find(|one| one["type"] == "Progressing");
    let message = format!("ReplicaSet \"{}\" has successfully progressed.", set.as_str().unwrap_or_default());
    assert_eq!(progressing.expect("Progressing")["message"], message);
}

async fn paused_starts_nothing(c: Case) {
    deployed(&c, 1).await;
    c.admin.patch(MERGE, &path(&c), &json!({"spec": {"paused": true}})).await.is(200);
    c.until("the pause is told", &path(&c), |d| {
        condition(d, "Progressing") == is("Unknown", "DeploymentPaused")
    })
    .await;
    set_image(&c, OTHER).await;
    let seen = |d: &Value| d["status"]["observedGeneration"] == d["metadata"]["generation"];
    let d = c.until("the change is seen", &path(&c), seen).await;
    assert_eq!((revision(&d), sets(&c).await.len()), ("1", 1));
    assert!(d["status"].get("updatedReplicas").is_none(), "no pod has the new template: {}", d["status"]);
}

async fn resume_carries_on(c: Case) {
    deployed(&c, 1).await;
    c.admin.patch(MERGE, &path(&c), &json!({"spec": {"paused": true}})).await.is(200);
    set_image(&c, OTHER).await;
    c.admin.patch(MERGE, &path(&c), &json!({"spec": {"paused": null}})).await.is(200);
    let d = c.until("revision 2 is out", &path(&c), |d| revision(d) == "2" && done(d)).await;
    assert_ne!(condition(&d, "Progressing").1, "DeploymentPaused");
}

async fn restart_annotation_replaces_pods(c: Case) {
    deployed(&c, 1).await;
    let before = c.read(&c.core("pods")).await["items"][0]["metadata"]["uid"].clone();
    let now = json!({"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"});
    let patch = json!({"spec": {"template": {"metadata": {"annotations": now}}}});
    c.admin.patch(STRATEGIC, &path(&c), &patch).await.is(200);
    c.until("revision 2 is out", &path(&c), |d| revision(d) == "2" && done(d)).await;
    let replaced = |list: &Value| {
        list["items"].as_array().is_some_and(|all| all.len() == 1 && all[0]["metadata"]["uid"] != before)
    };
    c.until("the pod is another", &c.core("pods"), replaced).await;
}

/// Rolls out another image and shows every change of a collection on the way,
/// in order, first what is there already. Ends when `seen` says so.
async fn second_revision(c: &Case, collection: &str, mut seen: impl FnMut(&str, &Value) -> bool) {
    let list = c.read(collection).await;
    for item in list["items"].as_array().expect("items") {
        seen("ADDED", item);
    }
    let version = list["metadata"]["resourceVersion"].as_str().expect("a version");
    let mut watch = c.admin.watch(&format!("{collection}?watch=1&resourceVersion={version}")).await;
    set_image(c, OTHER).await;
    loop {
        let event = watch.next().await.expect("an event");
        if seen(event["type"].as_str().unwrap_or_default(), &event["object"]) {
            return;
        }
    }
}

/// By the pods themselves: the sums in a Deployment's status are of
/// ReplicaSets looked at at different times.
async fn recreate_never_overlaps(c: Case) {
    let mut body = make::deployment("d", 2, make::IMAGE);
    body["spec"]["strategy"] = json!({"type": "Recreate"});
    c.create(&c.deployments(), &body).await;
    settle(&c).await;
    let old = hash(&sets(&c).await[0]);
    let mut pods = BTreeMap::new();
    second_revision(&c, &c.core("pods"), |kind, pod| {
        let name = pod["metadata"]["name"].to_string();
        match kind {
            "DELETED" => pods.remove(&name),
            _ => pods.insert(name, hash(pod)),
        };
        let olds = pods.values().filter(|hash| **hash == old).count();
        assert!(pods.len() <= 2 && (olds == 0 || olds == pods.len()), "{kind} {pod}, then {pods:?}");
        olds == 0 && pods.len() == 2
    })
    .await;
}

/// By what the ReplicaSets are told to be and what they have: that is bounded,
/// pods that are about to end may be more.
async fn surge_is_bounded(c: Case) {
    let mut body = make::deployment("d", 4, make::IMAGE);
    body["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}});
    c.create(&c.deployments(), &body).await;
    settle(&c).await;
    let old = hash(&sets(&c).await[0]);
    let mut sets = BTreeMap::new();
    second_revision(&c, &c.group("apps/v1", "replicasets"), |_, set| {
        let count = |part: &str, field: &str| set[part][field].as_u64().unwrap_or(0);
        sets.insert(hash(set), (count("spec", "replicas"), count("status", "availableReplicas")));
        let asked: u64 = sets.values().map(|(asked, _)| asked).sum();
        let available: u64 = sets.values().map(|(_, available)| available).sum();
        assert!(asked <= 5 && available >= 3, "{sets:?}");
        sets.len() == 2 && sets[&old].0 == 0 && available == 4
    })
    .await;
}

async fn scales_up_and_down(c: Case) {
    deployed(&c, 1).await;
    for replicas in [3, 0, 2] {
        c.admin.patch(MERGE, &path(&c), &json!({"spec": {"replicas": replicas}})).await.is(200);
        let d = settle(&c).await;
        assert_eq!(revision(&d), "1");
        let gone = |list: &Value| list["items"].as_array().map(Vec::len) == Some(replicas);
        c.until("the pods are as many", &c.core("pods"), gone).await;
    }
}

async fn deleted_pod_is_replaced(c: Case) {
    deployed(&c, 1).await;
    let name =
        c.read(&c.core("pods")).await["items"][0]["metadata"]["name"].as_str().expect("a name").to_owned();
    c.admin.delete(&c.core(&format!("pods/{name}"))).await.is(200);
    let other = |list: &Value| {
        list["items"].as_array().is_some_and(|all| all.len() == 1 && all[0]["metadata"]["name"] != name)
    };
    c.until("another pod is there", &c.core("pods"), other).await;
    settle(&c).await;
}

async fn events_tell_of_scaling(c: Case) {
    deployed(&c, 2).await;
    let set = sets(&c).await[0]["metadata"]["name"].as_str().expect("a name").to_owned();
    let path = format!(
        "{}?fieldSelector=involvedObject.kind%3DDeployment,involvedObject.name%3Dd",
        c.core("events")
    );
    let list = c.until("there is an event", &path, |list| list["items"][0].is_object()).await;
    let event = &list["items"][0];
    assert_eq!((&event["reason"], &event["type"]), (&json!("ScalingReplicaSet"), &json!("Normal")));
    assert_eq!(event["message"], format!("Scaled up replica set {set} from 0 to 2"));
    assert_eq!(event["source"]["component"], "deployment-controller");
    let path = format!("{}?fieldSelector=reason%3DSuccessfulCreate", c.core("events"));
    c.until("the pods' creation is told", &path, |list| list["items"].as_array().map(Vec::len) == Some(2))
        .await;
}
