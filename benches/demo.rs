//! The embedded cluster: how fast it starts, fills, lists and tells, and what
//! it costs at rest.
//!
//! `cargo bench --bench demo` prints one line per goal: what was measured, the
//! goal, and their ratio (above 1 is better than the goal). Each is one run of
//! real work, not a loop of small ones, so there is no statistics harness. CPU and memory are
//! read from `/proc`; elsewhere those two lines say so.
#![allow(clippy::print_stdout, clippy::disallowed_macros, reason = "a program that prints a table")]
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "it measures")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use quarterdeck::demo::clock::SimClock;
use quarterdeck::demo::controllers::manager::Manager;
use quarterdeck::demo::kubelet::Kubelet;
use quarterdeck::demo::kubelet::behaviour::Behaviour;
use quarterdeck::demo::scenario::{model::Node, objects, parse};
use quarterdeck::demo::store::Store;
use quarterdeck::demo::{Demo, DemoOptions, StoryOptions, serve, start};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const READY: usize = 1_000;
const LISTED: usize = 10_000;
const WATCHERS: usize = 10;
const EVENTS: usize = 20_000;
const REST: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    println!("{:<48} {:>14} {:>12} {:>8}", "what", "measured", "goal", "ratio");
    starting().await;
    let demo = filled().await;
    list(demo.addr).await;
    watch(&demo).await;
    demo.shutdown().await;
    at_rest().await;
    let took = Growing::new(READY).to(READY);
    less("1,000 pods ready", took.as_secs_f64() * 1000.0, 1000.0, "ms");
    let before = resident();
    let mut cluster = Growing::new(2 * LISTED);
    let took = cluster.to(LISTED);
    less("10,000 pods ready", took.as_secs_f64() * 1000.0, 10_000.0, "ms");
    let first = resident();
    memory("memory of each of the first 10,000 pods, all in", before, first);
    cluster.to(2 * LISTED);
    memory("memory of each further idle pod", first, resident());
}

fn less(what: &str, measured: f64, goal: f64, unit: &str) {
    line(what, measured, goal, unit, goal / measured);
}

fn more(what: &str, measured: f64, goal: f64, unit: &str) {
    line(what, measured, goal, unit, measured / goal);
}

fn line(what: &str, measured: f64, goal: f64, unit: &str, ratio: f64) {
    println!(
        "{what:<48} {:>14} {:>12} {ratio:>8.2}",
        format!("{measured:.1} {unit}"),
        format!("{goal:.0} {unit}")
    );
}

/// An empty cluster answering, and a story at its first frame.
async fn starting() {
    let begun = Instant::now();
    let demo = serve(DemoOptions::now()).await.unwrap();
    get(demo.addr, "/version").await;
    less("start: empty cluster answers", begun.elapsed().as_secs_f64() * 1000.0, 100.0, "ms");
    demo.shutdown().await;
    let begun = Instant::now();
    let scenario = parse::embedded("default").unwrap();
    let demo = start(StoryOptions { scenario, speed: 1.0, paused: false, port: 0 }).await.unwrap();
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    println!(
        "{:<48} {:>14} {:>12}",
        "start: the default story's 60 days played",
        format!("{took:.0} ms"),
        "-"
    );
    demo.shutdown().await;
}

/// A Deployment that grows, in virtual time; the wall time is the cost.
struct Growing {
    clock: SimClock,
    store: Store,
    /// Kept for what the controllers and kubelets know of the pods, which is part of the cost.
    manager: Manager,
}

impl Growing {
    /// Nodes enough for `most` pods, and a Deployment without any.
    fn new(most: usize) -> Self {
        let clock = SimClock::paused_at("2026-03-01T12:00:00Z".parse().unwrap());
        let store = Store::new(clock.clone(), 7);
        for ns in ["shop", "kube-node-lease"] {
            store.create("namespaces", "", json!({"metadata": {"name": ns}})).unwrap();
        }
        for index in 0..=most / 200 {
            let node = Node {
                name: format!("node-{index}"),
                zone: "a-1a".into(),
                cpu: "512".into(),
                memory: "4Ti".into(),
            };
            store.create("nodes", "", objects::node(&node, index)).unwrap();
        }
        let kubelet = Kubelet::new(Box::new(|_| Behaviour::default()));
        let manager = Manager::new(store.clone(), kubelet, 7);
        store.create("deployments", "shop", deployment(0)).unwrap();
        Self { clock, store, manager }
    }

    /// Until `count` pods are ready.
    fn to(&mut self, count: usize) -> Duration {
        let begun = Instant::now();
        self.store.modify("deployments", "shop", "web", |v| v["spec"]["replicas"] = count.into()).unwrap();
        loop {
            let next = self.manager.step(self.clock.now());
            let web = self.store.get("deployments", "shop", "web").unwrap().value();
            if web["status"]["readyReplicas"] == count {
                return begun.elapsed();
            }
            let left = next.unwrap_or(Timestamp::MAX).duration_since(self.clock.now());
            // What is due within half a second shares a step, as when a story's past is played.
            self.clock.advance(Duration::try_from(left).unwrap_or_default() + Duration::from_millis(500));
        }
    }
}

