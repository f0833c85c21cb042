//! The other verbs that change something.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::make;
use crate::program::Person;

behaviours! { "change":
    scale_waits_until_ready,
    restart_replaces_the_pods,
    pause_and_resume,
    asking_for_what_is_there_is_no_failure,
    missing_workload_fails_with_a_sentence,
}

async fn running(c: &Case) -> (Person, String) {
    c.create(&c.deployments(), &make::deployment("shop", 1, make::IMAGE)).await;
    let path = format!("{}/shop", c.deployments());
    c.until("it runs", &path, |d| d["status"]["availableReplicas"] == 1).await;
    (Person::new(c, "admin"), path)
}

async fn scale_waits_until_ready(c: Case) {
    let (admin, path) = running(&c).await;
    admin.qd(&["scale", "shop", "--replicas", "3", "--yes", "--reason", "load"]).await.exits(0);
    let d = c.read(&path).await;
    assert_eq!((&d["spec"]["replicas"], &d["status"]["availableReplicas"]), (&json!(3), &json!(3)));
    assert!(!admin.audit().await.is_empty());
}

async fn restart_replaces_the_pods(c: Case) {
    let (admin, _) = running(&c).await;
    let uids = async || {
        let list = c.read(&c.core("pods")).await;
        let live = |pod: &&Value| pod["metadata"].get("deletionTimestamp").is_none();
        let all = list["items"].as_array().expect("items");
        all.iter().filter(live).map(|pod| pod["metadata"]["uid"].clone()).collect::<Vec<_>>()
    };
    let before = uids().await;
    admin.qd(&["restart", "shop", "--yes", "--reason", "leak"]).await.exits(0);
    let after = uids().await;
    assert!(after.len() == 1 && after != before, "{before:?} {after:?}");
}

async fn pause_and_resume(c: Case) {
    let (admin, path) = running(&c).await;
    admin.qd(&["pause", "shop", "--yes", "--reason", "look"]).await.exits(0);
    assert_eq!(c.read(&path).await["spec"]["paused"], true);
    admin.qd(&["resume", "shop", "--yes", "--reason", "go"]).await.exits(0);
    assert_ne!(c.read(&path).await["spec"]["paused"], true);
}

async fn asking_for_what_is_there_is_no_failure(c: Case) {
    let (admin, path) = running(&c).await;
    let before = c.read(&path).await["metadata"]["generation"].clone();
    admin.qd(&["scale", "shop", "--replicas", "1", "--yes", "--reason", "again"]).await.exits(0);
    assert_eq!(c.read(&path).await["metadata"]["generation"], before);
}

async fn missing_workload_fails_with_a_sentence(c: Case) {
    let (admin, _) = running(&c).await;
    let refused = admin.qd(&["restart", "shopp", "--yes", "--reason", "x"]).await.exits(1);
    assert!(refused.err.contains("shopp"), "{}", refused.err);
}
