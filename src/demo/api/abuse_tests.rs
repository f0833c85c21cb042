//! Clients that do not behave: too many, too slow, gone, or talking nonsense. Others must not notice.

use std::net::SocketAddr;
use std::time::Duration;

use proptest::prelude::*;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::demo::{self, Demo, DemoOptions};

/// Longer than anything here takes; a hang fails instead of hanging.
const PATIENCE: Duration = Duration::from_mins(1);

async fn serve() -> Demo {
    demo::serve(DemoOptions::now()).await.unwrap()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: demo\r\nauthorization: Bearer demo-admin\r\n\r\n").into_bytes()
}

async fn connect(addr: SocketAddr, first: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(first).await.unwrap();
    stream
}

/// Sends a request and returns the answer's status code.
async fn code(addr: SocketAddr, request: &[u8]) -> u16 {
    let answer = async {
        let mut lines = BufReader::new(connect(addr, request).await).lines();
        let first = lines.next_line().await.unwrap().expect("an answer");
        first.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line")
    };
    tokio::time::timeout(PATIENCE, answer).await.expect("an answer in time")
}

/// How many connections this process may have open, both ends counted; raises its limit if it may.
fn room() -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // As many as there were before if that is not allowed.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(most.saturating_sub(300) / 2).unwrap_or(usize::MAX)
}

#[tokio::test]
async fn thousands_who_never_finish_asking_hold_nobody_up() {
    let demo = serve().await;
    let mut idle = Vec::new();
    for index in 0..room().min(3_000) {
        let begun: &[u8] = if index % 2 == 0 { b"" } else { b"GET /api/v1/pods HTTP/1.1\r\nhost: d" };
        idle.push(connect(demo.addr, begun).await);
    }
    assert_eq!(code(demo.addr, &get("/api/v1/namespaces")).await, 200);
    drop(idle);
    assert_eq!(code(demo.addr, &get("/api/v1/namespaces")).await, 200);
    demo.shutdown().await;
}

/// More, one after the other, than the server has places: each must be given back.
#[tokio::test]
async fn watchers_that_vanish_leave_their_place() {
    let demo = serve().await;
    for _ in 0..4_500 {
        let mut watcher = connect(demo.addr, &get("/api/v1/pods?watch=1")).await;
        let mut head = [0; 12];
        tokio::time::timeout(PATIENCE, watcher.read_exact(&mut head)).await.unwrap().unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
    }
    assert_eq!(code(demo.addr, &get("/api/v1/namespaces")).await, 200);
    demo.shutdown().await;
}

#[tokio::test]
async fn a_watcher_that_does_not_read_is_told_to_list_again() {
    let demo = serve().await;
    demo.store.compact(50);
    let thing =
        |n: usize| json!({"metadata": {"name": "a"}, "data": {"k": n.to_string(), "x": "x".repeat(50_000)}});
    demo.store.create("configmaps", "default", thing(0)).unwrap();
    let path =
        format!("/api/v1/namespaces/default/configmaps?watch=1&resourceVersion={}", demo.store.version());
    let mut watchers = Vec::new();
    for _ in 0..20 {
        let mut watcher = connect(demo.addr, &get(&path)).await;
        let mut head = [0; 12];
        watcher.read_exact(&mut head).await.unwrap();
        watchers.push(watcher);
    }
    // A hundred megabytes, of which no socket holds more than a few; the server keeps fifty changes.
    for n in 0..2_000 {
        demo.store.modify("configmaps", "default", "a", |v| v["data"]["k"] = n.to_string().into()).unwrap();
        // So that the watchers' tasks come to send, as they would in life.
        tokio::task::yield_now().await;
    }
    assert_eq!(code(demo.addr, &get("/api/v1/namespaces")).await, 200);
    for watcher in watchers {
        let mut lines = BufReader::new(watcher).lines();
        let told = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.starts_with(r#"{"type":"ERROR""#) {
                    return line;
                }
            }
            "the end of the stream".to_owned()
        };
        let told = tokio::time::timeout(PATIENCE, told).await.expect("an end in time");
        assert!(told.contains(r#""code":410"#), "{told:.200}");
    }
    demo.shutdown().await;
}

const METHODS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "NONSENSE"];
const PARTS: [&str; 26] = [
    "api",
    "apis",
    "v1",
    "apps",
    "namespaces",
    "default",
    "pods",
    "deployments",
    "configmaps",
    "nodes",
    "a",
    "",
    "status",
    "scale",
    "log",
    "exec",
    "portforward",
    "proxy",
    "eviction",
    "watch",
    "..",
    "%2F",
    "%00",
    "%ff",
    "openapi",
    "version",
];
const QUERIES: [&str; 14] = [
    "",
    "limit=-1",
    "limit=x",
    "continue=e30",
    "labelSelector=a%20in%20(",
    "fieldSelector=x",
    "resourceVersion=x",
    "watch=1",
    "dryRun=x",
    "fieldManager=",
    "force=x",
    "ports=70000",
    "command=&stdin=1",
    "sendInitialEvents=1",
];
const TYPES: [&str; 8] = [
    "",
    "application/json",
    "application/yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/vnd.kubernetes.protobuf",
];
const BODIES: [&str; 16] = [
    "",
    "{",
    "null",
    "[]",
    "3",
    "{}",
    "{\"metadata\":null}",
    "{\"metadata\":{\"name\":3}}",
    "k8s\u{0}",
    "a: *b",
    "{\"spec\":{\"containers\":{}}}",
    "[{\"op\":\"add\",\"path\":\"\",\"value\":3}]",
    "{\"$patch\":\"x\"}",
    "{\"metadata\":{\"name\":\"a\",\"managedFields\":[{}]}}",
    "{\"spec\":{\"replicas\":1e400}}",
    "{\"metadata\":{\"labels\":{\"\":\"\"}}}",
];

fn request() -> impl Strategy<Value = String> {
    let path = proptest::collection::vec(prop::sample::select(&PARTS[..]), 0..8);
    let some = |of: &'static [&'static str]| prop::sample::select(of);
    (some(&METHODS), path, some(&QUERIES), some(&TYPES), some(&BODIES), "[a-zA-Z/*;=,. -]{0,20}").prop_map(
        |(method, path, query, kind, body, accept)| {
            format!(
                "{method} /{}?{query} HTTP/1.1\r\nhost: demo\r\nauthorization: Bearer demo-admin\r\naccept: {accept}\r\n\
                 content-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
                path.join("/"),
                body.len()
            )
        },
    )
}

/// A handler that panics closes its connection without an answer.
#[test]
fn whatever_is_asked_is_answered() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let demo = runtime.block_on(serve());
    let config = ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let answered = runner.run(&request(), |request| {
        let code = runtime.block_on(code(demo.addr, request.as_bytes()));
        prop_assert!((200..=504).contains(&code), "{code}");
        Ok(())
    });
    runtime.block_on(demo.shutdown());
    answered.unwrap();
}
