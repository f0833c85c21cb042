//! Logs over HTTP, through the client the console uses.

use std::time::Duration;

use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, LogParams};
use serde_json::json;

use super::tests::{client, demo};

#[tokio::test]
async fn followed_logs_end_with_the_pod() {
    let demo = demo().await;
    let pods: Api<Pod> = Api::namespaced(client(&demo, "admin").await, "default");
    let pod = json!({"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [{"name": "app", "image": "a"}]}});
    demo.store.create("pods", "default", pod).unwrap();
    for i in 0..5 {
        demo.store.append_log("default", "p", "app", &format!("line {i}"), demo.clock.now());
    }
    let tail = LogParams { tail_lines: Some(2), timestamps: true, ..Default::default() };
    let text = pods.logs("p", &tail).await.unwrap();
    assert_eq!(text, "2026-01-02T03:04:05.000000000Z line 3\n2026-01-02T03:04:05.000000000Z line 4\n");
    let params = LogParams { follow: true, tail_lines: Some(1), ..Default::default() };
    let mut lines = futures::AsyncBufReadExt::lines(pods.log_stream("p", &params).await.unwrap());
    assert_eq!(lines.try_next().await.unwrap().as_deref(), Some("line 4"));
    demo.store.append_log("default", "p", "app", "more", demo.clock.now());
    assert_eq!(lines.try_next().await.unwrap().as_deref(), Some("more"));
    demo.store
        .delete(
            "pods",
            "default",
            "p",
            &crate::demo::store::DeleteOptions { grace_seconds: Some(0), ..Default::default() },
        )
        .unwrap();
    let end = tokio::time::timeout(Duration::from_secs(10), lines.try_next()).await.expect("ends");
    assert_eq!(end.unwrap(), None);
    demo.shutdown().await;
}

#[tokio::test]
async fn a_run_that_ended_is_the_log_and_the_previous_log_until_the_next_one() {
    let demo = demo().await;
    let pods: Api<Pod> = Api::namespaced(client(&demo, "admin").await, "default");
    let pod = json!({"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [{"name": "app", "image": "a"}]}});
    demo.store.create("pods", "default", pod).unwrap();
    let state = |state: serde_json::Value| {
        let ended = json!({"terminated": {"exitCode": 1}});
        let status = json!({"containerStatuses": [{"name": "app", "state": state, "lastState": ended}]});
        demo.store.modify("pods", "default", "p", |pod| pod["status"] = status).unwrap();
    };
    let say = |line: &str| demo.store.append_log("default", "p", "app", line, demo.clock.now());
    say("first run");
    demo.store.rotate_log("default", "p", "app");
    say("second run");
    let (now, before) = (LogParams::default(), LogParams { previous: true, ..LogParams::default() });
    state(json!({"waiting": {"reason": "CrashLoopBackOff"}}));
    assert_eq!(pods.logs("p", &now).await.unwrap(), "second run\n");
    assert_eq!(pods.logs("p", &before).await.unwrap(), "second run\n");
    demo.store.rotate_log("default", "p", "app");
    say("third run");
    state(json!({"running": {}}));
    assert_eq!(pods.logs("p", &now).await.unwrap(), "third run\n");
    assert_eq!(pods.logs("p", &before).await.unwrap(), "second run\n");
    demo.shutdown().await;
}
