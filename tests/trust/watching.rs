//! Watches against a server that misbehaves: rows never blink, nothing is lost.

use super::fixtures::{connected, empty_api, pod, status};
use super::server::{Heard, Reply, Server};
use super::world::Console;
use quarterdeck::domain::{Fact, Kind, Observed, StreamState, Uid};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::sync::mpsc;

fn list(version: &str, items: &[Value]) -> Reply {
    Reply::json(200, &json!({"metadata": {"resourceVersion": version}, "items": items}))
}

fn event(kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": object}))
}

/// A watch that says `text` and ends, as it does by itself every minute.
fn says(text: &str) -> Reply {
    let (sender, chunks) = mpsc::unbounded_channel();
    sender.send(text.to_owned()).unwrap();
    Reply::Stream(chunks)
}

/// An API whose pods answer with these replies in turn, then stay silent.
fn pods(replies: Vec<Reply>) -> impl Fn(&Heard) -> Reply + Send + Sync {
    let replies = Mutex::new(VecDeque::from(replies));
    empty_api(move |heard: &Heard| {
        let wanted = heard.path() == "/api/v1/pods";
        wanted.then(|| replies.lock().unwrap().pop_front()).flatten()
    })
}

fn has(console: &Console, name: &str) -> bool {
    console.world.pods_of(&Uid::from("rs-1")).any(|pod| pod.key.name.as_str() == name)
}

fn pod_requests(server: &Server) -> Vec<Heard> {
    server.heard().into_iter().filter(|heard| heard.path() == "/api/v1/pods").collect()
}

#[tokio::test]
async fn rule_8_a_relist_never_blinks_rows() {
    let gone = event("ERROR", &status(410, "Expired", "too old resource version"));
    let server = Server::start(pods(vec![
        list("5", &[pod("a", "4"), pod("b", "5")]),
        says(&gone),
        list("9", &[pod("b", "5"), pod("c", "9")]),
    ]))
    .await;
    let mut console = Console::open(&connected(&server).await, None);
    let mut fewest = usize::MAX;
    while !has(&console, "c") {
        let seen = console.facts.len();
        console.until("the next fact", |c| c.facts.len() > seen).await;
        if has(&console, "b") {
            fewest = fewest.min(console.world.pod_count());
        }
    }
    assert_eq!(fewest, 2, "at no moment were there fewer rows");
    assert!(!has(&console, "a"), "what the new list does not name is gone");
    assert_eq!(console.count(|fact| *fact == Fact::Listed(Kind::Pod)), 2);
    assert_eq!(console.count(|fact| matches!(fact, Fact::Stream(Kind::Pod, StreamState::Stale { .. }))), 0);
}

#[tokio::test]
async fn a_watch_that_ends_goes_on_from_the_last_version() {
    let news =
        event("ADDED", &pod("b", "6")) + &event("BOOKMARK", &json!({"metadata": {"resourceVersion": "8"}}));
    let server = Server::start(pods(vec![
        list("5", &[pod("a", "5")]),
        says(&news),
        says(&event("DELETED", &pod("a", "9"))),
    ]))
    .await;
    let mut console = Console::open(&connected(&server).await, None);
    console.until("b seen and a gone", |c| has(c, "b") && !has(c, "a")).await;
    let versions: Vec<_> =
        pod_requests(&server).iter().map(|heard| heard.query("resourceVersion").map(str::to_owned)).collect();
    let expected = [None, Some("5".to_owned()), Some("8".to_owned())];
    assert_eq!(versions[..3], expected);
    assert_eq!(console.count(|fact| *fact == Fact::Listing(Kind::Pod)), 1);
}

#[tokio::test]
async fn half_a_watch_event_is_asked_for_again() {
    let whole = event("ADDED", &pod("b", "6"));
    let half = whole.split_at(whole.len() / 2).0;
    let server = Server::start(pods(vec![list("5", &[pod("a", "5")]), says(half), says(&whole)])).await;
    let mut console = Console::open(&connected(&server).await, None);
    console.until("b", |c| has(c, "b")).await;
    let again = &pod_requests(&server)[2];
    assert_eq!(again.query("resourceVersion"), Some("5"), "from before the torn event");
    assert_eq!(console.count(|fact| matches!(fact, Fact::Stream(Kind::Pod, StreamState::Stale { .. }))), 0);
}

