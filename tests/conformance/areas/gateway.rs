//! `HTTPRoute` of the Gateway API: on a real server by the definition that
//! the embedded one comes with.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::gateway::{route, routes};
use crate::http::{APPLY, MERGE};

behaviours! { "gateway":
    route_gets_its_defaults,
    route_without_rules_gets_one,
    hostname_must_be_one,
    weight_has_bounds,
    route_has_at_most_sixteen_rules,
    unknown_field_of_a_route_is_dropped,
    rules_are_owned_as_a_whole,
    route_status_is_written_apart,
    hostnames_are_a_column,
    group_is_discovered,
}

const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";

fn to(services: &[(&str, Option<i64>)]) -> Value {
    let refs = services.iter().map(|(name, weight)| {
        let mut one = json!({"name": name, "port": 80});
        if let Some(weight) = weight {
            one["weight"] = json!(weight);
        }
        one
    });
    json!([{"backendRefs": refs.collect::<Vec<_>>()}])
}

async fn route_gets_its_defaults(c: Case) {
    let path = routes(&c).await;
    let spec = json!({"parentRefs": [{"name": "web"}], "rules": to(&[("a", None), ("b", Some(9))])});
    let made = c.create(&path, &route("r", &spec)).await;
    let parent = json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "web"});
    assert_eq!(made["spec"]["parentRefs"], json!([parent]));
    let backend = |name: &str, weight: i64| json!({"group": "", "kind": "Service", "name": name, "port": 80, "weight": weight});
    let rule = json!({"backendRefs": [backend("a", 1), backend("b", 9)], "matches": [{"path": {"type": "PathPrefix", "value": "/"}}]});
    assert_eq!(made["spec"]["rules"], json!([rule]));
    assert_eq!(made["metadata"]["generation"], 1);
}

async fn route_without_rules_gets_one(c: Case) {
    let path = routes(&c).await;
    let made = c.create(&path, &route("r", &json!({}))).await;
    assert_eq!(made["spec"]["rules"], json!([{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}]));
}

async fn refused(c: &Case, spec: Value, field: &str, message: &str) {
    let path = routes(c).await;
    let status = c.admin.post(&path, &route("r", &spec)).await.fails(422, "Invalid");
    let cause = &status["details"]["causes"][0];
    assert_eq!((&cause["field"], &cause["message"]), (&json!(field), &json!(message)), "{status}");
}

async fn hostname_must_be_one(c: Case) {
    let pattern = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
    let message = format!("Invalid value: \"Shop!\": spec.hostnames[0] in body should match '{pattern}'");
    refused(&c, json!({"hostnames": ["Shop!"]}), "spec.hostnames[0]", &message).await;
}

async fn weight_has_bounds(c: Case) {
    let field = "spec.rules[0].backendRefs[0].weight";
    let message = format!("Invalid value: -1: {field} in body should be greater than or equal to 0");
    refused(&c, json!({"rules": to(&[("a", Some(-1))])}), field, &message).await;
    let message = format!("Invalid value: 1000001: {field} in body should be less than or equal to 1000000");
    refused(&c, json!({"rules": to(&[("a", Some(1_000_001))])}), field, &message).await;
}

async fn route_has_at_most_sixteen_rules(c: Case) {
    let rules: Vec<Value> = (0..17).map(|_| json!({})).collect();
    refused(&c, json!({"rules": rules}), "spec.rules", "Too many: 17: must have at most 16 items").await;
}

async fn unknown_field_of_a_route_is_dropped(c: Case) {
    let path = routes(&c).await;
    let spec = json!({"rules": [{"backendRefs": [{"name": "a", "port": 80, "wieght": 1}]}]});
    let answer = c.admin.post(&path, &route("r", &spec)).await;
    let warning = "299 - \"unknown field \\\"spec.rules[0].backendRefs[0].wieght\\\"\"";
    assert_eq!(answer.header("warning"), warning);
    assert!(answer.is(201)["spec"]["rules"][0]["backendRefs"][0].get("wieght").is_none());
}

async fn rules_are_owned_as_a_whole(c: Case) {
    let path = routes(&c).await;
    let one = |manager: &str| format!("{path}/r?fieldManager={manager}");
    let split = |a, b| route("r", &json!({"rules": to(&[("a", Some(a)), ("b", Some(b))])}));
    c.admin.patch(APPLY, &one("one"), &split(90, 10)).await.is(201);
    let status = c.admin.patch(APPLY, &one("two"), &split(50, 50)).await;
    status.says(409, "Conflict", "Apply failed with 1 conflict: conflict with \"one\": .spec.rules");
    c.admin.patch(APPLY, &one("one"), &split(50, 50)).await.is(200);
}

async fn route_status_is_written_apart(c: Case) {
    let path = routes(&c).await;
    c.create(&path, &route("r", &json!({"hostnames": ["shop.example.com"]}))).await;
    let accepted = json!({"type": "Accepted", "status": "True", "reason": "Accepted", "message": "", "lastTransitionTime": "2026-01-02T03:04:05Z"});
    let parent = json!({"parentRef": {"name": "web"}, "controllerName": "example.com/gateway", "conditions": [accepted]});
    let patch = json!({"spec": {"hostnames": []}, "status": {"parents": [parent]}});
    let after = c.admin.patch(MERGE, &format!("{path}/r/status"), &patch).await.is(200);
    assert_eq!(after["spec"]["hostnames"], json!(["shop.example.com"]));
    assert_eq!(after["status"]["parents"][0]["parentRef"]["kind"], "Gateway");
    let wrong = json!({"status": {"parents": [{"parentRef": {"name": "web"}, "controllerName": "nobody"}]}});
    c.admin.patch(MERGE, &format!("{path}/r/status"), &wrong).await.fails(422, "Invalid");
}

async fn hostnames_are_a_column(c: Case) {
    let path = routes(&c).await;
    c.create(&path, &route("r", &json!({"hostnames": ["a.example.com", "b.example.com"]}))).await;
    let table = c.admin.get_as(TABLE, &path).await.is(200);
    let names: Vec<_> =
        table["columnDefinitions"].as_array().expect("columns").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["Name", "Hostnames", "Age"]);
    assert_eq!(table["rows"][0]["cells"][1], "[\"a.example.com\",\"b.example.com\"]");
}

async fn group_is_discovered(c: Case) {
    routes(&c).await;
    let path = "/apis/gateway.networking.k8s.io/v1";
    let list = c.until("routes are discovered", path, |list| list["resources"][0].is_object()).await;
    let route = &list["resources"][0];
    assert_eq!((&route["name"], &route["kind"]), (&json!("httproutes"), &json!("HTTPRoute")));
    assert_eq!(route["categories"], json!(["gateway-api"]));
}
