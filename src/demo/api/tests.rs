//! The API over HTTP, through the client the console uses.

use futures::{StreamExt, TryStreamExt};
use http::Request;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};

use crate::demo::api::faults::{Fault, Scope};
use crate::demo::clock::SimClock;
use crate::demo::{Demo, DemoOptions, serve};

pub(super) async fn demo() -> Demo {
    let clock = SimClock::paused_at("2026-01-02T03:04:05Z".parse().unwrap());
    serve(DemoOptions { clock, seed: 1, port: 0 }).await.unwrap()
}

pub(super) async fn client(demo: &Demo, user: &str) -> Client {
    let config = Kubeconfig::from_yaml(&demo.kubeconfig()).unwrap();
    let options = KubeConfigOptions { user: Some(user.into()), ..KubeConfigOptions::default() };
    let mut config = Config::from_custom_kubeconfig(config, &options).await.unwrap();
    config.default_retry = false;
    Client::try_from(config).unwrap()
}

fn deployment(name: &str) -> Deployment {
    serde_json::from_value(json!({
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "app", "image": "shop/web:1", "ports": [{"containerPort": 8080}]}]}}}
    }))
    .unwrap()
}

async fn send(
    client: &Client,
    method: &str,
    path: &str,
    content: &str,
    body: impl Into<Vec<u8>>,
) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", content)
        .body(body.into())
        .unwrap();
    let response = client.send(request.map(kube::client::Body::from)).await.unwrap();
    let code = response.status().as_u16();
    let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    (
        code,
        serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()),
    )
}

