//! Deliveries whose requests are shared out by a canary `Ingress` of ingress-nginx.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::MERGE;
use crate::make;
use crate::program::{Person, ended};
use crate::routes::{MANUAL, split_shop};
use crate::shop::{self, GOOD, release, watched, why};

behaviours! { "legacy":
    annotations_follow_the_steps_and_come_back,
    an_ingress_picks_by_a_header_of_nobody_else,
    what_an_ingress_cannot_shift_is_refused,
}

const CANARY: &str = "nginx.ingress.kubernetes.io/canary";
const HEADER: &str = "nginx.ingress.kubernetes.io/canary-by-header";
const VALUE: &str = "nginx.ingress.kubernetes.io/canary-by-header-value";
const WEIGHT: &str = "nginx.ingress.kubernetes.io/canary-weight";

fn ingress(name: &str, backend: &str, annotations: &Value) -> Value {
    let service = json!({"name": backend, "port": {"number": 80}});
    let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": service}});
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": "shop.example", "http": {"paths": [path]}}]}})
}

/// A shop, its Ingress and that one's canary; the path of the latter.
async fn open(c: &Case) -> (Person, String) {
    let path = c.group("networking.k8s.io/v1", "ingresses");
    c.create(&path, &ingress("shop", "shop", &json!({}))).await;
    let canary = json!({CANARY: "true", HEADER: "x-tester"});
    c.create(&path, &ingress("shop-canary", "shop-canary", &canary)).await;
    (split_shop(c).await, format!("{path}/shop-canary"))
}

async fn annotations_follow_the_steps_and_come_back(c: Case) {
    let (admin, path) = open(&c).await;
    let before = c.read(&path).await;
    let weight = async || c.read(&path).await["metadata"]["annotations"][WEIGHT].clone();
    let plan = admin.qd(&release(GOOD, &[&MANUAL[..], &["--dry-run"]].concat())).await.exits(2).out;
    assert!(plan.contains("20 % by weight") && plan.contains("Ingress shop-canary"), "{plan}");
    let delivery = admin.start_qd(&release(GOOD, &MANUAL));
    shop::until(&c, "the first step is watched", watched(0)).await;
    assert_eq!(weight().await, "20");
    admin.qd(&["promote", "shop", "--reason", "go on"]).await.exits(0);
    shop::until(&c, "the second step is watched", watched(1)).await;
    assert_eq!(weight().await, "50");
    Person::new(&c, "admin").qd(&["abort", "shop", "--reason", "it burns"]).await.exits(0);
    ended(delivery).await.exits(1);
    let record = shop::record(&c).await;
    assert!(why(&record).contains("it burns"), "{}", why(&record));
    let after = c.read(&path).await;
    assert_eq!(
        (&after["spec"], &after["metadata"]["annotations"]),
        (&before["spec"], &before["metadata"]["annotations"])
    );
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
}

async fn an_ingress_picks_by_a_header_of_nobody_else(c: Case) {
    let (admin, path) = open(&c).await;
    let how = ["--manual", "--steps", "header:X-Canary=always,50"];
    let refused = admin.qd(&release(GOOD, &how)).await.exits(3).err;
    assert!(refused.contains("sends people to the canary by a header already"), "{refused}");
    let freed = json!({"metadata": {"annotations": {HEADER: null}}});
    c.admin.patch(MERGE, &path, &freed).await.is(200);
    let copies = ["--steps", "mirror:10,50", "--mirror-writes"];
    let refused = admin.qd(&release(GOOD, &copies)).await.exits(3).err;
    assert!(refused.contains("makes no copies") && refused.contains("an HTTPRoute"), "{refused}");
    let annotations = async || c.read(&path).await["metadata"]["annotations"].clone();
    let before = annotations().await;
    let delivery = admin.start_qd(&release(GOOD, &how));
    shop::until(&c, "those with the header are watched", watched(0)).await;
    let now = annotations().await;
    assert_eq!([&now[HEADER], &now[VALUE], &now[WEIGHT]], ["X-Canary", "always", "0"]);
    admin.qd(&["promote", "shop", "--reason", "go on"]).await.exits(0);
    shop::until(&c, "the weight is watched", watched(1)).await;
    let now = annotations().await;
    assert_eq!((now.get(HEADER), now.get(VALUE), &now[WEIGHT]), (None, None, &json!("50")));
    Person::new(&c, "admin").qd(&["abort", "shop", "--reason", "it burns"]).await.exits(0);
    ended(delivery).await.exits(1);
    assert_eq!(annotations().await, before);
    shop::is_whole(&c, make::IMAGE, 2).await;
}

async fn what_an_ingress_cannot_shift_is_refused(c: Case) {
    let (admin, path) = open(&c).await;
    let refused = async |words: &str| {
        let err = admin.qd(&release(GOOD, &[])).await.exits(3).err;
        assert!(err.contains(words), "{words:?} in {err}");
    };
    let all = c.group("networking.k8s.io/v1", "ingresses");
    c.create(&all, &ingress("beta", "beta", &json!({CANARY: "true", WEIGHT: "5"}))).await;
    refused("Ingresses beta and shop-canary are both canaries").await;
    c.admin.delete(&format!("{all}/beta")).await.is(200);
    let weighed = json!({"metadata": {"annotations": {WEIGHT: "30"}}});
    c.admin.patch(MERGE, &path, &weighed).await.is(200);
    refused("gives shop-canary the weight 30 already").await;
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
}
