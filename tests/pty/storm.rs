//! Idle means nothing at all, before and after a storm of news; during it, the
//! screen is drawn at most thirty times in any second.

use crate::terminal::{Terminal, qd};
use jiff::{SignedDuration, Timestamp};
use quarterdeck::demo::clock::SimClock;
use quarterdeck::demo::store::Store;
use quarterdeck::demo::{self, Demo, DemoOptions};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Deployments in the cluster, each with [`PODS`] pods.
const DEPLOYMENTS: usize = 30;
const PODS: usize = 3;
/// News of the storm, a second.
const RATE: u32 = 1_000;
const STORM: Duration = Duration::from_secs(5);
/// The clock in the header turns with the minute: this fits between two turns.
const IDLE: Duration = Duration::from_secs(10);
/// Forty keys take a second; a lost wake-up costs up to a minute each.
const KEYS: Duration = Duration::from_mins(1);

#[test]
fn nothing_is_written_before_and_after_a_storm_and_thirty_frames_in_any_second_of_it() {
    let Scene { runtime, cluster, mut terminal } = Scene::set();
    terminal.rests(IDLE, "before the storm");
    let before = terminal.frames();
    runtime.block_on(storm(&cluster.store));
    // What comes last is on the screen: the console has caught up.
    cluster.store.create("deployments", "default", deployment("aaa-last")).unwrap();
    terminal.shows("aaa-last");
    terminal.rests(IDLE, "after the storm");
    let written = terminal.frames() - before;
    assert!(written > 10, "the storm was drawn: {written} frames");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    runtime.block_on(cluster.shutdown());

    let drawn = drawn(&terminal);
    assert!(drawn.len() >= written, "{written} frames were written, and {} drawn", drawn.len());
    for (n, first) in drawn.iter().enumerate() {
        let second = drawn[n..].iter().take_while(|at| **at < *first + Duration::from_secs(1)).count();
        assert!(second <= 30, "{second} frames in the second after {first:?}");
    }
}

/// When each frame was on the screen, by the console's own clock: on a busy
/// machine frames reach a terminal in heaps, and its clock says nothing.
fn drawn(terminal: &Terminal) -> Vec<Duration> {
    let log = std::fs::read_to_string(terminal.home.path().join("state/log/qd.log")).unwrap();
    let at = |line: &str| line.split_once("boot_us=").map(|(_, at)| at.trim().parse().unwrap());
    log.lines().filter_map(at).map(Duration::from_micros).collect()
}

/// A cluster in which nothing happens by itself, and a console that shows it.
struct Scene {
    runtime: Runtime,
    cluster: Demo,
    terminal: Terminal,
}

impl Scene {
    fn set() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        // Objects ten days old: their ages do not turn while we look.
        let past = Timestamp::now() - SignedDuration::from_hours(10 * 24);
        let options = DemoOptions { clock: SimClock::new(past, 1.0), seed: 1, port: 0 };
        let cluster = runtime.block_on(demo::serve(options)).unwrap();
        fill(&cluster.store);
        let run = qd(&["--scrape=false"]).file("kubeconfig", &cluster.kubeconfig());
        let path = run.path("kubeconfig");
        let terminal = run.env("KUBECONFIG", &path).env("QD_LOG_LEVEL", "trace").start();
        terminal.shows("app-0");
        terminal.shows("live");
        Self { runtime, cluster, terminal }
    }
}

/// Nothing else happens in this cluster, so a key that does not wake the loop
/// itself stays unseen until the minute turns: none of forty may.
#[test]
fn every_key_paints_though_nothing_else_happens() {
    let Scene { runtime, cluster, mut terminal } = Scene::set();
    let begun = Instant::now();
    for round in 0..20 {
        for (key, there) in [("6", "Audit trail"), ("1", "trouble first")] {
            terminal.press(key);
            terminal.shows(there);
            assert!(begun.elapsed() < KEYS, "{key} of round {round} was not seen at once");
        }
    }
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    runtime.block_on(cluster.shutdown());
}

/// [`RATE`] changes a second to pods and Deployments.
async fn storm(store: &Store) {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / RATE);
    for n in 0..RATE * u32::try_from(STORM.as_secs()).unwrap() {
        pace.tick().await;
        let at = n as usize;
        // Every second round: each of those changed is changed back the next time.
        let (app, up) = (at % DEPLOYMENTS, (at / (2 * DEPLOYMENTS)).is_multiple_of(2));
        if n % 4 == 0 {
            let ready = if up { 2 } else { 3 };
            let change = |it: &mut Value| {
                it["status"]["readyReplicas"] = ready.into();
                it["status"]["availableReplicas"] = ready.into();
            };
            store.modify("deployments", "default", &format!("app-{app}"), change).unwrap();
        } else {
            let change = |it: &mut Value| it["status"]["containerStatuses"][0]["restartCount"] = n.into();
            store.modify("pods", "default", &format!("app-{app}-{}", at % PODS), change).unwrap();
        }
    }
}

fn fill(store: &Store) {
    for app in 0..DEPLOYMENTS {
        let name = format!("app-{app}");
        let owner = store.create("deployments", "default", deployment(&name)).unwrap();
        store.modify("deployments", "default", &name, |it| it["status"] = up()).unwrap();
        let belongs = |kind: &str, owner: &Value| {
            json!([{"apiVersion": "apps/v1", "kind": kind, "controller": true,
                    "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}])
        };
        let mut set = deployment(&name);
        set["kind"] = "ReplicaSet".into();
        set["metadata"]["ownerReferences"] = belongs("Deployment", &owner.value());
        set["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "1"});
        let set = store.create("replicasets", "default", set).unwrap();
        for n in 0..PODS {
            let name = format!("{name}-{n}");
            let pod = json!({
                "metadata": {"name": name, "labels": {"app": format!("app-{app}")},
                             "ownerReferences": belongs("ReplicaSet", &set.value())},
                "spec": {"containers": [{"name": "app", "image": "app:v1"}]},
            });
            store.create("pods", "default", pod).unwrap();
            store.modify("pods", "default", &name, |it| it["status"] = running()).unwrap();
        }
    }
}

fn deployment(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {
        "replicas": PODS, "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}},
                     "spec": {"containers": [{"name": "app", "image": "app:v1"}]}}}})
}

fn up() -> Value {
    json!({"observedGeneration": 1, "replicas": PODS, "updatedReplicas": PODS, "readyReplicas": PODS,
           "availableReplicas": PODS})
}

fn running() -> Value {
    json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
           "containerStatuses": [{"name": "app", "image": "app:v1", "imageID": "", "ready": true,
                                  "restartCount": 0, "state": {"running": {}}}]})
}
