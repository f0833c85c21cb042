//! Deliveries whose requests are shared out by the weights of a `VirtualService`.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::MERGE;
use crate::make;
use crate::mesh::{destination_rule, destination_rules, virtual_service, virtual_services};
use crate::program::{Person, ended};
use crate::routes::{MANUAL, split_shop};
use crate::shop::{self, GOOD, over, release, watched, why};

behaviours! { "meshes":
    weights_follow_the_steps_and_come_back,
    abort_takes_the_canary_out_of_the_mesh_again,
    a_mesh_picks_by_header_and_copies,
    what_a_mesh_cannot_shift_is_refused,
    subsets_of_one_host_follow_the_steps_and_come_back,
    a_subset_is_picked_by_header_and_copied_to,
    subsets_that_tell_nothing_apart_are_refused,
}

fn to(host: &str, weight: u32) -> Value {
    json!({"destination": {"host": host, "port": {"number": 80}}, "weight": weight})
}

/// A shop and its VirtualService with this route, after a rule for people.
async fn open(c: &Case, route: Value) -> (Person, String) {
    let path = virtual_services(c).await;
    let testers =
        json!({"match": [{"headers": {"x-tester": {"exact": "1"}}}], "route": [to("shop-canary", 100)]});
    let http = json!([testers, {"name": "primary", "timeout": "3s", "route": route}]);
    c.create(&path, &virtual_service("shop", &http)).await;
    (split_shop(c).await, format!("{path}/shop"))
}

fn route(service: &Value) -> Value {
    service["spec"]["http"][1]["route"].clone()
}

async fn weights_follow_the_steps_and_come_back(c: Case) {
    let (admin, path) = open(&c, json!([to("shop", 7), to("shop-canary", 0)])).await;
    let before = c.read(&path).await["spec"].clone();
    let plan = admin.qd(&release(GOOD, &[&MANUAL[..], &["--dry-run"]].concat())).await.exits(2).out;
    assert!(plan.contains("20 % by weight") && plan.contains("VirtualService shop"), "{plan}");
    let delivery = admin.start_qd(&release(GOOD, &MANUAL));
    shop::until(&c, "the first step is watched", watched(0)).await;
    let now = c.read(&path).await;
    assert_eq!(route(&now), json!([to("shop", 80), to("shop-canary", 20)]));
    assert_eq!(now["spec"]["http"][0], before["http"][0], "the rule for people is left alone");
    admin.qd(&["promote", "shop", "--reason", "go on"]).await.exits(0);
    let record = shop::until(&c, "the second step is watched", watched(1)).await;
    assert_eq!(route(&c.read(&path).await), json!([to("shop", 50), to("shop-canary", 50)]));
    assert_eq!(record["seen"]["router"]["percent"], 50);
    admin.qd(&["promote", "shop", "--reason", "looks good"]).await.exits(0);
    ended(delivery).await.exits(0);
    assert_eq!(c.read(&path).await["spec"], before);
    shop::is_whole(&c, GOOD, 2).await;
    shop::is_told(&c, &shop::record(&c).await, &[&admin]).await;
}

async fn abort_takes_the_canary_out_of_the_mesh_again(c: Case) {
    let alone = json!({"destination": {"host": "shop", "port": {"number": 80}}});
    let (admin, path) = open(&c, json!([alone])).await;
    let before = c.read(&path).await["spec"].clone();
    let delivery = admin.start_qd(&release(GOOD, &MANUAL));
    shop::until(&c, "the first step is watched", watched(0)).await;
    assert_eq!(route(&c.read(&path).await), json!([to("shop", 80), to("shop-canary", 20)]));
    Person::new(&c, "admin").qd(&["abort", "shop", "--reason", "it burns"]).await.exits(0);
    ended(delivery).await.exits(1);
    let record = shop::until(&c, "it is over", over).await;
    assert!(why(&record).contains("it burns"), "{}", why(&record));
    assert_eq!(c.read(&path).await["spec"], before, "without a weight, as it was");
    shop::is_whole(&c, make::IMAGE, 2).await;
}

