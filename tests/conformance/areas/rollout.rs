//! Deployments: revisions, conditions, surge, pause, deadline, rollback.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{JSON_PATCH, MERGE, STRATEGIC};
use crate::make;

behaviours! { "rollout":
    becomes_available,
    conditions_say_so,
    replica_set_is_named_by_the_template_hash,
    pods_belong_to_the_replica_set,
    new_template_is_a_new_revision,
    label_change_is_no_revision,
    rollback_by_json_patch_gives_the_next_revision,
    rollback_remembers_the_old_number,
    history_is_pruned_to_the_limit,
    paused_starts_nothing,
    resume_carries_on,
    restart_annotation_replaces_pods,
    bad_image_keeps_the_old_pods,
    deadline_is_exceeded,
    deadline_recovers_after_rollback,
    recreate_never_overlaps,
    surge_is_bounded,
    scales_up_and_down,
    deleted_pod_is_replaced,
    events_tell_of_scaling,
    image_that_cannot_be_pulled_is_shown,
    crash_loop_is_shown,
    two_deployments_do_not_mix,
    same_template_twice_adopts_the_replica_set,
}

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

async fn replica_set_is_named_by_the_template_hash(c: Case) {
    let d = deployed(&c, 1).await;
    let set = &sets(&c).await[0];
    let hash = set["metadata"]["labels"]["pod-template-hash"].as_str().expect("a hash");
    assert_eq!(set["metadata"]["name"], format!("d-{hash}"));
    assert_eq!(set["spec"]["selector"]["matchLabels"], json!({"app": "d", "pod-template-hash": hash}));
    let owner = &set["metadata"]["ownerReferences"][0];
    let wanted = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "d", "uid": d["metadata"]["uid"],
        "controller": true, "blockOwnerDeletion": true});
    assert_eq!(*owner, wanted);
    assert_eq!(set["metadata"]["annotations"]["deployment.kubernetes.io/desired-replicas"], "1");
    assert_eq!(set["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"], "2");
}

async fn pods_belong_to_the_replica_set(c: Case) {
    deployed(&c, 1).await;
    let set = &sets(&c).await[0];
    let pod = &c.read(&c.core("pods")).await["items"][0];
    let name = set["metadata"]["name"].as_str().expect("a name");
    assert_eq!(pod["metadata"]["generateName"], format!("{name}-"));
    assert_eq!(pod["metadata"]["ownerReferences"][0]["uid"], set["metadata"]["uid"]);
    assert_eq!(
        pod["metadata"]["labels"]["pod-template-hash"],
        set["metadata"]["labels"]["pod-template-hash"]
    );
}

async fn new_template_is_a_new_revision(c: Case) {
    deployed(&c, 2).await;
    set_image(&c, OTHER).await;
    let d = settle(&c).await;
    assert_eq!(revision(&d), "2");
    let old = c
        .until("the old set is empty", &c.group("apps/v1", "replicasets"), |list| {
            list["items"].as_array().is_some_and(|all| {
                all.iter().any(|set| revision(set) == "1" && set["status"]["replicas"] == 0)
            })
        })
        .await;
    assert_eq!(old["items"].as_array().map(Vec::len), Some(2));
    let new = set_of_revision(&c, "2").await;
    assert_eq!(
        (&new["spec"]["replicas"], &new["spec"]["template"]["spec"]["containers"][0]["image"]),
        (&json!(2), &json!(OTHER))
    );
}

