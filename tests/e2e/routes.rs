//! Deliveries whose requests are shared out by the weights of an `HTTPRoute`.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::gateway::{route, routes};
use crate::http::MERGE;
use crate::make;
use crate::program::{Person, ended};
use crate::shop::{self, GOOD, over, release, watched, why};

behaviours! { "routes":
    weights_follow_the_steps_and_come_back,
    abort_takes_the_canary_out_of_the_route_again,
    weights_changed_by_somebody_else_are_rolled_back,
    those_with_a_header_and_copies_come_before_weights,
    what_cannot_be_shifted_is_refused,
    what_cannot_be_picked_is_refused,
    colours_are_switched_and_back,
}

/// Two steps, each until somebody promotes it.
pub(crate) const MANUAL: [&str; 3] = ["--manual", "--steps", "20,50"];

/// A shop whose Services tell the two sides apart.
pub(crate) async fn split_shop(c: &Case) -> Person {
    let mut shop = make::serving("shop", 2, make::IMAGE);
    shop["spec"]["template"]["metadata"]["labels"]["quarterdeck/track"] = json!("stable");
    c.create(&c.deployments(), &shop).await;
    for (name, track) in [("shop", "stable"), ("shop-canary", "canary")] {
        let selector = json!({"app": "shop", "quarterdeck/track": track});
        let service =
            json!({"metadata": {"name": name}, "spec": {"selector": selector, "ports": [{"port": 80}]}});
        c.create(&c.core("services"), &service).await;
    }
    c.until("the shop serves", &shop::path(c), |d| d["status"]["availableReplicas"] == 2).await;
    Person::new(c, "admin")
}

/// Such a shop and its route.
async fn open(c: &Case, backends: Value) -> (Person, String) {
    let path = routes(c).await;
    c.create(&path, &route("web", &json!({"rules": [{"backendRefs": backends}]}))).await;
    (split_shop(c).await, format!("{path}/web"))
}

fn backend(name: &str, weight: u32) -> Value {
    json!({"name": name, "port": 80, "weight": weight})
}

/// Names and weights of the only rule's backends.
fn weights(route: &Value) -> Vec<(String, u64)> {
    let backends = route["spec"]["rules"][0]["backendRefs"].as_array().expect("backends");
    let one = |b: &Value| (b["name"].as_str().expect("a name").to_owned(), b["weight"].as_u64().unwrap_or(1));
    backends.iter().map(one).collect()
}

fn shared(stable: u64, canary: u64) -> Vec<(String, u64)> {
    vec![("shop".to_owned(), stable), ("shop-canary".to_owned(), canary)]
}

async fn weights_follow_the_steps_and_come_back(c: Case) {
    let (admin, route) = open(&c, json!([backend("shop", 7), backend("shop-canary", 0)])).await;
    let before = c.read(&route).await["spec"].clone();
    let plan = admin.qd(&release(GOOD, &[&MANUAL[..], &["--dry-run"]].concat())).await.exits(2).out;
    assert!(plan.contains("20 % by weight") && plan.contains("HTTPRoute web"), "{plan}");
    let delivery = admin.start_qd(&release(GOOD, &MANUAL));
    shop::until(&c, "the first step is watched", watched(0)).await;
    assert_eq!(weights(&c.read(&route).await), shared(80, 20));
    admin.qd(&["promote", "shop", "--reason", "go on"]).await.exits(0);
    let record = shop::until(&c, "the second step is watched", watched(1)).await;
    assert_eq!(weights(&c.read(&route).await), shared(50, 50));
    assert_eq!(record["seen"]["router"]["percent"], 50);
    admin.qd(&["promote", "shop", "--reason", "looks good"]).await.exits(0);
    ended(delivery).await.exits(0);
    assert_eq!(c.read(&route).await["spec"], before);
    shop::is_whole(&c, GOOD, 2).await;
    let stable = c.read(&shop::path(&c)).await;
    assert_eq!(stable["spec"]["template"]["metadata"]["labels"]["quarterdeck/track"], "stable");
    shop::is_told(&c, &shop::record(&c).await, &[&admin]).await;
}

async fn abort_takes_the_canary_out_of_the_route_again(c: Case) {
    let (admin, route) = open(&c, json!([backend("shop", 1)])).await;
    let before = c.read(&route).await["spec"].clone();
    let delivery = admin.start_qd(&release(GOOD, &MANUAL));
    shop::until(&c, "the first step is watched", watched(0)).await;
    assert_eq!(weights(&c.read(&route).await), shared(80, 20));
    Person::new(&c, "admin").qd(&["abort", "shop", "--reason", "it burns"]).await.exits(0);
    ended(delivery).await.exits(1);
    let record = shop::until(&c, "it is over", over).await;
    assert!(why(&record).contains("it burns"), "{}", why(&record));
    assert_eq!(c.read(&route).await["spec"], before);
    shop::is_whole(&c, make::IMAGE, 2).await;
    let log = record["log"].to_string();
    let at = |words: &str| log.find(words).unwrap_or_else(|| panic!("{words:?} is not in {log}"));
    assert!(at("give stable all requests again") < at("delete the canary"), "{log}");
}

