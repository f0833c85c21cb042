use serde_json::json;

use super::*;

fn store() -> Store {
    let clock = SimClock::paused_at("2026-01-02T03:04:05Z".parse().unwrap());
    let store = Store::new(clock, 1);
    store.create("namespaces", "", json!({"metadata": {"name": "shop"}})).unwrap();
    store
}

fn deployment(name: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"app": name}}, "spec": {"replicas": 1}})
}

#[test]
fn create_fills_what_the_server_decides() {
    let store = store();
    let o = store.create("deployments", "shop", deployment("web")).unwrap();
    let v = o.value();
    assert_eq!(v["apiVersion"], "apps/v1");
    assert_eq!(v["kind"], "Deployment");
    assert_eq!(v["metadata"]["generation"], 1);
    assert_eq!(v["metadata"]["creationTimestamp"], "2026-01-02T03:04:05Z");
    assert_eq!(v["metadata"]["resourceVersion"], o.rv.to_string());
    assert_eq!(o.uid().len(), 36);
    assert_eq!(o.uid().as_bytes()[14], b'4');
    let generated = store.create("pods", "shop", json!({"metadata": {"generateName": "web-"}})).unwrap();
    assert_eq!(generated.name().len(), "web-".len() + 5);
}

#[test]
fn taken_names_and_missing_namespaces_are_refused() {
    let store = store();
    store.create("deployments", "shop", deployment("web")).unwrap();
    let taken = store.create("deployments", "shop", deployment("web")).unwrap_err();
    assert_eq!((taken.code, taken.message.as_str()), (409, "deployments.apps \"web\" already exists"));
    let nowhere = store.create("deployments", "nope", deployment("web")).unwrap_err();
    assert_eq!((nowhere.code, nowhere.message.as_str()), (404, "namespaces \"nope\" not found"));
}

#[test]
fn only_a_changed_spec_raises_the_generation_and_no_change_makes_no_version() {
    let store = store();
    let first = store.create("deployments", "shop", deployment("web")).unwrap();
    let same = store.modify("deployments", "shop", "web", |_| {}).unwrap();
    assert_eq!(same.rv, first.rv);
    let status = store.modify("deployments", "shop", "web", |v| v["status"]["replicas"] = json!(1)).unwrap();
    assert_eq!(status.value()["metadata"]["generation"], 1);
    let spec = store.modify("deployments", "shop", "web", |v| v["spec"]["replicas"] = json!(2)).unwrap();
    assert_eq!(spec.value()["metadata"]["generation"], 2);
    assert!(spec.rv > status.rv && status.rv > first.rv);
}

#[test]
fn identity_cannot_be_changed() {
    let store = store();
    let first = store.create("deployments", "shop", deployment("web")).unwrap();
    let after = store
        .modify("deployments", "shop", "web", |v| {
            v["metadata"]["uid"] = json!("x");
            v["metadata"]["name"] = json!("y");
            v["kind"] = json!("Pod");
        })
        .unwrap();
    assert_eq!((after.uid(), after.name(), after.rv), (first.uid(), "web", first.rv));
    let nonsense = store.modify("deployments", "shop", "web", |v| *v = json!(3)).unwrap();
    assert_eq!(nonsense.rv, first.rv);
}

#[test]
fn finalizers_hold_a_deleted_object() {
    let store = store();
    let mut held = deployment("web");
    held["metadata"]["finalizers"] = json!(["a/b"]);
    store.create("deployments", "shop", held).unwrap();
    let deleted = store.delete("deployments", "shop", "web", &DeleteOptions::default()).unwrap();
    assert!(!deleted.gone);
    assert_eq!(deleted.object.value()["metadata"]["generation"], 2);
    store.modify("deployments", "shop", "web", |v| v["metadata"]["finalizers"] = json!([])).unwrap();
    assert!(store.get("deployments", "shop", "web").is_none());
}

#[test]
fn a_running_pod_gets_its_grace_and_a_pending_one_none() {
    let store = store();
    store.create("pods", "shop", json!({"metadata": {"name": "new"}})).unwrap();
    assert!(store.delete("pods", "shop", "new", &DeleteOptions::default()).unwrap().gone);
    let pod = json!({"metadata": {"name": "old"}, "spec": {"nodeName": "n1"}});
    store.create("pods", "shop", pod).unwrap();
    let first = store.delete("pods", "shop", "old", &DeleteOptions::default()).unwrap();
    assert!(!first.gone);
    assert_eq!(first.object.value()["metadata"]["deletionGracePeriodSeconds"], 30);
    let now = DeleteOptions { grace_seconds: Some(0), ..DeleteOptions::default() };
    assert!(store.delete("pods", "shop", "old", &now).unwrap().gone);
}

#[test]
fn preconditions_name_both_versions() {
    let store = store();
    let o = store.create("pods", "shop", json!({"metadata": {"name": "p"}})).unwrap();
    let options = DeleteOptions { uid: Some("other".into()), ..DeleteOptions::default() };
    let e = store.delete("pods", "shop", "p", &options).unwrap_err();
    assert_eq!(e.code, 409);
    assert!(
        e.message
            .starts_with("Operation cannot be fulfilled on Pod \"p\": the UID in the precondition (other)")
    );
    assert!(e.message.contains(o.uid()));
}

