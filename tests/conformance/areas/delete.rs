//! Delete: preconditions, finalizers, propagation, collections.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::MERGE;
use crate::make;

behaviours! { "delete":
    answers_with_a_status,
    twice_is_404,
    other_uid_is_409,
    other_version_is_409,
    right_preconditions_delete,
    dry_run_deletes_nothing,
    finalizer_holds_the_object,
    finalizers_cannot_be_added_while_deleting,
    pod_has_a_grace_period,
    pod_without_grace_goes_at_once,
    background_removes_dependents_later,
    foreground_removes_dependents_first,
    orphan_keeps_dependents,
    propagation_nonsense_is_422,
    garbage_without_an_owner_is_collected,
    owner_in_another_namespace_does_not_count,
    collection_by_label,
    collection_of_nothing,
    namespace_takes_everything_with_it,
    options_as_query_parameters,
}

async fn answers_with_a_status(c: Case) {
    let made = c.config_map("a").await;
    let status = c.admin.delete(&format!("{}/a", c.core("configmaps"))).await.is(200);
    assert_eq!((&status["kind"], &status["status"]), (&json!("Status"), &json!("Success")));
    let details = json!({"name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"]});
    assert_eq!(status["details"], details);
}

async fn twice_is_404(c: Case) {
    c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    c.admin.delete(&path).await.is(200);
    c.admin.delete(&path).await.says(404, "NotFound", "configmaps \"a\" not found");
}

fn if_uid(uid: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}})
}

async fn other_uid_is_409(c: Case) {
    let made = c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    let other = "00000000-0000-0000-0000-000000000000";
    let status = c.admin.delete_with(&path, &if_uid(&json!(other))).await.fails(409, "Conflict");
    let message = status["message"].as_str().unwrap_or_default();
    let uid = made["metadata"]["uid"].as_str().expect("a uid");
    let wanted = format!(
        "Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition ({other}) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
    );
    assert_eq!(message, wanted);
    c.read(&path).await;
}

async fn other_version_is_409(c: Case) {
    c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    let options = json!({"preconditions": {"resourceVersion": "1"}});
    let status = c.admin.delete_with(&path, &options).await.fails(409, "Conflict");
    let message = status["message"].as_str().unwrap_or_default();
    let wanted = "Operation cannot be fulfilled on ConfigMap \"a\": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (";
    assert!(message.starts_with(wanted), "{message}");
}

async fn right_preconditions_delete(c: Case) {
    let made = c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    c.admin.delete_with(&path, &if_uid(&made["metadata"]["uid"])).await.is(200);
    c.until_gone(&path).await;
}

async fn dry_run_deletes_nothing(c: Case) {
    c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    c.admin.delete(&format!("{path}?dryRun=All")).await.is(200);
    c.admin.delete_with(&path, &json!({"dryRun": ["All"]})).await.is(200);
    assert!(c.read(&path).await["metadata"].get("deletionTimestamp").is_none());
}

async fn held(c: &Case) -> String {
    let body = json!({"metadata": {"name": "a", "finalizers": ["quarterdeck.test/hold"]}});
    c.create(&c.core("configmaps"), &body).await;
    format!("{}/a", c.core("configmaps"))
}

async fn finalizer_holds_the_object(c: Case) {
    let path = held(&c).await;
    let answer = c.admin.delete(&path).await.is(200);
    assert_eq!(answer["kind"], "ConfigMap", "the object itself, as it waits: {answer}");
    let waiting = c.read(&path).await;
    assert!(waiting["metadata"]["deletionTimestamp"].is_string(), "{waiting}");
    assert_eq!(waiting["metadata"]["deletionGracePeriodSeconds"], 0);
    c.admin.patch(MERGE, &path, &json!({"metadata": {"finalizers": null}})).await.is(200);
    c.admin.get(&path).await.fails(404, "NotFound");
}

async fn finalizers_cannot_be_added_while_deleting(c: Case) {
    let path = held(&c).await;
    c.admin.delete(&path).await.is(200);
    let more = json!({"metadata": {"finalizers": ["quarterdeck.test/hold", "quarterdeck.test/more"]}});
    let status = c.admin.patch(MERGE, &path, &more).await.fails(422, "Invalid");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.contains("metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"quarterdeck.test/more\"}"), "{message}");
    c.admin.patch(MERGE, &path, &json!({"metadata": {"finalizers": null}})).await.is(200);
}

async fn running_pod(c: &Case) -> String {
    c.create(&c.core("pods"), &make::pod("p", make::IMAGE)).await;
    let path = format!("{}/p", c.core("pods"));
    c.until("the pod runs", &path, |pod| pod["status"]["phase"] == "Running").await;
    path
}

async fn pod_has_a_grace_period(c: Case) {
    let path = running_pod(&c).await;
    let answer = c.admin.delete(&path).await.is(200);
    assert_eq!(answer["kind"], "Pod");
    assert_eq!(answer["metadata"]["deletionGracePeriodSeconds"], 30);
    assert!(answer["metadata"]["deletionTimestamp"].is_string());
    c.until_gone(&path).await;
}

async fn pod_without_grace_goes_at_once(c: Case) {
    let path = running_pod(&c).await;
    c.admin.delete_with(&path, &json!({"gracePeriodSeconds": 0})).await.is(200);
    c.admin.get(&path).await.fails(404, "NotFound");
}

