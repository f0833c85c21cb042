//! Rule 3. The target is frozen, shown, and tested by the API server.

use super::fixtures::{connected, deployment, kubeconfig, mutation, options, permit, pod, status};
use super::server::{Heard, Reply, Server};
use quarterdeck::cluster::connect;
use quarterdeck::domain::{FaultKind, JsonOp, Mutation, Uid, WriteOutcome};
use serde_json::Value;
use tempfile::TempDir;

fn refusal(outcome: WriteOutcome) -> quarterdeck::domain::Fault {
    let WriteOutcome::Refused(fault) = outcome else { panic!("expected a refusal: {outcome:?}") };
    fault
}

#[tokio::test]
async fn rule_3_the_servers_own_test_of_the_uid_is_in_every_patch() {
    let server = Server::start(|_: &Heard| Reply::json(200, &deployment("uid-1", "app:v2"))).await;
    let cluster = connected(&server).await;
    let mutation = mutation(&cluster);
    cluster.dry_run(&mutation).await.unwrap();
    let outcome = cluster.write(permit(&mutation), &mutation).await;
    assert_eq!(outcome, WriteOutcome::Applied { resource_version: "7".into(), generation: 3 });
    let heard = server.heard();
    assert_eq!(heard.len(), 2);
    for request in &heard {
        assert_eq!(request.path(), "/apis/apps/v1/namespaces/shop/deployments/checkout");
        assert_eq!(request.query("fieldManager"), Some("quarterdeck"));
        assert_eq!(request.query("fieldValidation"), Some("Strict"));
        assert!(request.headers.contains("application/json-patch+json"), "{}", request.headers);
        let ops: Vec<Value> = serde_json::from_str(&request.body).unwrap();
        assert_eq!(ops[0], serde_json::json!({"op": "test", "path": "/metadata/uid", "value": "uid-1"}));
    }
    assert_eq!(heard[0].query("dryRun"), Some("All"), "the dry run stores nothing");
    assert_eq!(heard[1].query("dryRun"), None);
}

#[tokio::test]
async fn rule_3_a_write_that_does_not_test_the_uid_or_makes_something_else_is_never_sent() {
    let server = Server::start(|_: &Heard| Reply::Cut).await;
    let cluster = connected(&server).await;
    let whole = mutation(&cluster);
    let mut untested = whole.clone();
    untested.ops.remove(0);
    let mut other = whole.clone();
    other.ops[0] = JsonOp::test("/metadata/uid", "uid-9");
    let mut nobody = whole;
    nobody.target.uid = Uid::default();
    nobody.ops[0] = JsonOp::test("/metadata/uid", "");
    let undirected = Mutation::delete(nobody.target.clone());
    let elsewhere = Mutation::create(nobody.target.clone(), pod("checkout", "1"));
    for mutation in [untested, other, nobody, undirected, elsewhere] {
        let fault = refusal(cluster.write(permit(&mutation), &mutation).await);
        assert_eq!(fault.kind, FaultKind::Internal, "{fault:?}");
        cluster.dry_run(&mutation).await.unwrap_err();
    }
    assert!(server.heard().is_empty());
}

#[tokio::test]
async fn rule_3_what_is_deleted_has_the_uid_and_what_is_made_the_name_that_was_frozen() {
    let server = Server::start(|_: &Heard| Reply::json(200, &deployment("uid-1", "app:v2"))).await;
    let cluster = connected(&server).await;
    let target = mutation(&cluster).target;
    let applied = |outcome| assert!(matches!(outcome, WriteOutcome::Applied { .. }), "{outcome:?}");
    let delete = Mutation::delete(target.clone());
    applied(cluster.write(permit(&delete), &delete).await);
    let body = deployment("", "app:v2");
    let create = Mutation::create(target, body.clone());
    applied(cluster.write(permit(&create), &create).await);
    let heard = server.heard();
    let sent = |at: usize| serde_json::from_str::<Value>(&heard[at].body).unwrap();
    assert_eq!((heard.len(), heard[0].method.as_str(), heard[1].method.as_str()), (2, "DELETE", "POST"));
    assert_eq!(heard[0].path(), "/apis/apps/v1/namespaces/shop/deployments/checkout");
    assert_eq!(sent(0)["preconditions"]["uid"], "uid-1");
    assert_eq!((heard[1].path(), sent(1)), ("/apis/apps/v1/namespaces/shop/deployments", body));
}

