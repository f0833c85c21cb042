//! Exec and port forwarding with the client the console uses.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{AttachParams, AttachedProcess};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::demo::{self, Demo, DemoOptions};

/// Longer than anything here takes; a hang fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn cluster() -> (Demo, Api<Pod>) {
    let demo = demo::serve(DemoOptions::now()).await.unwrap();
    let pages = |_: &str, pod: &str, path: &str| Some((200, format!("{pod} {path} {}", "x".repeat(100_000))));
    demo.api.set_pod_proxy(Arc::new(pages));
    let secret = json!({"metadata": {"name": "db"}, "data": {"uri": "cG9zdGdyZXM6Ly8="}});
    demo.store.create("secrets", "default", secret).unwrap();
    let container = json!({"name": "app", "image": "registry.example.com/shop/cart:v1", "ports": [{"containerPort": 8080}],
        "env": [{"name": "LOG_LEVEL", "value": "info"},
            {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "db", "key": "uri"}}}]});
    for (name, state) in
        [("web", json!({"running": {}})), ("down", json!({"waiting": {"reason": "CrashLoopBackOff"}}))]
    {
        demo.store
            .create(
                "pods",
                "default",
                json!({"metadata": {"name": name}, "spec": {"containers": [container]}}),
            )
            .unwrap();
        let status = json!({"phase": "Running", "podIP": "10.0.0.9", "containerStatuses": [{"name": "app", "state": state}]});
        demo.store.modify("pods", "default", name, |v| v["status"] = status).unwrap();
    }
    let pods = pods(&demo, "demo").await;
    (demo, pods)
}

async fn pods(demo: &Demo, context: &str) -> Api<Pod> {
    let file = Kubeconfig::from_yaml(&demo.kubeconfig()).unwrap();
    let options = KubeConfigOptions { context: Some(context.to_owned()), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(file, &options).await.unwrap();
    Api::namespaced(Client::try_from(config).unwrap(), "default")
}

async fn read(process: &mut AttachedProcess) -> (String, String) {
    let (mut out, mut err) = (String::new(), String::new());
    if let Some(mut from) = process.stdout() {
        from.read_to_string(&mut out).await.unwrap();
    }
    if let Some(mut from) = process.stderr() {
        from.read_to_string(&mut err).await.unwrap();
    }
    (out, err)
}

async fn run(pods: &Api<Pod>, command: &[&str]) -> (String, String, String) {
    let mut process = pods.exec("web", command.to_vec(), &AttachParams::default()).await.unwrap();
    let status = process.take_status().unwrap();
    let (out, err) = tokio::time::timeout(PATIENCE, read(&mut process)).await.unwrap();
    let status = status.await.unwrap();
    (out, err, status.reason.or(status.status).unwrap_or_default())
}

#[tokio::test]
async fn commands_run_and_say_how_they_ended() {
    let (demo, pods) = cluster().await;
    let said = |out: &str, err: &str, end: &str| (out.to_owned(), err.to_owned(), end.to_owned());
    assert_eq!(run(&pods, &["cat", "/etc/hostname"]).await, said("web\n", "", "Success"));
    assert_eq!(
        run(&pods, &["sh", "-c", "echo $LOG_LEVEL $DATABASE_URL"]).await,
        said("info postgres://\n", "", "Success")
    );
    let missing = said("", "cat: nothing: No such file or directory\n", "NonZeroExitCode");
    assert_eq!(run(&pods, &["cat", "nothing"]).await, missing);
    assert_eq!(run(&pods, &["nmap"]).await, said("", "", "InternalError"));
    demo.shutdown().await;
}

#[tokio::test]
async fn a_shell_on_a_terminal_is_talked_to() {
    let (demo, pods) = cluster().await;
    let mut process = pods.exec("web", ["sh"], &AttachParams::interactive_tty()).await.unwrap();
    let status = process.take_status().unwrap();
    let (mut input, mut output) = (process.stdin().unwrap(), process.stdout().unwrap());
    input.write_all(b"pwd\rlx\x7fs /app\rexit 3\r").await.unwrap();
    let mut text = String::new();
    tokio::time::timeout(PATIENCE, output.read_to_string(&mut text)).await.unwrap().unwrap();
    let wanted = "/app $ pwd\r\n/app\r\n/app $ lx\u{8} \u{8}s /app\r\ncart\r\n/app $ exit 3\r\n";
    assert_eq!(text, wanted);
    let status = status.await.unwrap();
    assert_eq!(status.details.unwrap().causes.unwrap()[0].message.as_deref().unwrap_or_default(), "3");
    demo.shutdown().await;
}

#[tokio::test]
async fn who_may_not_and_what_is_not_there_is_refused_before_the_switch() {
    let (demo, admin) = cluster().await;
    let viewer = pods(&demo, "demo-viewer").await;
    for (api, pod, container, code) in [
        (&viewer, "web", "app", 403),
        (&admin, "nobody", "app", 404),
        (&admin, "web", "sidecar", 400),
        (&admin, "down", "app", 500),
    ] {
        let how = AttachParams::default().container(container);
        let Err(error) = api.exec(pod, ["ls"], &how).await else { panic!("{pod} let {container} in") };
        let text = format!("{error:?}");
        assert!(text.contains(&code.to_string()), "{pod}: {text}");
    }
    demo.shutdown().await;
}

#[tokio::test]
async fn a_forwarded_port_answers_http_again_and_again() {
    let (demo, pods) = cluster().await;
    let mut forward = pods.portforward("web", &[8080, 9]).await.unwrap();
    let error = forward.take_error(9).unwrap();
    let mut stream = forward.take_stream(8080).unwrap();
    // Several requests at once, their answers longer than every buffer on the way.
    for path in ["/a", "/b", "/c"] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: web\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
    }
    stream.write_all(b"GET /last HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut text = vec![0; 400_000];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut text)).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&text);
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{}", text.chars().take(80).collect::<String>());
    for path in ["/a", "/b", "/c", "/last"] {
        assert!(text.contains(&format!("web {path} x")), "{path}");
    }
    let why = tokio::time::timeout(PATIENCE, error).await.unwrap().unwrap();
    assert!(why.contains("connection refused"), "{why}");
    demo.shutdown().await;
}