fn deployment(replicas: usize) -> Value {
    let mut body = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": "web"}}}});
    body["spec"]["template"] = json!({"metadata": {"labels": {"app": "web"}}, "spec": pod_spec()});
    body
}

fn pod_spec() -> Value {
    json!({"containers": [{
        "name": "app", "image": "registry.example.com/shop/web:v1", "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}},
        "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 5},
    }]})
}

/// A served cluster with pods in it, and nothing that changes them.
async fn filled() -> Demo {
    let demo = serve(DemoOptions::now()).await.unwrap();
    for index in 0..LISTED {
        let meta = json!({"name": format!("web-{index}"), "labels": {"app": "web"}});
        demo.store.create("pods", "default", json!({"metadata": meta, "spec": pod_spec()})).unwrap();
    }
    demo
}

async fn send(addr: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: demo\r\nauthorization: Bearer demo-admin\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Bytes of an answer, read to its end.
async fn get(addr: SocketAddr, path: &str) -> usize {
    let mut stream = send(addr, path).await;
    let mut buffer = vec![0; 1 << 20];
    let mut all = 0;
    loop {
        let n = stream.read(&mut buffer).await.unwrap();
        if n == 0 {
            return all;
        }
        all += n;
    }
}

async fn list(addr: SocketAddr) {
    let mut best = 0.0_f64;
    let mut bytes = 0;
    for _ in 0..7 {
        let begun = Instant::now();
        bytes = get(addr, "/api/v1/pods").await;
        best = best.max(bytes as f64 / 1e6 / begun.elapsed().as_secs_f64());
    }
    more(&format!("list of 10,000 pods ({:.1} MB, best of 7)", bytes as f64 / 1e6), best, 100.0, "MB/s");
}

/// Changes as fast as the store takes them, until every watcher has seen all.
async fn watch(demo: &Demo) {
    let path = format!("/api/v1/pods?watch=1&resourceVersion={}", demo.store.version());
    let mut watchers = tokio::task::JoinSet::new();
    for _ in 0..WATCHERS {
        let stream = send(demo.addr, &path).await;
        watchers.spawn(async move {
            let mut lines = BufReader::with_capacity(1 << 18, stream);
            let (mut seen, mut line) = (0, Vec::new());
            while seen < EVENTS {
                line.clear();
                assert!(
                    lines.read_until(b'\n', &mut line).await.unwrap() > 0,
                    "the watch ended after {seen}"
                );
                seen += usize::from(line.starts_with(b"{\"type\""));
            }
        });
    }
    // Until the watches are there: each answers its head at once.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let store = demo.store.clone();
    let begun = Instant::now();
    let writer = tokio::task::spawn_blocking(move || {
        for index in 0..EVENTS {
            let name = format!("web-{}", index % LISTED);
            store
                .modify("pods", "default", &name, |v| {
                    v["metadata"]["annotations"]["n"] = index.to_string().into();
                })
                .unwrap();
        }
        begun.elapsed()
    });
    while let Some(watcher) = watchers.join_next().await {
        watcher.unwrap();
    }
    let took = begun.elapsed();
    let wrote = writer.await.unwrap();
    more("watch events to each of 10 watchers", EVENTS as f64 / took.as_secs_f64(), 5000.0, "/s");
    println!(
        "{:<48} {:>14}",
        "  of it writing the changes",
        format!("{:.0} ms", wrote.as_secs_f64() * 1000.0)
    );
}

/// CPU of this process while a paused story is served.
async fn at_rest() {
    let scenario = parse::embedded("default").unwrap();
    let demo = start(StoryOptions { scenario, speed: 1.0, paused: true, port: 0 }).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = cpu();
    tokio::time::sleep(REST).await;
    match before.zip(cpu()) {
        Some((before, after)) => {
            let share = (after - before) / REST.as_secs_f64() * 100.0;
            println!(
                "{:<48} {:>14} {:>12}",
                "CPU of a paused story over 5 s",
                format!("{share:.1} %"),
                "0.0 %"
            );
        }
        None => println!("CPU of a paused story: not measured, there is no /proc"),
    }
    demo.shutdown().await;
}

fn memory(what: &str, before: Option<f64>, after: Option<f64>) {
    match before.zip(after) {
        Some((before, after)) => less(what, (after - before) / LISTED as f64 / 1024.0, 3.0, "KiB"),
        None => println!("{what}: not measured, there is no /proc"),
    }
}

/// Seconds of CPU so far; `/proc` counts hundredths on every Linux there is.
fn cpu() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks as f64 / 100.0)
}

/// Resident bytes now.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib * 1024.0)
}
