//! Watch: order, selectors, bookmarks, the beginning and the end.

use serde_json::{Value, json};

use super::custom;
use crate::behaviours;
use crate::case::Case;
use crate::http::MERGE;
use crate::make;

behaviours! { "watch":
    events_come_in_order_with_the_object,
    watch_from_a_version_starts_after_it,
    watch_without_a_version_starts_with_what_is_there,
    watch_of_one_name,
    object_leaving_the_selector_is_deleted,
    object_entering_the_selector_is_added,
    deleted_event_has_the_last_state_and_a_newer_version,
    ancient_version_is_410,
    future_version_waits,
    send_initial_events_ends_with_a_bookmark,
    send_initial_events_needs_a_match,
    timeout_ends_the_stream,
    metadata_only_watch,
    table_watch,
    forbidden_watch_is_403,
    watch_of_one_object_path_is_deprecated_but_served,
}

fn version(object: &Value) -> &str {
    object["metadata"]["resourceVersion"].as_str().expect("a resource version")
}

fn step(kind: &str, name: &str) -> (String, String) {
    (kind.to_owned(), name.to_owned())
}

async fn now(c: &Case) -> String {
    version(&c.read(&c.core("configmaps")).await).to_owned()
}

async fn label(c: &Case, name: &str, value: Value) {
    let patch = json!({"metadata": {"labels": {"app": value}}});
    c.admin.patch(MERGE, &format!("{}/{name}", c.core("configmaps")), &patch).await.is(200);
}

async fn events_come_in_order_with_the_object(c: Case) {
    let path = c.core("configmaps");
    let mut watch = c.admin.watch(&format!("{path}?watch=1&resourceVersion={}", now(&c).await)).await;
    c.config_map("a").await;
    c.admin.patch(MERGE, &format!("{path}/a"), &json!({"data": {"k": "w"}})).await.is(200);
    c.admin.delete(&format!("{path}/a")).await.is(200);
    let mut last = 0;
    for (kind, data) in [("ADDED", "v"), ("MODIFIED", "w"), ("DELETED", "w")] {
        let event = watch.next().await.expect("an event");
        assert_eq!((&event["type"], &event["object"]["data"]["k"]), (&json!(kind), &json!(data)));
        assert_eq!(
            (&event["object"]["kind"], &event["object"]["apiVersion"]),
            (&json!("ConfigMap"), &json!("v1"))
        );
        let at: u64 = version(&event["object"]).parse().expect("a number");
        assert!(at > last, "versions grow");
        last = at;
    }
}

async fn watch_from_a_version_starts_after_it(c: Case) {
    c.config_map("before").await;
    let then = c.config_map("at").await;
    c.config_map("after").await;
    let path = format!("{}?watch=true&resourceVersion={}", c.core("configmaps"), version(&then));
    assert_eq!(c.admin.watch(&path).await.step().await, step("ADDED", "after"));
}

async fn watch_without_a_version_starts_with_what_is_there(c: Case) {
    c.create(&c.core("secrets"), &json!({"metadata": {"name": "a"}})).await;
    for query in ["watch=1", "watch=1&resourceVersion=0"] {
        let mut watch = c.admin.watch(&format!("{}?{query}", c.core("secrets"))).await;
        assert_eq!(watch.step().await, step("ADDED", "a"), "{query}");
    }
}

async fn watch_of_one_name(c: Case) {
    let path = format!(
        "{}?watch=1&resourceVersion={}&fieldSelector=metadata.name%3Db",
        c.core("configmaps"),
        now(&c).await
    );
    let mut watch = c.admin.watch(&path).await;
    c.config_map("a").await;
    c.config_map("b").await;
    assert_eq!(watch.step().await, step("ADDED", "b"));
}

async fn object_leaving_the_selector_is_deleted(c: Case) {
    let made = c.create(&c.core("configmaps"), &make::labelled("a", json!({"app": "web"}))).await;
    let path = format!(
        "{}?watch=1&resourceVersion={}&labelSelector=app%3Dweb",
        c.core("configmaps"),
        version(&made)
    );
    let mut watch = c.admin.watch(&path).await;
    label(&c, "a", json!("db")).await;
    let event = watch.next().await.expect("an event");
    assert_eq!(event["type"], "DELETED");
    // What is shown is how the object looked while it still belonged.
    assert_eq!(event["object"]["metadata"]["labels"]["app"], "web");
}

async fn object_entering_the_selector_is_added(c: Case) {
    let made = c.create(&c.core("configmaps"), &make::labelled("a", json!({"app": "db"}))).await;
    let path = format!(
        "{}?watch=1&resourceVersion={}&labelSelector=app%3Dweb",
        c.core("configmaps"),
        version(&made)
    );
    let mut watch = c.admin.watch(&path).await;
    label(&c, "a", json!("web")).await;
    assert_eq!(watch.step().await, step("ADDED", "a"));
    label(&c, "a", Value::Null).await;
    assert_eq!(watch.step().await, step("DELETED", "a"));
}

async fn deleted_event_has_the_last_state_and_a_newer_version(c: Case) {
    let made = c.config_map("a").await;
    let path = format!("{}?watch=1&resourceVersion={}", c.core("configmaps"), version(&made));
    let mut watch = c.admin.watch(&path).await;
    c.admin.delete(&format!("{}/a", c.core("configmaps"))).await.is(200);
    let event = watch.next().await.expect("an event");
    assert_eq!((&event["type"], &event["object"]["data"]["k"]), (&json!("DELETED"), &json!("v")));
    let number = |object: &Value| version(object).parse::<u64>().expect("a number");
    assert!(number(&event["object"]) > number(&made), "{event}");
}

