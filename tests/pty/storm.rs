//! Idle means nothing at all, before and after a storm of news; during it, the
//! screen is drawn at most thirty times a second.

use crate::terminal::{Terminal, qd};
use jiff::{SignedDuration, Timestamp};
use quarterdeck::demo::clock::SimClock;
use quarterdeck::demo::store::Store;
use quarterdeck::demo::{self, DemoOptions};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Deployments in the cluster, each with [`PODS`] pods.
const DEPLOYMENTS: usize = 30;
const PODS: usize = 3;
/// News of the storm, a second.
const RATE: u32 = 1_000;
const STORM: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(10);
/// Forty keys take a second; a lost wake-up costs up to a minute each.
const KEYS: Duration = Duration::from_secs(60);

#[test]
fn nothing_is_written_before_and_after_a_storm_and_thirty_frames_a_second_during_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Objects ten days old: their ages do not turn while we look.
    let past = Timestamp::now() - SignedDuration::from_hours(10 * 24);
    let options = DemoOptions { clock: SimClock::new(past, 1.0), seed: 1, port: 0 };
    let cluster = runtime.block_on(demo::serve(options)).unwrap();
    fill(&cluster.store);

    let run = qd(&["--scrape=false"]).file("kubeconfig", &cluster.kubeconfig());
    let path = run.path("kubeconfig");
    let mut terminal = run.env("KUBECONFIG", &path).start();
    terminal.shows("app-0");
    terminal.shows("live");
    stays_silent(&terminal, "before the storm");

    let (frames, begun) = (terminal.frames(), Instant::now());
    let per_second = storm(&cluster.store, &terminal);
    let (frames, took) = (terminal.frames() - frames, begun.elapsed());
    let most = 30.0 * took.as_secs_f64() + 1.0;
    assert!((frames as f64) <= most, "{frames} frames in {took:?}; by second: {per_second}");
    assert!(frames > 10, "the storm was drawn: {frames} frames");

    // What comes last is on the screen: the console has caught up.
    cluster.store.create("deployments", "default", deployment("aaa-last")).unwrap();
    terminal.shows("aaa-last");
    stays_silent(&terminal, "after the storm");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    runtime.block_on(cluster.shutdown());
}

/// Nothing else happens in this cluster, so a key that does not wake the loop
/// itself stays unseen until the minute turns: none of forty may.
#[test]
fn every_key_paints_though_nothing_else_happens() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let past = Timestamp::now() - SignedDuration::from_hours(10 * 24);
    let options = DemoOptions { clock: SimClock::new(past, 1.0), seed: 1, port: 0 };
    let cluster = runtime.block_on(demo::serve(options)).unwrap();
    fill(&cluster.store);
    let run = qd(&["--scrape=false"]).file("kubeconfig", &cluster.kubeconfig());
    let path = run.path("kubeconfig");
    let mut terminal = run.env("KUBECONFIG", &path).start();
    terminal.shows("app-0");
    terminal.shows("live");
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

/// Waits for the last news to be drawn, then for nothing, [`IDLE`] long.
fn stays_silent(terminal: &Terminal, when: &str) {
    // The clock in the header turns with the minute: not within the window.
    let seconds = || Timestamp::now().as_second() % 60;
    while seconds() > 45 {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let mut still = (terminal.bytes(), Instant::now());
    while still.1.elapsed() < Duration::from_secs(1) {
        if terminal.bytes() != still.0 {
            still = (terminal.bytes(), Instant::now());
        }
        assert!(seconds() < 49, "it does not come to rest {when}:\n{}", terminal.screen());
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let (before, begun) = (terminal.bytes(), Instant::now());
    while begun.elapsed() < IDLE {
        let wrote = terminal.bytes() - before;
        assert_eq!(wrote, 0, "{:?} of rest {when}, then this:\n{}", begun.elapsed(), terminal.screen());
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// [`RATE`] changes a second to pods and Deployments; what the terminal got in
/// each second, in words.
fn storm(store: &Store, terminal: &Terminal) -> String {
    let (begun, mut per_second, mut seen) = (Instant::now(), String::new(), terminal.frames());
    let all = RATE * u32::try_from(STORM.as_secs()).unwrap();
    for n in 0..all {
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
        let due = Duration::from_secs(1) / RATE * (n + 1);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        if (n + 1) % RATE == 0 {
            let frames = terminal.frames();
            let _infallible = write!(per_second, "{} at {:?}; ", frames - seen, begun.elapsed());
            seen = frames;
        }
    }
    per_second
}

fn fill(store: &Store) {
    for app in 0..DEPLOYMENTS {
        let name = format!("app-{app}");
        let owner = store.create("deployments", "default", deployment(&name)).unwrap();
        store.modify("deployments", "default", &name, |it| it["status"] = up()).unwrap();
        let owned = |kind: &str, owner: &Value| {
            json!([{"apiVersion": "apps/v1", "kind": kind, "controller": true,
                    "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}])
        };
        let mut set = deployment(&name);
        set["kind"] = "ReplicaSet".into();
        set["metadata"]["ownerReferences"] = owned("Deployment", &owner.value());
        set["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "1"});
        let set = store.create("replicasets", "default", set).unwrap();
        for n in 0..PODS {
            let name = format!("{name}-{n}");
            let pod = json!({
                "metadata": {"name": name, "labels": {"app": format!("app-{app}")},
                             "ownerReferences": owned("ReplicaSet", &set.value())},
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