#[tokio::test]
async fn a_deployment_lives_and_dies() {
    let demo = demo().await;
    let api: Api<Deployment> = Api::namespaced(client(&demo, "admin").await, "default");
    let made = api.create(&PostParams::default(), &deployment("web")).await.unwrap();
    let spec = &made.spec;
    assert_eq!((spec.replicas, spec.revision_history_limit), (Some(1), Some(10)));
    assert_eq!(
        spec.template.spec.as_ref().unwrap().containers[0].image_pull_policy.as_deref(),
        Some("IfNotPresent")
    );
    let patch = json!({"spec": {"replicas": 3}});
    let patched = api.patch("web", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    assert_eq!(patched.metadata.generation, Some(2));
    assert_eq!(api.get_scale("web").await.unwrap().spec.unwrap().replicas, Some(3));
    let stale = api.replace("web", &PostParams::default(), &made).await.unwrap_err();
    assert!(matches!(stale, kube::Error::Api(s) if s.is_conflict()));
    api.delete("web", &DeleteParams::default()).await.unwrap();
    let gone = api.get("web").await.unwrap_err();
    assert!(
        matches!(gone, kube::Error::Api(s) if s.is_not_found() && s.message == "deployments.apps \"web\" not found")
    );
    demo.shutdown().await;
}

#[tokio::test]
async fn lists_come_in_pages_of_one_version() {
    let demo = demo().await;
    let api: Api<ConfigMap> = Api::namespaced(client(&demo, "admin").await, "default");
    for i in 0..7 {
        let cm = json!({"metadata": {"name": format!("c{i}"), "labels": {"odd": (i % 2 == 1).to_string()}}});
        demo.store.create("configmaps", "default", cm).unwrap();
    }
    let first = api.list(&ListParams::default().limit(3)).await.unwrap();
    assert_eq!(first.metadata.remaining_item_count, Some(4));
    // What is created meanwhile does not show in the pages of the old version.
    demo.store.create("configmaps", "default", json!({"metadata": {"name": "c5b"}})).unwrap();
    let mut names: Vec<String> = first.items.iter().filter_map(|c| c.metadata.name.clone()).collect();
    let mut token = first.metadata.continue_.clone();
    while let Some(t) = token.filter(|t| !t.is_empty()) {
        let page = api.list(&ListParams::default().limit(3).continue_token(&t)).await.unwrap();
        assert_eq!(page.metadata.resource_version, first.metadata.resource_version);
        names.extend(page.items.iter().filter_map(|c| c.metadata.name.clone()));
        token = page.metadata.continue_;
    }
    assert_eq!(names, ["c0", "c1", "c2", "c3", "c4", "c5", "c6"]);
    let odd = api.list(&ListParams::default().labels("odd in (true)")).await.unwrap();
    assert_eq!(odd.items.len(), 3);
    let one = api.list(&ListParams::default().fields("metadata.name=c2")).await.unwrap();
    assert_eq!(one.items.len(), 1);
    demo.shutdown().await;
}

#[tokio::test]
async fn a_watch_sees_selected_changes_and_ends_with_410() {
    let demo = demo().await;
    let api: Api<ConfigMap> = Api::namespaced(client(&demo, "admin").await, "default");
    let from = demo.store.version().to_string();
    let params = WatchParams::default().labels("app=web").timeout(20);
    let mut events = api.watch(&params, &from).await.unwrap().boxed();
    let labelled = |app: &str| json!({"metadata": {"name": "c", "labels": {"app": app}}});
    demo.store.create("configmaps", "default", labelled("api")).unwrap();
    for app in ["web", "web2"] {
        demo.store
            .modify("configmaps", "default", "c", |v| v["metadata"]["labels"]["app"] = json!(app))
            .unwrap();
    }
    assert!(matches!(events.try_next().await.unwrap(), Some(WatchEvent::Added(_))));
    assert!(matches!(events.try_next().await.unwrap(), Some(WatchEvent::Deleted(_))));
    demo.store.compact(1);
    let mut late = api.watch(&params, &from).await.unwrap().boxed();
    match late.try_next().await.unwrap() {
        Some(WatchEvent::Error(e)) => assert_eq!((e.code, e.reason.as_str()), (410, "Expired")),
        other => panic!("{other:?}"),
    }
    assert!(late.try_next().await.unwrap().is_none());
    demo.shutdown().await;
}

#[tokio::test]
async fn streaming_lists_end_with_a_bookmark() {
    let demo = demo().await;
    let api: Api<ConfigMap> = Api::namespaced(client(&demo, "admin").await, "default");
    demo.store.create("configmaps", "default", json!({"metadata": {"name": "c"}})).unwrap();
    let mut events = api.watch(&WatchParams::default().initial_events(), "0").await.unwrap().boxed();
    assert!(matches!(events.try_next().await.unwrap(), Some(WatchEvent::Added(_))));
    match events.try_next().await.unwrap() {
        Some(WatchEvent::Bookmark(b)) => {
            assert_eq!(b.metadata.annotations["k8s.io/initial-events-end"], "true");
        }
        other => panic!("{other:?}"),
    }
    demo.shutdown().await;
}

#[tokio::test]
async fn rbac_speaks_as_the_real_server() {
    let demo = demo().await;
    let viewer: Api<Pod> = Api::namespaced(client(&demo, "viewer").await, "default");
    assert!(viewer.list(&ListParams::default()).await.unwrap().items.is_empty());
    let refused = viewer.delete("p", &DeleteParams::default()).await.unwrap_err();
    let kube::Error::Api(status) = refused else { panic!("{refused:?}") };
    assert_eq!(
        status.message,
        "pods \"p\" is forbidden: User \"viewer\" cannot delete resource \"pods\" in API group \"\" in the namespace \"default\""
    );
    let nobody = client(&demo, "nobody").await;
    let (code, body) = send(&nobody, "GET", "/api/v1/nodes", "", "").await;
    assert_eq!(code, 403);
    assert_eq!(
        body["message"],
        "nodes is forbidden: User \"nobody\" cannot list resource \"nodes\" in API group \"\" at the cluster scope"
    );
    let (code, _) = send(&nobody, "GET", "/version", "", "").await;
    assert_eq!(code, 200);
    demo.shutdown().await;
}

#[tokio::test]
async fn faults_are_injected_once() {
    let demo = demo().await;
    let api: Api<ConfigMap> = Api::namespaced(client(&demo, "admin").await, "default");
    let scope = Scope { verb: "get".into(), ..Scope::default() };
    demo.api.faults.plan(scope.clone(), Fault::TooManyRequests(7), 1);
    demo.api.faults.plan(scope.clone(), Fault::Cut, 1);
    let busy = api.get("c").await.unwrap_err();
    assert!(matches!(busy, kube::Error::Api(s) if s.code == 429));
    assert!(matches!(api.get("c").await.unwrap_err(), kube::Error::HyperError(_) | kube::Error::Service(_)));
    assert!(matches!(api.get("c").await.unwrap_err(), kube::Error::Api(s) if s.code == 404));
    demo.shutdown().await;
}

#[tokio::test]
async fn apply_conflicts_name_the_field_and_its_owner() {
    let demo = demo().await;
    let api: Api<Deployment> = Api::namespaced(client(&demo, "admin").await, "default");
    let mut wanted = deployment("web");
    wanted.spec.replicas = Some(2);
    let body = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": wanted.spec});
    api.patch("web", &PatchParams::apply("one"), &Patch::Apply(&body)).await.unwrap();
    let other = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 3}});
    let refused = api.patch("web", &PatchParams::apply("two"), &Patch::Apply(&other)).await.unwrap_err();
    let kube::Error::Api(status) = refused else { panic!("{refused:?}") };
    assert_eq!(
        (status.code, status.message.as_str()),
        (409, "Apply failed with 1 conflict: conflict with \"one\": .spec.replicas")
    );
    let forced = api.patch("web", &PatchParams::apply("two").force(), &Patch::Apply(&other)).await.unwrap();
    assert_eq!(forced.spec.replicas, Some(3));
    demo.shutdown().await;
}