#[tokio::test]
async fn rule_3_the_context_is_frozen() {
    // Two connections to two servers under the same context name.
    let first = Server::start(|_: &Heard| Reply::Cut).await;
    let second = Server::start(|_: &Heard| Reply::Cut).await;
    let frozen = mutation(&connected(&first).await);
    let here = connected(&second).await;
    assert_eq!(here.context(), &frozen.target.context);
    let fault = refusal(here.write(permit(&frozen), &frozen).await);
    assert_eq!(fault.kind, FaultKind::Refused);
    assert!(fault.text.contains(&first.url()) && fault.text.contains(&second.url()), "{fault}");
    assert!(first.heard().is_empty() && second.heard().is_empty());
}

#[tokio::test]
async fn rule_3_what_was_confirmed_is_what_is_sent() {
    let server = Server::start(|_: &Heard| Reply::Cut).await;
    let cluster = connected(&server).await;
    let confirmed = mutation(&cluster);
    let mut sent = confirmed.clone();
    sent.ops.push(JsonOp::replace("/spec/replicas", 0));
    let fault = refusal(cluster.write(permit(&confirmed), &sent).await);
    assert_eq!(fault.kind, FaultKind::Internal);
    assert!(server.heard().is_empty());
}

/// The server refuses a failed test as 422; `live` is what it has.
async fn test_fails(live: Value) -> quarterdeck::domain::Fault {
    let script = move |heard: &Heard| match heard.method.as_str() {
        "PATCH" => Reply::json(
            422,
            &status(422, "Invalid", "the server rejected our request due to an error in our request"),
        ),
        _ => Reply::json(200, &live),
    };
    let server = Server::start(script).await;
    let cluster = connected(&server).await;
    let mutation = mutation(&cluster);
    let fault = refusal(cluster.write(permit(&mutation), &mutation).await);
    assert_eq!(server.count("PATCH"), 1);
    fault
}

#[tokio::test]
async fn rule_3_a_re_created_object_is_refused_by_name() {
    let fault = test_fails(deployment("uid-2", "app:v1")).await;
    assert_eq!(fault.kind, FaultKind::Conflict);
    assert!(fault.text.contains("re-created"), "{fault}");
}

#[tokio::test]
async fn rule_3_a_value_that_moved_is_named_with_both_values() {
    let fault = test_fails(deployment("uid-1", "app:v9")).await;
    assert_eq!(fault.kind, FaultKind::Conflict);
    for word in ["image", "app:v1", "app:v9"] {
        assert!(fault.text.contains(word), "{word}: {fault}");
    }
}

#[tokio::test]
async fn rule_3_a_refused_content_is_not_called_a_conflict() {
    let fault = test_fails(deployment("uid-1", "app:v1")).await;
    assert_eq!(fault.kind, FaultKind::Invalid);
}

#[tokio::test]
async fn rule_3_a_re_created_deployment_has_no_revisions_to_offer() {
    let server = Server::start(|_: &Heard| Reply::json(200, &deployment("uid-2", "app:v1"))).await;
    let cluster = connected(&server).await;
    let target = mutation(&cluster).target;
    let fault = cluster.revisions(&target.key, &target.uid).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Conflict);
    assert_eq!(server.heard().len(), 1, "its ReplicaSets are not even asked for");
}

#[tokio::test]
async fn rule_3_names_cannot_lead_a_request_elsewhere() {
    let server = Server::start(|_: &Heard| Reply::json(404, &status(404, "NotFound", "not found"))).await;
    let folder = TempDir::new().unwrap();
    let cluster = connect(&options(&kubeconfig(&folder, &server.url(), "{}"))).await.unwrap();
    let mut key = mutation(&cluster).target.key;
    key.name = "../../../../api/v1/secrets?x=".into();
    cluster.read(&key).await.unwrap_err();
    let heard = server.heard();
    let expected = "/apis/apps/v1/namespaces/shop/deployments/..%2F..%2F..%2F..%2Fapi%2Fv1%2Fsecrets%3Fx%3D";
    assert_eq!(heard[0].target, expected);
}