async fn label_change_is_no_revision(c: Case) {
    deployed(&c, 1).await;
    c.admin
        .patch(MERGE, &path(&c), &json!({"metadata": {"labels": {"x": "1"}}, "spec": {"minReadySeconds": 1}}))
        .await
        .is(200);
    let d = settle(&c).await;
    assert_eq!((revision(&d), sets(&c).await.len()), ("1", 1));
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

async fn rollback_by_json_patch_gives_the_next_revision(c: Case) {
    deployed(&c, 1).await;
    let first = sets(&c).await[0]["metadata"]["uid"].clone();
    set_image(&c, OTHER).await;
    settle(&c).await;
    roll_back(&c, "1").await;
    let d = c.until("it is revision 3", &path(&c), |d| revision(d) == "3" && done(d)).await;
    assert_eq!(d["spec"]["template"]["spec"]["containers"][0]["image"], make::IMAGE);
    let all = sets(&c).await;
    assert_eq!(all.len(), 2, "the old ReplicaSet is used again");
    assert_eq!(set_of_revision(&c, "3").await["metadata"]["uid"], first);
}

async fn rollback_remembers_the_old_number(c: Case) {
    deployed(&c, 1).await;
    set_image(&c, OTHER).await;
    settle(&c).await;
    roll_back(&c, "1").await;
    c.until("it is revision 3", &path(&c), |d| revision(d) == "3").await;
    let set = set_of_revision(&c, "3").await;
    assert_eq!(set["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"], "1");
}

async fn history_is_pruned_to_the_limit(c: Case) {
    let mut body = make::deployment("d", 1, make::IMAGE);
    body["spec"]["revisionHistoryLimit"] = json!(1);
    c.create(&c.deployments(), &body).await;
    settle(&c).await;
    for image in ["registry.k8s.io/pause:3.8", OTHER] {
        set_image(&c, image).await;
        settle(&c).await;
    }
    let pruned = |list: &Value| {
        let all = list["items"].as_array().expect("items");
        let mut left: Vec<_> = all.iter().map(revision).collect();
        left.sort_unstable();
        left == ["2", "3"]
    };
    c.until("one old revision is left", &c.group("apps/v1", "replicasets"), pruned).await;
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

/// `d` with two replicas, then an image that cannot be pulled.
async fn broken(c: &Case, deadline: u32) -> Value {
    let mut body = make::deployment("d", 2, make::IMAGE);
    body["spec"]["progressDeadlineSeconds"] = json!(deadline);
    body["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}});
    c.create(&c.deployments(), &body).await;
    settle(c).await;
    set_image(c, make::BROKEN).await;
    c.until("one new pod is tried", &path(c), |d| d["status"]["updatedReplicas"] == 1).await
}

async fn bad_image_keeps_the_old_pods(c: Case) {
    let d = broken(&c, 600).await;
    let status = &d["status"];
    assert_eq!((&status["availableReplicas"], &status["replicas"]), (&json!(2), &json!(3)));
    assert_eq!(status["unavailableReplicas"], 1);
    let progressing = condition(&d, "Progressing");
    assert!(
        progressing.1 == "ReplicaSetUpdated" || progressing.1 == "NewReplicaSetCreated",
        "{progressing:?}"
    );
    assert_eq!(condition(&d, "Available").0, "True");
}

async fn deadline_is_exceeded(c: Case) {
    broken(&c, 2).await;
    let late = |d: &Value| condition(d, "Progressing") == is("False", "ProgressDeadlineExceeded");
    let d = c.until("the deadline is exceeded", &path(&c), late).await;
    let set = set_of_revision(&c, "2").await["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let told = d["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .find(|one| one["type"] == "Progressing");
    assert_eq!(
        told.expect("Progressing")["message"],
        format!("ReplicaSet \"{set}\" has timed out progressing.")
    );
    assert_eq!(d["status"]["availableReplicas"], 2, "nothing is rolled back by itself");
}

async fn deadline_recovers_after_rollback(c: Case) {
    broken(&c, 2).await;
    c.until("the deadline is exceeded", &path(&c), |d| {
        condition(d, "Progressing").1 == "ProgressDeadlineExceeded"
    })
    .await;
    roll_back(&c, "1").await;
    let d = c
        .until("revision 3 is out", &path(&c), |d| {
            revision(d) == "3" && done(d) && condition(d, "Progressing").0 == "True"
        })
        .await;
    assert_eq!(condition(&d, "Progressing"), is("True", "NewReplicaSetAvailable"));
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

fn hash(object: &Value) -> String {
    object["metadata"]["labels"]["pod-template-hash"].as_str().expect("a hash").to_owned()
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

async fn waiting(c: &Case, pod: Value, reason: &str) -> Value {
    c.create(&c.core("pods"), &pod).await;
    let wanted = |pod: &Value| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == reason;
    c.until(reason, &c.core("pods/p"), wanted).await
}

async fn image_that_cannot_be_pulled_is_shown(c: Case) {
    let pod = waiting(&c, make::pod("p", make::BROKEN), "ImagePullBackOff").await;
    assert_eq!(pod["status"]["phase"], "Pending");
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!((&status["ready"], &status["restartCount"]), (&json!(false), &json!(0)));
    let message = status["state"]["waiting"]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with(&format!("Back-off pulling image \"{}\"", make::BROKEN)), "{message}");
}

async fn crash_loop_is_shown(c: Case) {
    // The tag is for fake kubelets, the command for real ones.
    let mut pod = make::pod("p", "docker.io/library/busybox:crash");
    pod["spec"]["containers"][0]["command"] = json!(["false"]);
    let pod = waiting(&c, pod, "CrashLoopBackOff").await;
    assert_eq!(pod["status"]["phase"], "Running");
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!((&status["ready"], &status["started"]), (&json!(false), &json!(false)));
    assert!(status["restartCount"].as_u64().is_some_and(|count| count >= 1), "{status}");
    let last = &status["lastState"]["terminated"];
    assert_eq!((&last["exitCode"], &last["reason"]), (&json!(1), &json!("Error")));
}

async fn two_deployments_do_not_mix(c: Case) {
    deployed(&c, 1).await;
    c.create(&c.deployments(), &make::deployment("e", 2, make::IMAGE)).await;
    c.until("the other is done", &format!("{}/e", c.deployments()), done).await;
    let pods = c.read(&format!("{}?labelSelector=app%3De", c.core("pods"))).await;
    assert_eq!(pods["items"].as_array().map(Vec::len), Some(2));
}

async fn same_template_twice_adopts_the_replica_set(c: Case) {
    deployed(&c, 1).await;
    let set = sets(&c).await[0]["metadata"]["uid"].clone();
    c.until_collector_knows(&c.group("apps/v1", "replicasets"), make::replica_set("last", 0)).await;
    c.admin.delete(&format!("{}?propagationPolicy=Orphan", path(&c))).await.is(200);
    c.until_gone(&path(&c)).await;
    let d = deployed(&c, 1).await;
    let all = sets(&c).await;
    assert_eq!((all.len(), &all[0]["metadata"]["uid"]), (1, &set));
    assert_eq!(all[0]["metadata"]["ownerReferences"][0]["uid"], d["metadata"]["uid"]);
}
