//! Rule 8. Stale is visible; the last picture stays; it comes back by itself.

use super::fixtures::{connected, empty_api, kubeconfig, options, pod, status};
use super::server::{Heard, Reply, Server};
use super::world::Console;
use quarterdeck::cluster::connect;
use quarterdeck::domain::{Fact, FaultKind, Kind, LinkState, StreamState};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn is_pods(heard: &Heard) -> bool {
    heard.path() == "/api/v1/pods"
}

fn one_pod(heard: &Heard) -> Option<Reply> {
    let list = || json!({"metadata": {"resourceVersion": "5"}, "items": [pod("a", "5")]});
    (is_pods(heard) && !heard.is_watch()).then(|| Reply::json(200, &list()))
}

fn all_live(console: &Console) -> bool {
    let live = |kind| *console.world.stream(kind) == StreamState::Live;
    Kind::all().all(live) && matches!(console.world.link(), LinkState::Live { .. })
}

fn is_stale(console: &Console, kind: Kind) -> bool {
    matches!(console.world.stream(kind), StreamState::Stale { .. })
}

#[tokio::test]
async fn rule_8_a_dead_server_is_seen_keeps_the_picture_and_is_found_again() {
    let mut server = Server::start(empty_api(one_pod)).await;
    let mut console = Console::open(&connected(&server).await, None);
    console.until("everything live", all_live).await;
    server.stop();
    let lost =
        |c: &Console| matches!(c.world.link(), LinkState::Lost { .. }) && Kind::all().all(|k| is_stale(c, k));
    console.until("link lost and every kind stale", lost).await;
    let LinkState::Lost { fault, .. } = console.world.link() else { unreachable!() };
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault:?}");
    assert!(!fault.hints.is_empty());
    assert_eq!(console.world.pod_count(), 1, "the last picture stays");

    server.come_back().await;
    console.until("everything live again", all_live).await;
    assert_eq!(console.world.pod_count(), 1);
    let lists = console.count(|fact| *fact == Fact::Listing(Kind::Pod));
    assert_eq!(lists, 1, "it went on from where it was: nothing was listed again");
    assert!(!console.tasks.is_empty(), "no watch has ended");
}

#[tokio::test]
async fn rule_8_a_silent_server_is_noticed_within_seconds() {
    let dead = Arc::new(AtomicBool::new(false));
    let now_dead = Arc::clone(&dead);
    let script = empty_api(move |_: &Heard| now_dead.load(Ordering::SeqCst).then_some(Reply::Silence));
    let server = Server::start(script).await;
    let mut console = Console::open(&connected(&server).await, None);
    console.until("everything live", all_live).await;
    // Open watches stay open and say nothing: as when a laptop changes networks.
    dead.store(true, Ordering::SeqCst);
    let start = std::time::Instant::now();
    let lost =
        |c: &Console| matches!(c.world.link(), LinkState::Lost { .. }) && Kind::all().all(|k| is_stale(c, k));
    console.until("link lost and every kind stale", lost).await;
    assert!(start.elapsed() < Duration::from_secs(20), "a watch alone would have noticed after 40 to 70 s");
}

#[tokio::test]
async fn rule_8_a_forbidden_kind_costs_one_stream_and_is_asked_for_once() {
    let no = |heard: &Heard| {
        let body = status(403, "Forbidden", "pods is forbidden: User \"bo\" cannot list resource \"pods\"");
        is_pods(heard).then(|| Reply::json(403, &body))
    };
    let server = Server::start(empty_api(no)).await;
    let mut console = Console::open(&connected(&server).await, None);
    let settled = |c: &Console| {
        let live = |kind| *c.world.stream(kind) == StreamState::Live;
        Kind::all().filter(|kind| *kind != Kind::Pod).all(live)
            && matches!(c.world.stream(Kind::Pod), StreamState::Forbidden { .. })
    };
    console.until("all live but pods", settled).await;
    let StreamState::Forbidden { fault } = console.world.stream(Kind::Pod) else { unreachable!() };
    assert!(fault.text.contains("cannot list resource \"pods\""), "the exact verb and resource: {fault}");
    let came = console.quiet_for(Duration::from_secs(2)).await;
    assert!(came.is_empty(), "{came:?}");
    assert_eq!(server.heard().iter().filter(|heard| is_pods(heard)).count(), 1, "no loop");
}

#[tokio::test]
async fn rule_8_idle_is_silent() {
    let server = Server::start(empty_api(one_pod)).await;
    let mut console = Console::open(&connected(&server).await, None);
    console.until("everything live", all_live).await;
    let pings = || server.heard().iter().filter(|heard| heard.path() == "/version").count();
    let before = pings();
    let came = console.quiet_for(Duration::from_secs(7)).await;
    assert!(came.is_empty(), "{came:?}");
    assert!(pings() > before, "the link was asked meanwhile, and its answer was no news");
}

#[tokio::test]
async fn rule_8_refused_credentials_are_a_lost_link_with_a_remedy() {
    let script = |_: &Heard| Reply::json(401, &status(401, "Unauthorized", "Unauthorized"));
    let server = Server::start(script).await;
    let mut console = Console::open(&connected(&server).await, None);
    console.until("link lost", |c| matches!(c.world.link(), LinkState::Lost { .. })).await;
    let LinkState::Lost { fault, .. } = console.world.link() else { unreachable!() };
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert!(fault.hints.iter().any(|hint| hint.contains("renew")), "{fault:?}");
}

#[tokio::test]
async fn rule_8_a_new_login_is_found_by_itself() {
    let script = empty_api(|heard: &Heard| {
        let fresh = heard.headers.to_lowercase().contains("authorization: bearer new");
        (!fresh).then(|| Reply::json(401, &status(401, "Unauthorized", "Unauthorized")))
    });
    let server = Server::start(script).await;
    let folder = tempfile::TempDir::new().unwrap();
    let config = kubeconfig(&folder, &server.url(), "{token: old}");
    let cluster = connect(&options(&config)).await.unwrap();
    kubeconfig(&folder, &server.url(), "{token: new}");
    let mut console = Console::open(&cluster, None);
    console.until("everything live", all_live).await;
}

#[tokio::test]
async fn rule_3_a_new_login_never_leads_to_another_server() {
    let script = |_: &Heard| Reply::json(401, &status(401, "Unauthorized", "Unauthorized"));
    let (server, other) = (Server::start(script).await, Server::start(empty_api(|_: &Heard| None)).await);
    let folder = tempfile::TempDir::new().unwrap();
    let config = kubeconfig(&folder, &server.url(), "{}");
    let cluster = connect(&options(&config)).await.unwrap();
    kubeconfig(&folder, &other.url(), "{}");
    let mut console = Console::open(&cluster, None);
    console.until("link lost", |c| matches!(c.world.link(), LinkState::Lost { .. })).await;
    console.quiet_for(Duration::from_secs(2)).await;
    assert!(other.heard().is_empty(), "the same context name, another server");
}