async fn weights_changed_by_somebody_else_are_rolled_back(c: Case) {
    let (admin, route) = open(&c, json!([backend("shop", 1), backend("shop-canary", 0)])).await;
    let before = c.read(&route).await["spec"].clone();
    let delivery = admin.start_qd(&release(GOOD, &MANUAL));
    shop::until(&c, "the first step is watched", watched(0)).await;
    let theirs =
        json!({"spec": {"rules": [{"backendRefs": [backend("shop", 40), backend("shop-canary", 60)]}]}});
    c.admin.patch(MERGE, &route, &theirs).await.is(200);
    ended(delivery).await.exits(1);
    let record = shop::record(&c).await;
    assert!(why(&record).contains("somebody else changed the weights"), "{}", why(&record));
    assert_eq!(c.read(&route).await["spec"]["rules"][0]["backendRefs"], before["rules"][0]["backendRefs"]);
    shop::is_whole(&c, make::IMAGE, 2).await;
}

async fn those_with_a_header_and_copies_come_before_weights(c: Case) {
    let (admin, route) = open(&c, json!([backend("shop", 7), backend("shop-canary", 0)])).await;
    let before = c.read(&route).await["spec"].clone();
    let steps = "header:X-Canary=always,mirror:10,20";
    let how = ["--manual", "--mirror-writes", "--steps", steps];
    let plan = admin.qd(&release(GOOD, &[&how[..], &["--dry-run"]].concat())).await.exits(2).out;
    for words in [
        "requests with X-Canary: always (1 pod beside 2)",
        "copies of 10 % of the requests (1 pod beside 2)",
        "is done twice",
    ] {
        assert!(plan.contains(words), "{words:?} is not in {plan}");
    }
    assert_eq!(c.read(&route).await["spec"], before, "a plan changes nothing");
    let delivery = admin.start_qd(&release(GOOD, &how));
    shop::until(&c, "those with the header are watched", watched(0)).await;
    let rules = c.read(&route).await["spec"]["rules"].clone();
    assert_eq!(rules.as_array().map(Vec::len), Some(2), "{rules}");
    let header = &rules[0]["matches"][0]["headers"][0];
    assert_eq!([&header["name"], &header["value"], &header["type"]], ["X-Canary", "always", "Exact"]);
    assert_eq!(rules[0]["backendRefs"].as_array().map(Vec::len), Some(1), "{rules}");
    assert_eq!(rules[0]["backendRefs"][0]["name"], "shop-canary");
    assert_eq!(rules[1]["backendRefs"][0]["weight"], 100);
    admin.qd(&["promote", "shop", "--reason", "go on"]).await.exits(0);
    let record = shop::until(&c, "copies are watched", watched(1)).await;
    let now = c.read(&route).await;
    assert_eq!(weights(&now), shared(100, 0));
    let mirror = &now["spec"]["rules"][0]["filters"][0]["requestMirror"];
    assert_eq!((&mirror["backendRef"]["name"], &mirror["percent"]), (&json!("shop-canary"), &json!(10)));
    assert_eq!(record["seen"]["router"]["picked"], json!({"step": 1}), "{}", record["seen"]);
    admin.qd(&["promote", "shop", "--reason", "go on"]).await.exits(0);
    shop::until(&c, "the weight is watched", watched(2)).await;
    let now = c.read(&route).await;
    assert_eq!((weights(&now), now["spec"]["rules"][0].get("filters")), (shared(80, 20), None));
    admin.qd(&["promote", "shop", "--reason", "looks good"]).await.exits(0);
    ended(delivery).await.exits(0);
    assert_eq!(c.read(&route).await["spec"], before);
    shop::is_whole(&c, GOOD, 2).await;
    let record = shop::record(&c).await;
    assert!(
        record["log"].to_string().contains("send the canary requests with X-Canary: always"),
        "{}",
        record["log"]
    );
    shop::is_told(&c, &record, &[&admin]).await;

    // An abort takes the rule out before the pods.
    let delivery = admin.start_qd(&release(make::IMAGE, &how));
    shop::until(&c, "those with the header are watched again", watched(0)).await;
    Person::new(&c, "admin").qd(&["abort", "shop", "--reason", "it burns"]).await.exits(0);
    ended(delivery).await.exits(1);
    assert_eq!(c.read(&route).await["spec"], before);
    shop::is_whole(&c, GOOD, 2).await;
}