#[tokio::test]
async fn garbage_in_a_watch_makes_its_kind_stale_for_a_moment_and_no_other() {
    let garbage = event("ADDED", &pod("b", "6")) + "}{ not json\n";
    let server = Server::start(pods(vec![
        list("5", &[pod("a", "5")]),
        says(&garbage),
        says(&event("ADDED", &pod("c", "7"))),
    ]))
    .await;
    let mut console = Console::open(&connected(&server).await, None);
    console.until("c", |c| has(c, "a") && has(c, "b") && has(c, "c")).await;
    let stale = |fact: &Fact| matches!(fact, Fact::Stream(_, StreamState::Stale { .. }));
    assert_eq!(console.count(stale), 1);
    assert_eq!(pod_requests(&server)[2].query("resourceVersion"), Some("6"));
}

#[tokio::test]
async fn half_objects_cost_themselves() {
    let odd = json!({"metadata": 5, "spec": [], "status": "up"});
    let bare = json!({"metadata": {"name": "bare", "namespace": "shop"}});
    let nulls = json!({"metadata": {"name": "nulls", "namespace": "shop", "ownerReferences": null}, "spec": null, "status": {"containerStatuses": null}});
    let items = [odd.clone(), json!({}), bare, nulls, pod("good", "5")];
    let news = event("ADDED", &odd) + &event("MODIFIED", &json!({})) + &event("ADDED", &pod("late", "6"));
    let server = Server::start(pods(vec![list("5", &items), says(&news)])).await;
    let mut console = Console::open(&connected(&server).await, None);
    console.until("late", |c| has(c, "late")).await;
    for name in ["bare", "nulls", "good"] {
        let named =
            |fact: &Fact| matches!(fact, Fact::Seen(Observed::Pod(pod)) if pod.key.name.as_str() == name);
        assert_eq!(console.count(named), 1, "{name}");
    }
    assert_eq!(console.world.pod_count(), 4);
}

#[tokio::test]
async fn lists_come_in_pages_and_huge_ones_in_smaller_pages() {
    let script = empty_api(|heard: &Heard| {
        if heard.path() != "/api/v1/pods" || heard.is_watch() {
            return None;
        }
        let page = |next: &str, name: &str| {
            Reply::json(
                200,
                &json!({"metadata": {"resourceVersion": "5", "continue": next}, "items": [pod(name, "5")]}),
            )
        };
        Some(match (heard.query("limit").unwrap(), heard.query("continue")) {
            ("500", _) => Reply::Full(200, "", " ".repeat(33 << 20)),
            (_, None) => page("more&more", "a"),
            (_, Some(next)) => {
                assert_eq!(next, "more%26more");
                page("", "b")
            }
        })
    });
    let server = Server::start(script).await;
    let mut console = Console::open(&connected(&server).await, None);
    console.until("both pages", |c| has(c, "a") && has(c, "b")).await;
    let limits: Vec<_> =
        pod_requests(&server).iter().filter_map(|h| h.query("limit").map(str::to_owned)).collect();
    assert_eq!(limits, ["500", "50", "50"]);
}

#[tokio::test]
async fn one_namespace_is_watched_when_one_is_asked_for() {
    let server = Server::start(empty_api(|_: &Heard| None)).await;
    let mut console = Console::open(&connected(&server).await, Some("shop"));
    let live = |c: &Console| Kind::all().all(|kind| *c.world.stream(kind) == StreamState::Live);
    console.until("everything live", live).await;
    for heard in server.heard().iter().filter(|heard| heard.path() != "/version") {
        let own = heard.path().contains("/namespaces/shop/")
            || heard.query("fieldSelector") == Some("metadata.name%3Dshop");
        assert!(own, "{}", heard.target);
    }
}

#[tokio::test]
async fn cancelled_watches_end() {
    let server = Server::start(empty_api(|_: &Heard| None)).await;
    let mut console = Console::open(&connected(&server).await, None);
    let live = |c: &Console| Kind::all().all(|kind| *c.world.stream(kind) == StreamState::Live);
    console.until("everything live", live).await;
    console.cancel.cancel();
    let ending = async { while console.tasks.join_next().await.is_some() {} };
    tokio::time::timeout(std::time::Duration::from_secs(10), ending).await.expect("they all end");
}

#[tokio::test]
async fn a_server_that_forgets_at_once_is_not_listed_in_a_circle() {
    let script = empty_api(|heard: &Heard| {
        let gone = || Reply::json(410, &status(410, "Expired", "too old"));
        (heard.path() == "/api/v1/pods" && heard.is_watch()).then(gone)
    });
    let server = Server::start(script).await;
    let mut console = Console::open(&connected(&server).await, None);
    console.quiet_for(std::time::Duration::from_secs(3)).await;
    let asked = pod_requests(&server).len();
    assert!((2..=8).contains(&asked), "{asked} requests in 3 s: the waits grow");
}