async fn ancient_version_is_410(c: Case) {
    // Of a kind as young as this nobody can remember the first version. Of the others a cluster
    // made a minute ago may, and then it shows everything since.
    let kind = custom::defined(&c).await;
    let mut watch = c.admin.watch(&format!("{}?watch=1&resourceVersion=1", kind.path(&c))).await;
    let event = watch.next().await.expect("an event");
    assert_eq!(event["type"], "ERROR");
    let status = &event["object"];
    assert_eq!(
        (&status["code"], &status["reason"], &status["kind"]),
        (&json!(410), &json!("Expired"), &json!("Status"))
    );
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("too old resource version: 1 ("), "{message}");
    assert!(watch.next().await.is_none(), "the stream ends after the error");
    custom::forget(&c, kind).await;
}

async fn future_version_waits(c: Case) {
    c.config_map("a").await;
    let path = format!("{}?watch=1&resourceVersion=9000000000000&timeoutSeconds=1", c.core("configmaps"));
    assert_eq!(c.admin.watch(&path).await.rest().await, Vec::<Value>::new());
}

async fn send_initial_events_ends_with_a_bookmark(c: Case) {
    let path = c.core("secrets");
    for name in ["a", "b"] {
        c.create(&path, &json!({"metadata": {"name": name}})).await;
    }
    let query = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    let mut watch = c.admin.watch(&format!("{path}?{query}")).await;
    let mut names = Vec::new();
    let bookmark = loop {
        let event = watch.next().await.expect("an event");
        if event["type"] == "BOOKMARK" {
            break event["object"].clone();
        }
        assert_eq!(event["type"], "ADDED");
        names.push(event["object"]["metadata"]["name"].as_str().unwrap_or_default().to_owned());
    };
    names.sort();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(bookmark["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
    assert_eq!(bookmark["kind"], "Secret");
    assert!(version(&bookmark).parse::<u64>().is_ok());
    c.create(&path, &json!({"metadata": {"name": "c"}})).await;
    assert_eq!(watch.step().await, step("ADDED", "c"));
}

async fn send_initial_events_needs_a_match(c: Case) {
    let path = format!("{}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true", c.core("configmaps"));
    let status = c.admin.get(&path).await.fails(422, "Invalid");
    assert_eq!(status["details"]["causes"][0]["field"], "resourceVersionMatch", "{status}");
}

async fn timeout_ends_the_stream(c: Case) {
    c.create(&c.core("secrets"), &json!({"metadata": {"name": "a"}})).await;
    // A server with much to do may need longer than the shortest time to say what is there.
    for seconds in [1, 5, 25, 60] {
        let path = format!("{}?watch=1&timeoutSeconds={seconds}", c.core("secrets"));
        let events = c.admin.watch(&path).await.rest().await;
        let kinds: Vec<_> =
            events.iter().map(|event| &event["type"]).filter(|kind| **kind != "BOOKMARK").collect();
        if kinds == ["ADDED"] {
            return;
        }
        assert_eq!(kinds, Vec::<&Value>::new(), "{seconds} s");
    }
    panic!("what is there is not shown");
}

async fn metadata_only_watch(c: Case) {
    c.create(&c.core("secrets"), &json!({"metadata": {"name": "a"}, "stringData": {"k": "v"}})).await;
    let accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    let mut watch = c.admin.watch_as(accept, &format!("{}?watch=1", c.core("secrets"))).await;
    let object = &watch.next().await.expect("an event")["object"];
    assert_eq!(
        (&object["kind"], &object["apiVersion"]),
        (&json!("PartialObjectMetadata"), &json!("meta.k8s.io/v1"))
    );
    assert_eq!(object["metadata"]["name"], "a");
    assert!(object.get("data").is_none(), "{object}");
}

async fn table_watch(c: Case) {
    let accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
    c.config_map("a").await;
    let path = format!("{}?watch=1&fieldSelector=metadata.name%3Da", c.core("configmaps"));
    let mut watch = c.admin.watch_as(accept, &path).await;
    let first = &watch.next().await.expect("an event")["object"];
    assert_eq!((&first["kind"], &first["rows"][0]["cells"][0]), (&json!("Table"), &json!("a")));
    assert!(
        first["columnDefinitions"].as_array().is_some_and(|all| !all.is_empty()),
        "the first has the columns"
    );
    label(&c, "a", json!("x")).await;
    let second = watch.next().await.expect("an event");
    assert_eq!(second["type"], "MODIFIED");
    assert_eq!(second["object"]["rows"][0]["cells"][0], "a");
    assert!(second["object"]["columnDefinitions"].is_null(), "later ones do not repeat them: {second}");
}

async fn forbidden_watch_is_403(c: Case) {
    let refused = c.nobody().get(&format!("{}?watch=1", c.core("configmaps"))).await;
    let message = format!(
        "configmaps is forbidden: User \"nobody\" cannot watch resource \"configmaps\" in API group \"\" in the namespace \"{}\"",
        c.ns
    );
    refused.says(403, "Forbidden", &message);
}

async fn watch_of_one_object_path_is_deprecated_but_served(c: Case) {
    c.config_map("a").await;
    let path = format!("/api/v1/watch/namespaces/{}/configmaps/a", c.ns);
    assert_eq!(c.admin.watch(&path).await.step().await, step("ADDED", "a"));
}
