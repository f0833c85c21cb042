//! Leases and Events: what an engine lives on.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{APPLY, MERGE};
use crate::make;

behaviours! { "coordination":
    lease_create_race_has_one_winner,
    lease_replace_race_has_one_winner,
    lease_takeover_by_a_stale_holder_is_409,
    lease_times_keep_their_microseconds,
    lease_time_without_microseconds_is_400,
    lease_bad_duration_is_422,
    lease_transitions_are_kept,
    lease_apply_conflicts_between_holders,
    event_is_seen_through_both_groups,
    event_needs_its_own_namespace,
    event_names_what_it_is_about,
    event_series_can_be_patched,
    config_map_record_test_and_set,
}

fn leases(c: &Case) -> String {
    c.group("coordination.k8s.io/v1", "leases")
}

async fn lease_create_race_has_one_winner(c: Case) {
    let racers = (0..8).map(|n| {
        let (http, path) = (c.admin.clone(), leases(&c));
        async move { http.post(&path, &make::lease("l", &format!("engine-{n}"))).await.status }
    });
    let mut ends = futures::future::join_all(racers).await;
    ends.sort_unstable();
    assert_eq!(ends, [201, 409, 409, 409, 409, 409, 409, 409]);
}

async fn lease_replace_race_has_one_winner(c: Case) {
    let made = c.create(&leases(&c), &make::lease("l", "old")).await;
    let racers = (0..8).map(|n| {
        let (http, path, mut body) = (c.admin.clone(), format!("{}/l", leases(&c)), made.clone());
        body["spec"]["holderIdentity"] = json!(format!("engine-{n}"));
        async move { http.put(&path, &body).await.status }
    });
    let mut ends = futures::future::join_all(racers).await;
    ends.sort_unstable();
    assert_eq!(ends, [200, 409, 409, 409, 409, 409, 409, 409]);
}

async fn lease_takeover_by_a_stale_holder_is_409(c: Case) {
    let mut stale = c.create(&leases(&c), &make::lease("l", "one")).await;
    let path = format!("{}/l", leases(&c));
    let mut taken = stale.clone();
    taken["spec"]["holderIdentity"] = json!("two");
    c.admin.put(&path, &taken).await.is(200);
    stale["spec"]["renewTime"] = json!("2026-01-01T00:00:00.000001Z");
    let message = "Operation cannot be fulfilled on leases.coordination.k8s.io \"l\": the object has been modified; please apply your changes to the latest version and try again";
    c.admin.put(&path, &stale).await.says(409, "Conflict", message);
    assert_eq!(c.read(&path).await["spec"]["holderIdentity"], "two");
}

async fn lease_times_keep_their_microseconds(c: Case) {
    let mut body = make::lease("l", "one");
    body["spec"]["renewTime"] = json!("2026-01-02T03:04:05.678901Z");
    body["spec"]["acquireTime"] = json!("2026-01-02T03:04:05.000000Z");
    let made = c.create(&leases(&c), &body).await;
    assert_eq!(made["spec"]["renewTime"], "2026-01-02T03:04:05.678901Z");
    assert_eq!(made["spec"]["acquireTime"], "2026-01-02T03:04:05.000000Z");
}

async fn lease_time_without_microseconds_is_400(c: Case) {
    let mut body = make::lease("l", "one");
    body["spec"]["renewTime"] = json!("2026-01-02T03:04:05Z");
    let message = c.admin.post(&leases(&c), &body).await.fails(400, "BadRequest")["message"].to_string();
    assert!(
        message.contains("Lease in version \\\"v1\\\" cannot be handled as a Lease: parsing time"),
        "{message}"
    );
}

async fn lease_bad_duration_is_422(c: Case) {
    let mut body = make::lease("l", "one");
    body["spec"]["leaseDurationSeconds"] = json!(0);
    let status = c.admin.post(&leases(&c), &body).await.fails(422, "Invalid");
    let message = "Lease.coordination.k8s.io \"l\" is invalid: spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0";
    assert_eq!(status["message"], message);
}

async fn lease_transitions_are_kept(c: Case) {
    let mut body = make::lease("l", "one");
    body["spec"]["leaseTransitions"] = json!(7);
    c.create(&leases(&c), &body).await;
    assert_eq!(c.read(&format!("{}/l", leases(&c))).await["spec"]["leaseTransitions"], 7);
}

