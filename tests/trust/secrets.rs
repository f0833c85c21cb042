//! Rule 12. Secrets never appear, and text from a cluster is stripped of
//! control and escape sequences before anything else sees it.

use super::fixtures::{connected, empty_api, status};
use super::server::{Heard, Reply, Server};
use super::world::Console;
use futures::StreamExt as _;
use quarterdeck::cluster::{Cluster, LogQuery, decode_workload};
use quarterdeck::domain::{Fact, Kind, Name, Namespace, StreamState};
use serde_json::{Value, json};

const SECRETS: [&str; 6] = ["hunter2", "s3cr3t-url", "tok-abc", "arg-pw", "note-pw", "raw-msg-pw"];

/// A Deployment with something secret, and something evil, everywhere.
fn workload() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": "shop", "uid": "u\u{1b}[31m1", "resourceVersion": "5",
            "labels": {"team": "\u{1b}]0;owned\u{7}pay"},
            "annotations": {
                "kubernetes.io/change-cause": "deploy --password=note-pw \u{1b}[2J",
                "kubectl.kubernetes.io/last-applied-configuration": "{\"env\":\"hunter2\"}",
                "other": "hunter2",
            },
        },
        "spec": {"template": {"spec": {"containers": [{
            "name": "app", "image": "r.io/app:v1\u{9b}31m",
            "command": ["run"], "args": ["--password=arg-pw"],
            "env": [
                {"name": "DB_PASSWORD", "value": "hunter2"},
                {"name": "DATABASE_URL", "value": "postgres://app:s3cr3t-url@db/x"},
                {"name": "API_TOKEN", "value": "tok-abc"},
                {"name": "PORT", "value": "80\u{1b}[1m80"},
                {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "db", "key": "uri"}}},
            ],
        }]}}},
        "status": {"conditions": [
            {"type": "Progressing", "status": "False", "reason": "X", "message": "token=raw-msg-pw \u{1b}]52;c;AAAA\u{7}"},
        ]},
    })
}

fn event() -> Value {
    json!({
        "metadata": {"name": "e1", "namespace": "shop", "resourceVersion": "5"},
        "involvedObject": {"kind": "Pod", "name": "web\u{1b}[31m", "uid": "p"},
        "reason": "Failed", "message": "pull https://bo:hunter2@r.io failed\u{1b}[2K\r\n",
    })
}