#[test]
fn a_namespace_ends_when_its_controller_lets_go() {
    let store = store();
    assert!(!store.delete("namespaces", "", "shop", &DeleteOptions::default()).unwrap().gone);
    let e = store.create("pods", "shop", json!({"metadata": {"name": "p"}})).unwrap_err();
    assert_eq!(e.code, 403);
    assert!(e.message.ends_with("in namespace shop because it is being terminated"), "{}", e.message);
    store.modify("namespaces", "", "shop", |v| v["spec"]["finalizers"] = json!([])).unwrap();
    assert!(store.get("namespaces", "", "shop").is_none());
}

#[tokio::test]
async fn changes_come_in_order_and_old_ones_expire() {
    let store = store();
    let mut feed = store.changes(store.version());
    let from = store.version();
    for i in 0..3 {
        store.create("pods", "shop", json!({"metadata": {"name": format!("p{i}")}})).unwrap();
    }
    store.delete("pods", "shop", "p0", &DeleteOptions::default()).unwrap();
    let seen = feed.next().await.unwrap();
    let kinds: Vec<_> = seen.iter().map(|c| (c.kind, c.object.name().to_owned())).collect();
    assert_eq!(kinds.len(), 4);
    assert_eq!(kinds[3], (ChangeKind::Deleted, "p0".to_owned()));
    assert!(seen.windows(2).all(|w| w[0].rv < w[1].rv));
    store.compact(1);
    let old = store.changes(from).poll().unwrap_err();
    assert_eq!(old.requested, from);
}

#[test]
fn events_are_bounded() {
    let store = store();
    for i in 0..4_100 {
        store.create("events", "shop", json!({"metadata": {"name": format!("e{i}")}})).unwrap();
    }
    let (events, _) = store.list("events", None);
    assert_eq!(events.len(), 4_096);
    assert!(store.get("events", "shop", "e0").is_none());
}

#[test]
fn logs_are_bounded_and_rotate() {
    let store = store();
    let at = store.clock().now();
    for i in 0..2_500 {
        store.append_log("shop", "p", "app", &format!("line {i}"), at);
    }
    let lines = store.read_log("shop", "p", "app", false, 0).unwrap();
    assert_eq!((lines.len(), &*lines[0].text), (2_000, "line 500"));
    assert!(store.read_log("shop", "p", "app", true, 0).is_none());
    store.rotate_log("shop", "p", "app");
    store.append_log("shop", "p", "app", "again", at);
    assert_eq!(store.read_log("shop", "p", "app", true, 0).unwrap().len(), 2_000);
    let now = store.read_log("shop", "p", "app", false, 0).unwrap();
    assert_eq!((now.len(), now[0].seq), (1, 2_500));
}

#[test]
fn a_crd_adds_rows_and_its_deletion_takes_them_away() {
    let store = store();
    let crd = json!({"metadata": {"name": "widgets.acme.io"}, "spec": {"group": "acme.io", "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
        "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}}}]}});
    store.create("customresourcedefinitions", "", crd).unwrap();
    let widget = store.create("widgets.acme.io", "shop", json!({"metadata": {"name": "w"}, "a": 1})).unwrap();
    assert_eq!(widget.value()["apiVersion"], "acme.io/v1");
    store.delete("customresourcedefinitions", "", "widgets.acme.io", &DeleteOptions::default()).unwrap();
    assert_eq!(store.create("widgets.acme.io", "shop", json!({})).unwrap_err().code, 404);
}

#[test]
fn siblings_share_what_is_the_same_and_read_as_they_were_written() {
    let store = store();
    let pod = |name: &str| {
        let image = "registry.example.com/shop/web:v1.2.3";
        let containers: Vec<Value> =
            (0..20).map(|n| json!({"name": format!("c{}", n * n), "image": image})).collect();
        json!({"metadata": {"name": name, "labels": {"app": "web"}}, "spec": {"containers": containers}})
    };
    let first = store.create("pods", "shop", pod("web-1")).unwrap();
    let second = store.create("pods", "shop", pod("web-2")).unwrap();
    let changed = store.modify("pods", "shop", "web-2", |v| v["spec"]["nodeName"] = "n".into()).unwrap();
    assert!(second.size() * 2 < second.json().len(), "{} of {} bytes", second.size(), second.json().len());
    assert!(changed.size() * 2 < changed.json().len());
    let names = |o: &Object| {
        (o.value()["metadata"]["name"].clone(), o.name().to_owned(), o.value()["spec"]["nodeName"].clone())
    };
    assert_eq!(names(&first), (json!("web-1"), "web-1".to_owned(), Value::Null));
    assert_eq!(names(&changed), (json!("web-2"), "web-2".to_owned(), json!("n")));
    assert!(Arc::ptr_eq(&changed.shared_name(), &second.shared_name()), "versions share their name");
    assert!(Arc::ptr_eq(&first.shared_namespace(), &second.shared_namespace()), "siblings their namespace");
    assert_eq!(first.labels().collect::<Vec<_>>(), [("app", "web")]);
}
