//! Pods that fit no node: when they are tried again, and what that costs.

use serde_json::{Value, json};

use super::key::resource;
use super::stamp::after;
use super::tests::{Lab, node, template};

/// `replicas` pods that each want so much of a processor; a node has four.
fn deployment(name: &str, replicas: u32, cpu: &str) -> Value {
    let mut template = template("v1");
    template["metadata"]["labels"] = json!({"app": name});
    template["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu}});
    json!({
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template},
    })
}

/// How often a pod was looked at and placed nowhere: each time is an event.
fn failures(lab: &Lab) -> i64 {
    lab.events().iter().filter(|e| e.0 == "FailedScheduling").map(|e| e.2).sum()
}

#[test]
fn what_fits_nowhere_is_not_tried_whenever_another_pod_goes() {
    let mut lab = Lab::new();
    lab.create(resource::DEPLOYMENTS, deployment("huge", 40, "1000"));
    lab.create(resource::DEPLOYMENTS, deployment("web", 12, "10m"));
    lab.run(60.0);
    let before = failures(&lab);
    assert!((40..=80).contains(&before), "{before}");
    for tag in ["v2", "v3"] {
        lab.patch(resource::DEPLOYMENTS, "web", &json!({"spec": {"template": template(tag)}}));
        let cordoned = |node: &mut Value| node["spec"]["unschedulable"] = (tag == "v2").into();
        lab.store.modify(resource::NODES, "", "node-1", cordoned).unwrap();
        lab.run(100.0);
    }
    assert_eq!(failures(&lab), before, "pods came and went, and a node was away");
    lab.run(600.0);
    let after = failures(&lab) - before;
    assert!((40..=120).contains(&after), "each of 40 every five minutes: {after}");
}

#[test]
fn room_for_one_wakes_one() {
    let mut lab = Lab::new();
    // Three nodes take three of them.
    lab.create(resource::DEPLOYMENTS, deployment("web", 30, "3"));
    lab.run(60.0);
    let placed = |lab: &Lab| lab.pods().iter().filter(|pod| !pod["spec"]["nodeName"].is_null()).count();
    let before = failures(&lab);
    assert_eq!(placed(&lab), 3);
    lab.store.create(resource::NODES, "", node(4)).unwrap();
    lab.run(60.0);
    assert_eq!((placed(&lab), failures(&lab)), (4, before), "the other 26 are not looked at");
}

/// A past of weeks with a try every few minutes of each pod would never be over.
#[test]
fn before_anybody_watches_nothing_is_tried_without_cause() {
    let start = after("2026-03-01T12:00:00Z".parse().unwrap(), 60.0 * 86_400.0);
    let mut lab = Lab::watched_from(start);
    lab.create(resource::DEPLOYMENTS, deployment("huge", 20, "1000"));
    lab.run(7_200.0);
    let version = lab.store.version();
    lab.run(50.0 * 86_400.0);
    assert_eq!(lab.store.version(), version, "fifty days pass without a write");
    lab.run(10.0 * 86_400.0);
    assert!(failures(&lab) >= 20, "and then each says why it waits");
}
