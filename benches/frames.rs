//! From a key to the frame it paints, with 50,000 pods in the world and news
//! between any two keys.
//!
//! `cargo bench --bench frames`. Each key comes right behind a full batch of
//! 256 changed pods, as much as the loop takes in at once; its time is that of
//! the batch, the key and drawing 160 × 48 cells into a buffer. What the
//! terminal takes to show them is not in it. Processor time, so that a busy
//! machine measures the same. Goal: ≤ 16 ms for 99 of 100.
#![allow(clippy::print_stdout, clippy::disallowed_macros, reason = "a program that prints a table")]
#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "it measures")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use quarterdeck::app::{App, Settings};
use quarterdeck::cluster::decode::Decoder;
use quarterdeck::domain::{Fact, Kind, LinkState, Now, StreamState};
use quarterdeck::msg::{Event, Place};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::time::Duration;

const SERVICES: usize = 1_000;
const PODS: usize = 50;
const KEYS: usize = 2_000;
const BATCH: usize = 256;

fn uid(kind: usize, index: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{index:012x}")
}

fn meta(kind: usize, index: usize, service: usize, name: &str) -> Value {
    json!({
        "name": name, "namespace": format!("team-{}", service % 20), "uid": uid(kind, index),
        "resourceVersion": "1", "creationTimestamp": "2026-11-01T10:00:00Z", "generation": 1,
        "labels": {"app.kubernetes.io/name": format!("service-{service}")},
    })
}

fn template(service: usize) -> Value {
    json!({"metadata": {"labels": {"app": format!("service-{service}")}},
           "spec": {"containers": [{"name": "app", "image": "registry.example/app:v1.2.3"}]}})
}

fn deployment(service: usize) -> Value {
    json!({
        "metadata": meta(1, service, service, &format!("service-{service}")),
        "spec": {"replicas": PODS, "template": template(service)},
        "status": {"observedGeneration": 1, "replicas": PODS, "updatedReplicas": PODS,
                   "readyReplicas": PODS, "availableReplicas": PODS},
    })
}

fn replica_set(service: usize) -> Value {
    let mut meta = meta(2, service, service, &format!("service-{service}-5d8f7c9b4"));
    meta["annotations"] = json!({"deployment.kubernetes.io/revision": "1"});
    meta["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "controller": true,
        "name": format!("service-{service}"), "uid": uid(1, service)}]);
    json!({"metadata": meta, "spec": {"replicas": PODS, "template": template(service)},
           "status": {"replicas": PODS, "readyReplicas": PODS, "availableReplicas": PODS}})
}

fn pod(index: usize, restarts: usize) -> Value {
    let service = index / PODS;
    let mut meta = meta(3, index, service, &format!("service-{service}-5d8f7c9b4-{index:05x}"));
    meta["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": true,
        "name": format!("service-{service}-5d8f7c9b4"), "uid": uid(2, service)}]);
    json!({"metadata": meta, "spec": {"nodeName": format!("node-{}", index % 500)}, "status": {
        "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "app", "ready": true, "restartCount": restarts,
                               "state": {"running": {"startedAt": "2026-11-01T10:00:00Z"}}}]}})
}

fn facts(decoder: &mut Decoder, kind: Kind, items: &[Value]) -> Vec<Fact> {
    let body = json!({"metadata": {"resourceVersion": "1"}, "items": items}).to_string();
    decoder.list(kind, body.as_bytes()).expect("a list").into_iter().map(Fact::Seen).collect()
}

fn console(decoder: &mut Decoder, now: Now) -> App {
    let mut app = App::new(Settings::default(), now);
    let place = Place {
        context: "bench".into(),
        cluster: "https://127.0.0.1:6443".into(),
        namespace: None,
        user: "bench".to_owned(),
        demo: false,
        locked: None,
    };
    let all = |make: fn(usize) -> Value| -> Vec<Value> { (0..SERVICES).map(make).collect() };
    let mut send = |event| drop(app.update(event, now));
    send(Event::Connected(place));
    send(Event::Facts(facts(decoder, Kind::Deployment, &all(deployment))));
    send(Event::Facts(facts(decoder, Kind::ReplicaSet, &all(replica_set))));
    for service in 0..SERVICES {
        let pods: Vec<_> = (service * PODS..(service + 1) * PODS).map(|index| pod(index, 0)).collect();
        send(Event::Facts(facts(decoder, Kind::Pod, &pods)));
    }
    let live = Kind::all().map(|kind| Fact::Stream(kind, StreamState::Live));
    send(Event::Facts(live.collect()));
    send(Event::Facts(vec![Fact::Link(LinkState::Live { latency: Duration::from_millis(4) })]));
    app
}

/// Moves about in the list, into a service and back, to rollouts and back.
fn key(round: usize) -> KeyCode {
    const KEYS: [KeyCode; 12] = [
        KeyCode::Char('j'),
        KeyCode::Char('j'),
        KeyCode::Char('G'),
        KeyCode::Char('k'),
        KeyCode::Enter,
        KeyCode::Char('j'),
        KeyCode::Esc,
        KeyCode::Char('3'),
        KeyCode::Char('1'),
        KeyCode::Char('g'),
        KeyCode::PageDown,
        KeyCode::Char('o'),
    ];
    KEYS[round % KEYS.len()]
}

/// Processor time of this thread: what the machine does besides does not count.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn main() {
    let mut decoder = Decoder::default();
    let mut now = Now { wall: Timestamp::now(), boot: Duration::from_hours(1) };
    let mut app = console(&mut decoder, now);
    let mut terminal = Terminal::new(TestBackend::new(160, 48)).expect("a buffer");
    let mut took: Vec<(Duration, KeyCode)> = Vec::with_capacity(KEYS);
    for round in 0..KEYS {
        let changed: Vec<_> =
            (0..BATCH).map(|n| pod((round * 7919 + n * 193) % (SERVICES * PODS), round + 1)).collect();
        let news = facts(&mut decoder, Kind::Pod, &changed);
        now = now.plus(Duration::from_millis(33));
        let (begun, pressed) = (worked(), key(round));
        drop(app.update(Event::Facts(news), now));
        drop(app.update(Event::Key(KeyEvent::new(pressed, KeyModifiers::NONE)), now));
        terminal.draw(|frame| app.view(frame, now)).expect("a frame");
        took.push((worked().saturating_sub(begun), pressed));
    }
    assert_eq!(app.world().pod_count(), SERVICES * PODS);
    took.sort_unstable_by_key(|(time, _)| *time);
    let at = |percent: usize| took[(KEYS - 1) * percent / 100];
    println!("{KEYS} keys with {} pods, {BATCH} of them changed before each:", SERVICES * PODS);
    for percent in [50, 90, 99, 100] {
        println!("  p{percent:<3} {:>9.3?}  ({:?})", at(percent).0, at(percent).1);
    }
}