#[tokio::test]
async fn bad_bodies_get_the_right_codes() {
    let demo = demo().await;
    let admin = client(&demo, "admin").await;
    let path = "/api/v1/namespaces/default/configmaps";
    let cases: [(&str, &str, &str, Vec<u8>, u16); 8] = [
        ("POST", path, "application/json", b"{".to_vec(), 400),
        ("POST", path, "application/json", b"[]".to_vec(), 400),
        ("POST", path, "text/html", b"{}".to_vec(), 415),
        ("POST", path, "application/json", vec![b' '; (3 << 20) + 1], 413),
        ("POST", path, "application/json", br#"{"metadata":{"name":"A_b"}}"#.to_vec(), 422),
        ("POST", path, "application/json", br#"{"metadata":{"name":"ok"},"data":{"a":1}}"#.to_vec(), 400),
        ("PUT", path, "application/json", b"{}".to_vec(), 405),
        ("PATCH", "/api/v1/namespaces/default/configmaps/x", "application/json", b"{}".to_vec(), 415),
    ];
    for (method, path, content, body, want) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let (code, answer) = send(&admin, method, path, content, body).await;
        assert_eq!(code, want, "{method} {content} {shown}: {answer}");
        assert_eq!(answer["kind"], "Status", "{answer}");
    }
    demo.shutdown().await;
}

#[tokio::test]
async fn metrics_are_served_once_somebody_measures() {
    let demo = demo().await;
    let root = "/apis/metrics.k8s.io/v1beta1";
    let (admin, viewer) = (client(&demo, "admin").await, client(&demo, "viewer").await);
    assert_eq!(send(&admin, "GET", root, "", "").await.0, 404, "without a metrics server");
    for (name, node) in [("a", "n1"), ("b", "n1"), ("c", "n2")] {
        let spec = json!({"nodeName": node, "containers": [{"name": "app", "image": "i"}, {"name": "side", "image": "i"}]});
        let pod = json!({"metadata": {"name": name, "labels": {"app": name}}, "spec": spec});
        demo.store.create("pods", "default", pod).unwrap();
    }
    demo.store.create("nodes", "", json!({"metadata": {"name": "n1"}})).unwrap();
    demo.api.set_usage(std::sync::Arc::new(|_, pod| (pod != "c").then_some((250, 64 << 20))));
    let pods = format!("{root}/namespaces/default/pods");

    let (code, list) = send(&viewer, "GET", &pods, "", "").await;
    let names: Vec<&Value> =
        list["items"].as_array().unwrap().iter().map(|i| &i["metadata"]["name"]).collect();
    assert_eq!((code, names), (200, vec![&json!("a"), &json!("b")]), "{list}");
    assert!(list["items"][0].get("kind").is_none());
    let one = send(&viewer, "GET", &format!("{pods}/a"), "", "").await.1;
    let used =
        |name: &str, cpu: &str, memory: &str| json!({"name": name, "usage": {"cpu": cpu, "memory": memory}});
    assert_eq!(one["containers"], json!([used("app", "250000000n", "65536Ki"), used("side", "0n", "0Ki")]));
    let picked = send(&viewer, "GET", &format!("{pods}?labelSelector=app%3Db"), "", "").await.1;
    assert_eq!(picked["items"][0]["metadata"]["name"], "b");
    let (code, missing) = send(&viewer, "GET", &format!("{pods}/c"), "", "").await;
    assert_eq!((code, &missing["message"]), (404, &json!("pods.metrics.k8s.io \"c\" not found")));

    let node = send(&viewer, "GET", &format!("{root}/nodes/n1"), "", "").await.1;
    assert_eq!(node["usage"], json!({"cpu": "640000000n", "memory": format!("{}Ki", (128 + 900) << 10)}));
    assert_eq!(send(&admin, "DELETE", &format!("{pods}/a"), "", "").await.0, 405);
    assert_eq!(send(&admin, "GET", &format!("{pods}?watch=1"), "", "").await.0, 405);
    let crd = json!({"metadata": {"name": "x.a.test"}, "spec": {"group": "a.test", "names": {"plural": "x", "kind": "X"}, "scope": "Cluster", "versions": []}});
    demo.store.create("customresourcedefinitions", "", crd).unwrap();
    assert_eq!(send(&admin, "GET", root, "", "").await.0, 200, "a new kind does not end it");
    demo.shutdown().await;
}