fn assert_clean(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let escaped = text.contains("\\u{1b}") || text.contains("\\u{9b}") || text.contains("[31m");
    assert!(!escaped && !text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
}

#[tokio::test]
async fn rule_12_no_secret_and_no_escape_sequence_is_in_any_fact() {
    let script = empty_api(|heard: &Heard| {
        let item = match heard.path() {
            "/apis/apps/v1/deployments" => workload(),
            "/api/v1/events" => event(),
            _ => return None,
        };
        let list = json!({"metadata": {"resourceVersion": "5"}, "items": [item]});
        (!heard.is_watch()).then(|| Reply::json(200, &list))
    });
    let server = Server::start(script).await;
    let mut console = Console::open(&connected(&server).await, None);
    let live = |c: &Console| Kind::all().all(|kind| *c.world.stream(kind) == StreamState::Live);
    console.until("everything live", live).await;
    assert_eq!(console.count(|fact| matches!(fact, Fact::Seen(_))), 2);
    assert_clean(&format!("{:?}", console.facts));
}

#[test]
fn rule_12_the_stand_in_of_a_secret_still_shows_that_it_changed() {
    let env = |value: &Value| {
        let workload = decode_workload(value).unwrap();
        workload.template.containers[0].env.clone()
    };
    let before = env(&workload());
    let mut changed = workload();
    changed["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = "other".into();
    changed["spec"]["template"]["spec"]["containers"][0]["env"][1]["value"] =
        "postgres://app:new@db/x".into();
    let after = env(&changed);
    assert_ne!(before["DB_PASSWORD"], after["DB_PASSWORD"]);
    assert_ne!(before["DATABASE_URL"], after["DATABASE_URL"]);
    assert_eq!(before["API_TOKEN"], after["API_TOKEN"]);
    assert_eq!(before["FROM"].shown(), "secret db key uri");
}

async fn log_of(body: &'static str) -> Vec<String> {
    let server = Server::start(move |_: &Heard| Reply::Full(200, "", body.to_owned())).await;
    let cluster = connected(&server).await;
    lines(&cluster, &LogQuery::default()).await
}

async fn lines(cluster: &Cluster, query: &LogQuery) -> Vec<String> {
    let stream = cluster.logs(&Namespace::from("shop"), &Name::from("web-1"), query).await.unwrap();
    stream.map(Result::unwrap).collect().await
}

#[tokio::test]
async fn rule_12_log_lines_are_safe_to_show() {
    let lines = log_of(
        "\u{1b}[31mred\u{1b}[0m\nAuthorization: Bearer tok-abc\nget https://u:hunter2@h/\nloading 10%\rloading 99%\r\nlast",
    )
    .await;
    assert_eq!(lines[0], "red");
    assert_eq!(lines[3], "loading 99%");
    assert_eq!(lines[4], "last");
    assert_clean(&lines.join("\n"));
}

#[tokio::test]
async fn a_log_cut_mid_line_keeps_what_came_and_says_what_happened() {
    let server = Server::start(|_: &Heard| Reply::Torn("whole line\nhalf a li".to_owned())).await;
    let cluster = connected(&server).await;
    let query = LogQuery { follow: true, ..LogQuery::default() };
    let stream = cluster.logs(&Namespace::from("shop"), &Name::from("web-1"), &query).await.unwrap();
    let items: Vec<_> = stream.collect().await;
    let (last, lines) = items.split_last().unwrap();
    let lines: Vec<_> = lines.iter().map(|line| line.as_ref().unwrap().as_str()).collect();
    assert!(lines == ["whole line"] || lines == ["whole line", "half a li"], "{lines:?}");
    let fault = last.as_ref().unwrap_err();
    assert!(fault.text.contains("logs of po/web-1 -n shop") && !fault.hints.is_empty(), "{fault}");
}

#[tokio::test]
async fn rule_12_an_endless_line_is_cut() {
    let long = "x".repeat(100_000);
    let body: &'static str = Box::leak(format!("{long}\nafter\n").into_boxed_str());
    let lines = log_of(body).await;
    assert_eq!(lines.len(), 2);
    assert!(lines[0].len() < 20_000 && lines[0].ends_with("(cut)"), "{}", lines[0].len());
    assert_eq!(lines[1], "after");
}

#[tokio::test]
async fn logs_ask_for_what_was_wanted_and_refusals_are_faults() {
    let server = Server::start(|heard: &Heard| {
        if heard.target.contains("follow") {
            Reply::Full(200, "", String::new())
        } else {
            Reply::json(
                400,
                &status(400, "BadRequest", "container \"app\" is waiting to start: ImagePullBackOff"),
            )
        }
    })
    .await;
    let cluster = connected(&server).await;
    let query = LogQuery {
        container: Some("a&b".into()),
        previous: true,
        tail: Some(10),
        since: Some(std::time::Duration::from_secs(90)),
        follow: true,
        timestamps: true,
    };
    assert!(lines(&cluster, &query).await.is_empty());
    let expected = "/api/v1/namespaces/shop/pods/web-1/log?container=a%26b&tailLines=10&sinceSeconds=90&previous=true&follow=true&timestamps=true";
    assert_eq!(server.heard()[0].target, expected);
    let refused = cluster.logs(&Namespace::from("shop"), &Name::from("web-1"), &LogQuery::default()).await;
    let Err(fault) = refused else { panic!("a refusal is a fault") };
    assert!(fault.text.contains("waiting to start: ImagePullBackOff"), "{fault}");
}

#[tokio::test]
async fn rule_12_what_a_server_says_in_a_refusal_is_safe_too() {
    let evil = "denied \u{1b}[31m by https://bo:hunter2@policy\u{7}";
    let server = Server::start(move |_: &Heard| Reply::json(403, &status(403, "Forbidden", evil))).await;
    let fault = connected(&server).await.ping().await.unwrap_err();
    assert_clean(&format!("{fault:?}"));
    assert!(fault.text.contains("denied"), "{fault}");
}
