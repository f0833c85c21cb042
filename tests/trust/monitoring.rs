//! Monitoring behind the API server: found by the operator's labels and asked
//! through the service proxy; pods that monitors select.

use super::fixtures::{connected, status};
use super::server::{Heard, Reply, Server};
use quarterdeck::domain::{Name, Namespace};
use quarterdeck::promql::Value as Found;
use quarterdeck::shell::monitoring::find;
use serde_json::{Value, json};
use std::time::Duration;

fn list(items: &[Value]) -> Reply {
    Reply::json(200, &json!({"metadata": {"resourceVersion": "1"}, "items": items}))
}

const PROXY: &str = "/api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy/base/api/v1/query";

fn labelled(heard: &Heard) -> Reply {
    let operated = heard.query("labelSelector").is_some_and(|text| text.starts_with("operated-prometheus"));
    match heard.path() {
        "/api/v1/services" if operated => list(&[json!({
            "metadata": {"namespace": "monitoring", "name": "prometheus-operated"},
            "spec": {"ports": [{"name": "reloader", "port": 8080}, {"name": "http-web", "port": 9090}]},
        })]),
        "/api/v1/services" => list(&[]),
        path if path == PROXY.replace("/base", "") => {
            let sample = json!({"metric": {"job": "shop"}, "value": [1.5, "42"]});
            Reply::json(
                200,
                &json!({"status": "success", "data": {"resultType": "vector", "result": [sample]}}),
            )
        }
        _ => Reply::json(404, &status(404, "NotFound", "not found")),
    }
}

#[tokio::test]
async fn a_prometheus_is_found_by_its_labels_and_asked_through_the_service_proxy() {
    let server = Server::start(labelled).await;
    let cluster = connected(&server).await;
    let found = find(&cluster).await.unwrap();
    assert_eq!(found.alertmanager, None);
    let (prometheus, _) = found.open(&cluster, Duration::from_secs(30));
    let (client, name) = prometheus.expect("a Prometheus is found");
    assert_eq!(name, "svc/prometheus-operated -n monitoring");
    let answer = client.query("up{job=\"shop\"}", 1_500).await.unwrap();
    let Found::Vector(samples) = answer.data else { panic!("{:?}", answer.data) };
    assert_eq!((samples[0].labels.get("job"), samples[0].value.to_string().as_str()), ("shop", "42"));
    let asked = server.heard().into_iter().find(|heard| heard.path().contains("/proxy/")).unwrap();
    // A GET: POST would need the right to create.
    assert_eq!((asked.method.as_str(), asked.query("query")), ("GET", Some("up%7Bjob%3D%22shop%22%7D")));
}

fn monitored(heard: &Heard) -> Reply {
    let selects = |text: &str| heard.query("labelSelector").is_some_and(|labels| labels.starts_with(text));
    let pod = |name: &str| {
        json!({
            "metadata": {"namespace": "shop", "name": name},
            "spec": {"containers": [{"name": "app", "ports": [{"name": "web", "containerPort": 8080}]}]},
        })
    };
    match heard.path() {
        "/apis/monitoring.coreos.com/v1/podmonitors" => list(&[json!({
            "metadata": {"namespace": "shop", "name": "cart"},
            "spec": {"selector": {"matchLabels": {"app": "cart"}}, "podMetricsEndpoints": [{"port": "web", "path": "/stats"}]},
        })]),
        "/apis/monitoring.coreos.com/v1/servicemonitors" => list(&[json!({
            "metadata": {"namespace": "monitoring", "name": "pay"},
            "spec": {
                "namespaceSelector": {"matchNames": ["shop"]},
                "selector": {"matchLabels": {"team": "pay"}},
                "endpoints": [{"port": "http"}],
            },
        })]),
        "/api/v1/namespaces/shop/services" if selects("team") => list(&[json!({
            "metadata": {"namespace": "shop", "name": "pay"},
            "spec": {"selector": {"app": "pay"}, "ports": [{"name": "http", "port": 80, "targetPort": "web"}]},
        })]),
        "/api/v1/namespaces/shop/pods" if selects("app%3Dcart") || selects("app=cart") => {
            list(&[pod("cart-1"), pod("cart-2")])
        }
        "/api/v1/namespaces/shop/pods" if selects("app%3Dpay") || selects("app=pay") => list(&[pod("pay-1")]),
        _ => Reply::json(404, &status(404, "NotFound", "not found")),
    }
}

#[tokio::test]
async fn pods_are_read_where_monitors_say() {
    let server = Server::start(monitored).await;
    let found = connected(&server).await.monitored_pods(None).await.unwrap();
    let mut all: Vec<_> = found
        .iter()
        .map(|((namespace, name), point)| format!("{namespace}/{name} {} {}", point.port, point.path))
        .collect();
    all.sort();
    assert_eq!(all, ["shop/cart-1 8080 /stats", "shop/cart-2 8080 /stats", "shop/pay-1 8080 /metrics"]);
}

#[tokio::test]
async fn without_monitors_nothing_is_said_of_pods() {
    for code in [403, 404] {
        let server = Server::start(move |_: &Heard| Reply::json(code, &status(code, "X", "no"))).await;
        let found = connected(&server).await.monitored_pods(None).await.unwrap();
        assert_eq!(found.get(&(Namespace::from("shop"), Name::from("cart-1"))), None);
        assert!(found.is_empty(), "{code}");
    }
}