async fn a_mesh_picks_by_header_and_copies(c: Case) {
    let (admin, path) = open(&c, json!([to("shop", 100), to("shop-canary", 0)])).await;
    let before = c.read(&path).await["spec"].clone();
    let how = ["--manual", "--mirror-writes", "--steps", "header:X-Canary=always,mirror:25"];
    let delivery = admin.start_qd(&release(GOOD, &how));
    shop::until(&c, "those with the header are watched", watched(0)).await;
    let http = c.read(&path).await["spec"]["http"].clone();
    assert_eq!(http.as_array().map(Vec::len), Some(3), "{http}");
    assert_eq!(
        http[1]["match"],
        json!([{"headers": {"x-canary": {"exact": "always"}}}]),
        "before the rule for all"
    );
    assert_eq!([&http[0], &http[2]["timeout"]], [&before["http"][0], &before["http"][1]["timeout"]]);
    admin.qd(&["promote", "shop", "--reason", "go on"]).await.exits(0);
    shop::until(&c, "copies are watched", watched(1)).await;
    let rule = c.read(&path).await["spec"]["http"][1].clone();
    assert_eq!(rule["mirror"]["host"], "shop-canary");
    assert_eq!(rule["mirrorPercentage"]["value"].as_f64(), Some(25.0));
    Person::new(&c, "admin").qd(&["abort", "shop", "--reason", "it burns"]).await.exits(0);
    ended(delivery).await.exits(1);
    assert_eq!(c.read(&path).await["spec"], before);
    shop::is_whole(&c, make::IMAGE, 2).await;
}

async fn what_a_mesh_cannot_shift_is_refused(c: Case) {
    let (admin, path) = open(&c, json!([to("shop", 100), to("shop-canary", 0)])).await;
    let http = c.read(&path).await["spec"]["http"].clone();
    let refused = async |words: [&str; 2]| {
        let err = admin.qd(&release(GOOD, &[])).await.exits(3).err;
        assert!(words.iter().all(|word| err.contains(word)), "{words:?} in {err}");
    };
    let twice = json!([http[0], http[1], {"route": [to("shop", 100)]}]);
    c.admin.patch(MERGE, &path, &json!({"spec": {"http": twice}})).await.is(200);
    refused(["rule 3 of VirtualService shop names shop without", "there too"]).await;
    let rollout = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rollout"}});
    let rollout = c.create(&c.core("configmaps"), &rollout).await;
    let owner = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "rollout",
        "uid": rollout["metadata"]["uid"], "controller": true}]);
    let claimed = json!({"metadata": {"ownerReferences": owner}, "spec": {"http": http}});
    c.admin.patch(MERGE, &path, &claimed).await.is(200);
    refused(["VirtualService shop is applied by", "ConfigMap/rollout"]).await;
    let freed = json!({"metadata": {"ownerReferences": null}});
    c.admin.patch(MERGE, &path, &freed).await.is(200);
    c.admin.delete(&c.core("services/shop-canary")).await.is(200);
    refused(["no Service shop-canary", "make it like shop"]).await;
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
}

fn subset(name: &str, weight: u32) -> Value {
    json!({"destination": {"host": "shop", "subset": name, "port": {"number": 80}}, "weight": weight})
}

fn subsets() -> Value {
    let one = |name: &str| json!({"name": name, "labels": {"quarterdeck/track": name}});
    json!([one("stable"), one("canary")])
}

/// A shop with one Service for both sides, told apart by subsets, and its VirtualService.
async fn open_by_subsets(c: &Case, route: Value, subsets: Value) -> (Person, String) {
    let (services, rules) = (virtual_services(c).await, destination_rules(c).await);
    c.create(&rules, &destination_rule("shop", &subsets)).await;
    c.create(&services, &virtual_service("shop", &json!([{"timeout": "3s", "route": route}]))).await;
    let mut shop = make::serving("shop", 2, make::IMAGE);
    shop["spec"]["template"]["metadata"]["labels"]["quarterdeck/track"] = json!("stable");
    c.create(&c.deployments(), &shop).await;
    let spec = json!({"selector": {"app": "shop"}, "ports": [{"port": 80}]});
    c.create(&c.core("services"), &json!({"metadata": {"name": "shop"}, "spec": spec})).await;
    c.until("the shop serves", &shop::path(c), |d| d["status"]["availableReplicas"] == 2).await;
    (Person::new(c, "admin"), format!("{services}/shop"))
}