async fn lease_apply_conflicts_between_holders(c: Case) {
    let apply = |holder: &str| {
        let path = format!("{}/l?fieldManager={holder}", leases(&c));
        let (http, body) = (c.admin.clone(), make::lease("l", holder));
        async move { http.patch(APPLY, &path, &body).await }
    };
    apply("one").await.is(201);
    apply("one").await.is(200);
    let status = apply("two").await.fails(409, "Conflict");
    assert_eq!(
        status["message"],
        "Apply failed with 1 conflict: conflict with \"one\": .spec.holderIdentity"
    );
}

fn event(c: &Case, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": name}, "type": "Warning",
        "reason": "Unhealthy", "message": "it is", "count": 3, "source": {"component": "tester"},
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:01:00Z",
        "involvedObject": {"kind": "Pod", "namespace": c.ns, "name": "p", "uid": "u"}})
}

async fn event_is_seen_through_both_groups(c: Case) {
    c.create(&c.core("events"), &event(&c, "e")).await;
    let other = c.read(&format!("{}/e", c.group("events.k8s.io/v1", "events"))).await;
    assert_eq!((&other["kind"], &other["apiVersion"]), (&json!("Event"), &json!("events.k8s.io/v1")));
    assert_eq!((&other["note"], &other["regarding"]["name"]), (&json!("it is"), &json!("p")));
    assert_eq!(
        (&other["deprecatedCount"], &other["deprecatedSource"]["component"]),
        (&json!(3), &json!("tester"))
    );
    let new = json!({"metadata": {"name": "n"}, "eventTime": "2026-01-01T00:00:00.000001Z", "type": "Normal",
        "reason": "Promoted", "action": "Promote", "note": "by engine", "reportingController": "quarterdeck.dev/engine",
        "reportingInstance": "one", "regarding": {"kind": "Pod", "namespace": c.ns, "name": "p"}});
    c.create(&c.group("events.k8s.io/v1", "events"), &new).await;
    let core = c.read(&c.core("events/n")).await;
    assert_eq!((&core["message"], &core["involvedObject"]["name"]), (&json!("by engine"), &json!("p")));
    assert_eq!(core["reportingComponent"], "quarterdeck.dev/engine");
}

async fn event_needs_its_own_namespace(c: Case) {
    let mut body = event(&c, "e");
    body["involvedObject"]["namespace"] = json!("default");
    let status = c.admin.post(&c.core("events"), &body).await.fails(422, "Invalid");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(
        message
            .contains("involvedObject.namespace: Invalid value: \"default\": does not match event.namespace"),
        "{message}"
    );
}

async fn event_names_what_it_is_about(c: Case) {
    let made = c.create(&c.core("events"), &event(&c, "e")).await;
    assert_eq!(made["involvedObject"]["uid"], "u");
    let path = format!("{}?fieldSelector=involvedObject.uid%3Du,type%3DWarning", c.core("events"));
    assert_eq!(c.read(&path).await["items"].as_array().map(Vec::len), Some(1));
}

async fn event_series_can_be_patched(c: Case) {
    c.create(&c.core("events"), &event(&c, "e")).await;
    let patch = json!({"count": 4, "lastTimestamp": "2026-01-01T00:02:00Z"});
    let after = c.admin.patch(MERGE, &c.core("events/e"), &patch).await.is(200);
    assert_eq!((&after["count"], &after["lastTimestamp"]), (&json!(4), &json!("2026-01-01T00:02:00Z")));
}

async fn config_map_record_test_and_set(c: Case) {
    let made = c
        .create(&c.core("configmaps"), &make::config_map("op", json!({"epoch": "1", "state": "running"})))
        .await;
    let step = |epoch: &str, state: &str| {
        json!([
        {"op": "test", "path": "/metadata/resourceVersion", "value": made["metadata"]["resourceVersion"]},
        {"op": "test", "path": "/data/epoch", "value": epoch},
        {"op": "replace", "path": "/data/state", "value": state}])
    };
    let path = c.core("configmaps/op");
    c.admin.patch(crate::http::JSON_PATCH, &path, &step("1", "held")).await.is(200);
    c.admin.patch(crate::http::JSON_PATCH, &path, &step("1", "late")).await.fails(422, "Invalid");
    assert_eq!(c.read(&path).await["data"]["state"], "held");
}
