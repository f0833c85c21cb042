//! What `qd doctor` finds.

use crate::behaviours;
use crate::case::Case;
use crate::program::Person;
use serde_json::Value;

behaviours! { "doctor":
    admin_is_well,
    viewer_is_told_what_is_missing,
    nobody_is_told_that_nothing_is_seen,
    without_a_kubeconfig_the_rest_is_looked_at,
}

fn outcome<'a>(checks: &'a Value, name: &str) -> &'a str {
    let all = checks.as_array().expect("a list");
    let found = all.iter().find(|check| check["name"] == name);
    found.and_then(|check| check["outcome"].as_str()).unwrap_or("not there")
}

async fn admin_is_well(c: Case) {
    let checks = Person::new(&c, "admin").qd(&["doctor", "-o", "json"]).await.exits(0).json();
    for name in ["kubeconfig", "server", "clock", "seeing", "acting", "metrics", "state", "audit", "files"] {
        assert_eq!(outcome(&checks, name), "pass", "{name}: {checks}");
    }
}

async fn viewer_is_told_what_is_missing(c: Case) {
    let viewer = Person::new(&c, "viewer");
    let checks = viewer.qd(&["doctor", "-o", "json"]).await.exits(0).json();
    assert_eq!((outcome(&checks, "seeing"), outcome(&checks, "acting")), ("pass", "warn"), "{checks}");
    let shown = viewer.qd(&["doctor"]).await.exits(0).out;
    assert!(shown.contains("patch deployments") && shown.contains("ask for a role"), "{shown}");
}

async fn nobody_is_told_that_nothing_is_seen(c: Case) {
    let checks = Person::new(&c, "nobody").qd(&["doctor", "-o", "json"]).await.exits(1).json();
    assert_eq!(outcome(&checks, "seeing"), "fail", "{checks}");
}

async fn without_a_kubeconfig_the_rest_is_looked_at(c: Case) {
    let admin = Person::new(&c, "admin");
    let checks = admin.qd(&["doctor", "-o", "json", "--kubeconfig", "/nowhere/config"]).await.exits(1).json();
    assert_eq!((outcome(&checks, "kubeconfig"), outcome(&checks, "audit")), ("fail", "pass"), "{checks}");
    assert_eq!(outcome(&checks, "server"), "not there");
}