async fn subsets_of_one_host_follow_the_steps_and_come_back(c: Case) {
    let (admin, path) = open_by_subsets(&c, json!([subset("stable", 100)]), subsets()).await;
    let rule = format!("{}/shop", destination_rules(&c).await);
    let (before, apart) = (c.read(&path).await["spec"].clone(), c.read(&rule).await);
    let plan = admin.qd(&release(GOOD, &[&MANUAL[..], &["--dry-run"]].concat())).await.exits(2).out;
    assert!(
        plan.contains("subset stable of shop for stable, subset canary of shop for the canary"),
        "{plan}"
    );
    let delivery = admin.start_qd(&release(GOOD, &MANUAL));
    shop::until(&c, "the first step is watched", watched(0)).await;
    let now = |service: &Value| service["spec"]["http"][0]["route"].clone();
    assert_eq!(now(&c.read(&path).await), json!([subset("stable", 80), subset("canary", 20)]));
    // The subsets select what the weights say they do.
    let labels = |pods: &Value| pods["items"].as_array().map_or(0, Vec::len);
    for (track, pods) in [("stable", 2), ("canary", 1)] {
        let selected = format!("{}?labelSelector=app=shop,quarterdeck/track={track}", c.core("pods"));
        assert_eq!(labels(&c.read(&selected).await), pods, "{track}");
    }
    admin.qd(&["promote", "shop", "--reason", "go on"]).await.exits(0);
    let record = shop::until(&c, "the second step is watched", watched(1)).await;
    assert_eq!(now(&c.read(&path).await), json!([subset("stable", 50), subset("canary", 50)]));
    assert_eq!(record["seen"]["router"]["percent"], 50);
    admin.qd(&["promote", "shop", "--reason", "looks good"]).await.exits(0);
    ended(delivery).await.exits(0);
    assert_eq!(c.read(&path).await["spec"], before, "and the canary is no longer named");
    assert_eq!(c.read(&rule).await, apart, "the DestinationRule is never written");
    shop::is_whole(&c, GOOD, 2).await;
    shop::is_told(&c, &shop::record(&c).await, &[&admin]).await;
}

async fn a_subset_is_picked_by_header_and_copied_to(c: Case) {
    let route = json!([subset("stable", 100), subset("canary", 0)]);
    let (admin, path) = open_by_subsets(&c, route, subsets()).await;
    let before = c.read(&path).await["spec"].clone();
    let how = ["--manual", "--mirror-writes", "--steps", "header:X-Canary=always,mirror:25"];
    let delivery = admin.start_qd(&release(GOOD, &how));
    shop::until(&c, "those with the header are watched", watched(0)).await;
    let http = c.read(&path).await["spec"]["http"].clone();
    assert_eq!(http[0]["route"][0]["destination"]["subset"], "canary", "{http}");
    assert_eq!(http[0]["match"], json!([{"headers": {"x-canary": {"exact": "always"}}}]));
    admin.qd(&["promote", "shop", "--reason", "go on"]).await.exits(0);
    shop::until(&c, "copies are watched", watched(1)).await;
    let rule = c.read(&path).await["spec"]["http"][0].clone();
    assert_eq!(rule["mirror"]["subset"], "canary", "{rule}");
    Person::new(&c, "admin").qd(&["abort", "shop", "--reason", "it burns"]).await.exits(0);
    ended(delivery).await.exits(1);
    assert_eq!(c.read(&path).await["spec"], before);
    shop::is_whole(&c, make::IMAGE, 2).await;
}

async fn subsets_that_tell_nothing_apart_are_refused(c: Case) {
    let all = json!([{"name": "stable", "labels": {"app": "shop"}}]);
    let (admin, _) = open_by_subsets(&c, json!([subset("stable", 100)]), all).await;
    let rule = format!("{}/shop", destination_rules(&c).await);
    let refused = async |words: &str| {
        let err = admin.qd(&release(GOOD, &["--traffic", "route"])).await.exits(3).err;
        assert!(err.contains(words), "{words:?} in {err}");
    };
    refused("subset stable of DestinationRule shop would select stable's pods and the canary's").await;
    let half = json!({"spec": {"subsets": [subsets()[0]]}});
    c.admin.patch(MERGE, &rule, &half).await.is(200);
    refused("DestinationRule shop has no subset that selects the canary's pods alone").await;
    c.admin.delete(&rule).await.is(200);
    refused("names the subset stable of shop, and no DestinationRule of the namespace is for it").await;
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
}
