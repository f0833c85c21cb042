//! A shop that serves, a release for it, and what must hold when that is over.

use serde_json::{Value, json};

use crate::case::Case;
use crate::make;
use crate::program::{Person, Ran};
use crate::until;

/// One step as short as a verdict allows: four intervals of ten seconds.
pub(crate) const QUICK: [&str; 6] = ["--steps", "50", "--step-min", "40s", "--step-max", "60s"];
/// A rolling update that is over when its pods are there.
pub(crate) const ROLLING: [&str; 2] = ["--strategy=rolling", "--step-max=0s"];
/// A release that is as good as what runs.
pub(crate) const GOOD: &str = "registry.k8s.io/pause:3.9";

pub(crate) fn path(c: &Case) -> String {
    format!("{}/shop", c.deployments())
}

/// Deployment `shop` serves with `replicas` pods; the administrator.
pub(crate) async fn open(c: &Case, replicas: u32) -> Person {
    c.create(&c.deployments(), &make::serving("shop", replicas, make::IMAGE)).await;
    c.until("the shop serves", &path(c), |d| d["status"]["availableReplicas"] == replicas).await;
    Person::new(c, "admin")
}

/// `qd deploy shop --image … --yes --reason release` with these flags.
pub(crate) fn release<'a>(image: &'a str, how: &[&'a str]) -> Vec<&'a str> {
    [&["deploy", "shop", "--image", image, "--yes", "--reason", "release"], how].concat()
}

pub(crate) fn records(c: &Case) -> String {
    c.core("configmaps?labelSelector=quarterdeck%2Fop%3Dtrue")
}

/// The newest record in a list of them; null if there is none.
pub(crate) fn newest(list: &Value) -> Value {
    let newest = list["items"].as_array().and_then(|items| items.last());
    let text = newest.and_then(|map| map["data"]["record"].as_str());
    text.map_or(Value::Null, |text| serde_json::from_str(text).expect("a record"))
}

pub(crate) fn phase(record: &Value) -> &str {
    record["run"]["phase"]["phase"].as_str().unwrap_or_default()
}

/// The record as stored now.
pub(crate) async fn record(c: &Case) -> Value {
    newest(&c.read(&records(c)).await)
}

/// Waits until `wanted` holds of the newest record.
pub(crate) async fn until(c: &Case, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    until::until(what, async || {
        let record = record(c).await;
        if wanted(&record) { Ok(record) } else { Err(format!("{} {}", record["run"], record["log"])) }
    })
    .await
}

/// The step numbered so (from 0) is watched: its weight is real.
pub(crate) fn watched(step: u64) -> impl Fn(&Value) -> bool {
    move |record| phase(record) == "watching" && record["run"]["phase"]["step"] == step
}

pub(crate) fn over(record: &Value) -> bool {
    phase(record) == "over"
}

/// Why it was rolled back.
#[track_caller]
pub(crate) fn why(record: &Value) -> &str {
    let phase = &record["run"]["phase"];
    assert_eq!(phase["ending"], "rolled_back", "{phase}");
    phase["why"].as_str().expect("a reason")
}

/// Nothing of a canary is left, and stable has its size, this image, and pods
/// that are all available.
pub(crate) async fn is_whole(c: &Case, image: &str, replicas: u32) {
    let canary = "labelSelector=quarterdeck%2Ftrack%3Dcanary";
    for plural in ["deployments", "replicasets"] {
        let path = c.group("apps/v1", &format!("{plural}?{canary}"));
        c.until("no canary is left", &path, |list| list["items"] == json!([])).await;
    }
    let pods = c.core(&format!("pods?{canary}"));
    c.until("no pod of a canary is left", &pods, |list| list["items"] == json!([])).await;
    let stable = c.read(&path(c)).await;
    let status = &stable["status"];
    assert_eq!(stable["spec"]["template"]["spec"]["containers"][0]["image"], image, "{stable}");
    assert_eq!(stable["spec"]["replicas"], replicas, "{stable}");
    for count in ["replicas", "availableReplicas", "updatedReplicas"] {
        assert_eq!(status[count], replicas, "{count} of {status}");
    }
    assert_ne!(stable["spec"]["template"]["metadata"]["labels"]["quarterdeck/track"], "canary", "{stable}");
}

/// What `people` have written, by their audit logs, is in the delivery's
/// record, in the same order, and its Lease is gone.
pub(crate) async fn is_told(c: &Case, record: &Value, people: &[&Person]) {
    for person in people {
        let log = person.audit().await;
        let of_it = log.iter().filter(|line| {
            let action = line["action"].as_str().unwrap_or_default();
            line["operation"] == record["id"]
                && line["kind"] == "written"
                && line["result"] == "applied"
                // In the record as requests, and as words about the driver before.
                && !["ask to ", "take it over", "break the glass"].iter().any(|words| action.starts_with(words))
        });
        let texts: Vec<_> =
            record["log"].as_array().expect("a log").iter().map(|line| &line["text"]).collect();
        let mut rest = texts.as_slice();
        for line in of_it {
            let at = rest.iter().position(|text| **text == line["action"]);
            let at = at.unwrap_or_else(|| panic!("{} is not in {texts:?}", line["action"]));
            rest = &rest[at + 1..];
        }
    }
    let lease = c.group("coordination.k8s.io/v1", "leases/quarterdeck-deployment-shop");
    c.until_answer("the Lease is gone", &lease, |answer| answer.status == 404).await;
}

/// The reasons of the Events on the shop, as often as they were told.
pub(crate) async fn events(c: &Case) -> Vec<String> {
    let list = c.read(&c.core("events?fieldSelector=involvedObject.name%3Dshop")).await;
    let all = list["items"].as_array().expect("items").iter();
    let mut told: Vec<_> = all.filter(|event| event["source"]["component"] == "quarterdeck").collect();
    told.sort_by_key(|event| event["metadata"]["name"].as_str().unwrap_or_default().to_owned());
    told.iter().filter_map(|event| event["reason"].as_str().map(str::to_owned)).collect()
}

/// `qd verdict replay` says the same as what was decided then.
pub(crate) async fn replays(person: &Person, record: &Value) -> Vec<Value> {
    let id = record["id"].as_str().expect("an id");
    let again = person.qd(&["verdict", "replay", id, "-o", "json"]).await.exits(0).json();
    let rows = again.as_array().cloned().expect("rows");
    assert!(!rows.is_empty() && rows.iter().all(|row| row["same"] == true), "{again}");
    rows
}

/// The revisions `kubectl rollout history` lists, and its words; none without kubectl.
pub(crate) async fn history(person: &Person) -> Option<String> {
    let Ran { out, .. } = person.kubectl(&["rollout", "history", "deployment/shop"]).await?.exits(0);
    Some(out)
}