async fn what_cannot_be_picked_is_refused(c: Case) {
    let (admin, route) = open(&c, json!([backend("shop", 1), backend("shop-canary", 0)])).await;
    let refused = async |how: &[&str], words: &[&str]| {
        let err = admin.qd(&release(GOOD, how)).await.exits(3).err;
        assert!(words.iter().all(|word| err.contains(word)), "{words:?} in {err}");
    };
    refused(&["--steps", "mirror:10,50"], &["is done twice", "--mirror-writes"]).await;
    let people = json!({"spec": {"rules": [
        {"matches": [{"headers": [{"name": "x-canary", "value": "always"}]}], "backendRefs": [backend("shop-canary", 1)]},
        {"backendRefs": [backend("shop", 1), backend("shop-canary", 0)]}]}});
    c.admin.patch(MERGE, &route, &people).await.is(200);
    let header = ["--steps", "header:X-Canary=always,50"];
    refused(&header, &["rule 1 of HTTPRoute web", "already", "0@15m+pause"]).await;
    c.admin.delete(&route).await.is(200);
    let typed = ["--steps", "header:Authorization=x"];
    let err = admin.qd(&release(GOOD, &typed)).await.exits(1).err;
    assert!(err.contains("holds secrets"), "{err}");
    let late = ["--steps", "10,header:X-Canary=always"];
    let err = admin.qd(&release(GOOD, &late)).await.exits(1).err;
    assert!(err.contains("come before the first weight"), "{err}");
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
}

async fn what_cannot_be_shifted_is_refused(c: Case) {
    let (admin, route) = open(&c, json!([backend("shop", 1), backend("shop-canary", 0)])).await;
    let refused = async |how: &[&str], words: [&str; 2]| {
        let err = admin.qd(&release(GOOD, how)).await.exits(3).err;
        assert!(words.iter().all(|word| err.contains(word)), "{words:?} in {err}");
    };
    refused(&["--traffic", "pods"], ["would not select the canary's pods", "HTTPRoute"]).await;
    let owned = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}});
    c.admin.patch(MERGE, &route, &owned).await.is(200);
    refused(&[], ["Flux apps", "override"]).await;
    let freed = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": null}}});
    c.admin.patch(MERGE, &route, &freed).await.is(200);
    let twice = json!({"spec": {"rules": [
        {"backendRefs": [backend("shop", 1), backend("shop-canary", 0)]}, {"backendRefs": [backend("shop", 1)]}]}});
    c.admin.patch(MERGE, &route, &twice).await.is(200);
    refused(&[], ["rule 2 of HTTPRoute web", "there too"]).await;
    let once = json!({"spec": {"rules": [{"backendRefs": [backend("shop", 1), backend("shop-canary", 0)]}]}});
    c.admin.patch(MERGE, &route, &once).await.is(200);
    c.admin.delete(&c.core("services/shop-canary")).await.is(200);
    refused(&[], ["no Service shop-canary", "make it like shop"]).await;
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
}

async fn colours_are_switched_and_back(c: Case) {
    let mut shop = make::serving("shop", 2, make::IMAGE);
    c.create(&c.deployments(), &shop).await;
    let path = c.core("services/shop");
    let plain =
        json!({"metadata": {"name": "shop"}, "spec": {"selector": {"app": "shop"}, "ports": [{"port": 80}]}});
    c.create(&c.core("services"), &plain).await;
    let admin = Person::new(&c, "admin");
    c.until("the shop serves", &shop::path(&c), |d| d["status"]["availableReplicas"] == 2).await;
    let colours = ["--strategy", "blue-green", "--step-min", "5s", "--keep"];
    let refused = admin.qd(&release(GOOD, &[&colours[..], &["20s"]].concat())).await.exits(3).err;
    assert!(refused.contains("does not tell the colours apart"), "{refused}");

    shop["spec"]["template"]["metadata"]["labels"]["quarterdeck/track"] = json!("stable");
    c.admin.patch(MERGE, &shop::path(&c), &json!({"spec": shop["spec"]})).await.is(200);
    let whole = |d: &Value| {
        let s = &d["status"];
        s["updatedReplicas"] == 2
            && s["availableReplicas"] == 2
            && s["replicas"] == 2
            && s["observedGeneration"] == d["metadata"]["generation"]
    };
    c.until("its pods have the label", &shop::path(&c), whole).await;
    let selector = json!({"spec": {"selector": {"quarterdeck/track": "stable"}}});
    let before = c.admin.patch(MERGE, &path, &selector).await.is(200)["spec"].clone();
    let track = |service: &Value| service["spec"]["selector"]["quarterdeck/track"].clone();

    let delivery = admin.start_qd(&release(GOOD, &[&colours[..], &["15m"]].concat()));
    shop::until(&c, "everybody is sent to the new one", watched(1)).await;
    assert_eq!(track(&c.read(&path).await), "canary");
    Person::new(&c, "admin").qd(&["abort", "shop", "--reason", "it burns"]).await.exits(0);
    ended(delivery).await.exits(1);
    assert_eq!(c.read(&path).await["spec"], before);
    shop::is_whole(&c, make::IMAGE, 2).await;

    let how = [&colours[..], &["20s"]].concat();
    admin.qd(&release(GOOD, &how)).await.exits(0);
    let record = shop::record(&c).await;
    assert!(record["log"].to_string().contains("give the canary 100 % of the requests"), "{}", record["log"]);
    assert_eq!(c.read(&path).await["spec"], before);
    shop::is_whole(&c, GOOD, 2).await;
}