/// A Deployment with one ReplicaSet; the path of the latter.
async fn family(c: &Case) -> (String, String) {
    c.create(&c.deployments(), &make::deployment("d", 1, make::IMAGE)).await;
    let sets = c.group("apps/v1", "replicasets");
    let list = c.until("there is a ReplicaSet", &sets, |list| list["items"][0].is_object()).await;
    let name = list["items"][0]["metadata"]["name"].as_str().expect("a name").to_owned();
    c.until_collector_knows(&sets, make::replica_set("last", 0)).await;
    (format!("{}/d", c.deployments()), format!("{sets}/{name}"))
}

async fn background_removes_dependents_later(c: Case) {
    let (deployment, set) = family(&c).await;
    c.admin.delete_with(&deployment, &json!({"propagationPolicy": "Background"})).await.is(200);
    c.admin.get(&deployment).await.fails(404, "NotFound");
    c.until_gone(&set).await;
    c.until("the pods are gone", &c.core("pods"), |list| list["items"] == json!([])).await;
}

async fn foreground_removes_dependents_first(c: Case) {
    let (deployment, set) = family(&c).await;
    // Held, so that the moment in between can be seen.
    c.admin.patch(MERGE, &set, &json!({"metadata": {"finalizers": ["quarterdeck.test/hold"]}})).await.is(200);
    c.admin.delete_with(&deployment, &json!({"propagationPolicy": "Foreground"})).await.is(200);
    let waiting = c.read(&deployment).await;
    assert_eq!(waiting["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    c.until("the dependent is being deleted", &set, |set| set["metadata"]["deletionTimestamp"].is_string())
        .await;
    c.read(&deployment).await;
    c.admin.patch(MERGE, &set, &json!({"metadata": {"finalizers": null}})).await.is(200);
    c.until_gone(&set).await;
    c.until_gone(&deployment).await;
}

async fn orphan_keeps_dependents(c: Case) {
    let (deployment, set) = family(&c).await;
    c.admin.delete_with(&deployment, &json!({"propagationPolicy": "Orphan"})).await.is(200);
    c.until_gone(&deployment).await;
    let orphan = c.read(&set).await;
    assert!(orphan["metadata"].get("ownerReferences").is_none(), "{orphan}");
    assert!(orphan["metadata"].get("deletionTimestamp").is_none(), "{orphan}");
}

async fn propagation_nonsense_is_422(c: Case) {
    c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    let status =
        c.admin.delete_with(&path, &json!({"propagationPolicy": "Maybe"})).await.fails(422, "Invalid");
    assert_eq!(status["details"]["causes"][0]["field"], "propagationPolicy", "{status}");
}

fn owned(name: &str, owner: &str, uid: &Value) -> Value {
    json!({"metadata": {"name": name, "ownerReferences":
        [{"apiVersion": "v1", "kind": "ConfigMap", "name": owner, "uid": uid}]}})
}

async fn garbage_without_an_owner_is_collected(c: Case) {
    let owner = c.config_map("owner").await;
    c.create(&c.core("secrets"), &owned("kept", "owner", &owner["metadata"]["uid"])).await;
    let nobody = json!("00000000-0000-0000-0000-000000000000");
    c.create(&c.core("secrets"), &owned("lost", "owner", &nobody)).await;
    c.until_gone(&format!("{}/lost", c.core("secrets"))).await;
    c.read(&format!("{}/kept", c.core("secrets"))).await;
    c.admin.delete(&format!("{}/owner", c.core("configmaps"))).await.is(200);
    c.until_gone(&format!("{}/kept", c.core("secrets"))).await;
}

async fn owner_in_another_namespace_does_not_count(c: Case) {
    let ca = c.read("/api/v1/namespaces/default/configmaps/kube-root-ca.crt").await;
    c.create(&c.core("secrets"), &owned("lost", "kube-root-ca.crt", &ca["metadata"]["uid"])).await;
    c.until_gone(&format!("{}/lost", c.core("secrets"))).await;
}

async fn collection_by_label(c: Case) {
    let path = c.core("configmaps");
    for (name, app) in [("a", "web"), ("b", "web"), ("keep", "db")] {
        c.create(&path, &make::labelled(name, json!({"app": app}))).await;
    }
    let gone = c.admin.delete(&format!("{path}?labelSelector=app%3Dweb")).await.is(200);
    assert_eq!(gone["kind"], "ConfigMapList", "{gone}");
    assert_eq!(gone["items"].as_array().map(Vec::len), Some(2));
    c.until_gone(&format!("{path}/b")).await;
    c.read(&format!("{path}/keep")).await;
}

async fn collection_of_nothing(c: Case) {
    let gone = c.admin.delete(&format!("{}?labelSelector=no%3Dbody", c.core("configmaps"))).await.is(200);
    assert_eq!(gone["items"], json!([]));
}

async fn namespace_takes_everything_with_it(c: Case) {
    let (deployment, _) = family(&c).await;
    let path = format!("/api/v1/namespaces/{}", c.ns);
    let answer = c.admin.delete(&path).await.is(200);
    assert_eq!((&answer["kind"], &answer["status"]["phase"]), (&json!("Namespace"), &json!("Terminating")));
    c.until_gone(&path).await;
    c.admin.get(&deployment).await.fails(404, "NotFound");
}

async fn options_as_query_parameters(c: Case) {
    let (deployment, set) = family(&c).await;
    c.admin.delete(&format!("{deployment}?propagationPolicy=Orphan")).await.is(200);
    c.until_gone(&deployment).await;
    c.read(&set).await;
}
