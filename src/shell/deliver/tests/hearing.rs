//! The watch all drivers of a scope share, on an API server.

use super::harbour::Harbour;
use crate::demo::api::faults::{Fault, Scope};
use crate::domain::{Actor, Kind, Namespace, ObjectKey};
use crate::engine::record::names;
use crate::shell::clock;
use crate::shell::deliver::Pace;
use crate::shell::deliver::bell::Bell;
use crate::shell::deliver::hearing::{Hearing, Hung};
use futures::FutureExt as _;
use serde_json::json;
use std::time::Duration;

const REFUSED: Fault = Fault::Status(403);

fn watches() -> Scope {
    Scope { verb: "watch".to_owned(), resource: "configmaps".to_owned(), name: String::new() }
}

/// Records of what runs, as far as a watch sees them.
struct Quay {
    harbour: Harbour,
    hearing: Hearing,
}

impl Quay {
    async fn open(records: &[&str]) -> Self {
        let harbour = Harbour::open().await;
        for name in records {
            let labels = json!({names::OP: "true", names::PHASE: "watching"});
            let map = json!({"metadata": {"name": name, "labels": labels}, "data": {}});
            harbour.demo.store.create("configmaps", "prod", map).unwrap();
        }
        Self { harbour, hearing: Hearing::default() }
    }

    fn hang(&self, scope: &str, name: &str) -> (Bell, Hung) {
        let (bell, record) = (Bell::default(), ObjectKey::new(Kind::ConfigMap, "prod", name));
        let place = (&self.harbour.cluster, Namespace::from(scope));
        let hung = self.hearing.hang(&self.harbour.tasks, place, record, bell.clone());
        (bell, hung)
    }

    fn changes(&self, name: &str, to: &str) {
        let change = |raw: &mut serde_json::Value| raw["data"] = json!({"record": to});
        self.harbour.demo.store.modify("configmaps", "prod", name, change).unwrap();
    }
}

async fn rings(bell: &Bell) {
    tokio::time::timeout(Duration::from_mins(1), bell.rings()).await.unwrap();
}

#[tokio::test]
async fn one_watch_wakes_the_driver_of_the_record_that_changed() {
    for scope in ["prod", ""] {
        let quay = Quay::open(&["a", "b"]).await;
        let (a, hung_a) = quay.hang(scope, "a");
        rings(&a).await;
        // Another watch would hear nothing.
        quay.harbour.demo.api.faults.plan(watches(), REFUSED, 1_000);
        let (b, hung_b) = quay.hang(scope, "b");
        quay.changes("b", "1");
        rings(&b).await;
        assert!(a.rings().now_or_never().is_none(), "nothing happened to its record");
        drop(hung_a);
        quay.changes("b", "2");
        rings(&b).await;
        // With the last of them it is closed: the next one would have to open another.
        drop(hung_b);
        let (again, _hung) = quay.hang(scope, "b");
        quay.harbour.demo.api.faults.clear();
        rings(&again).await;
    }
}

#[tokio::test]
async fn a_watch_that_was_cut_tells_what_happened_meanwhile() {
    let quay = Quay::open(&["a", "b"]).await;
    quay.harbour.demo.api.faults.plan(watches(), Fault::DropWatchAfter(2), 1);
    let ((a, _hung_a), (b, _hung_b)) = (quay.hang("prod", "a"), quay.hang("prod", "b"));
    rings(&a).await;
    rings(&b).await;
    quay.changes("a", "1");
    rings(&a).await;
    quay.changes("b", "1");
    rings(&b).await;
}

/// An engine of the whole cluster, whose turns are a hundred seconds apart.
#[tokio::test]
async fn an_abort_wakes_what_an_engine_has_taken_over() {
    let harbour = Harbour::at(Pace::new(clock::now, 0.01)).await;
    let plan = harbour.plan().await;
    let key = harbour.start(plan, false).await;
    let engine = harbour.deliveries.clone();
    let (cluster, actor) = (harbour.cluster.clone(), Actor::default());
    harbour.tasks.spawn("engine", async move { engine.adopt_orphans(&cluster, None, &actor).await });
    let canary = || harbour.demo.store.get("deployments", "prod", "shop-canary");
    harbour.until(|record| record.phase_word() == "scaling" && canary().is_some()).await;
    harbour.abort(&harbour.stranger(), &key).await;
    harbour.until(|record| record.phase_word() == "rolling-back" && canary().is_none()).await;
}

#[tokio::test]
async fn without_the_right_to_watch_a_request_waits_for_the_next_look() {
    let harbour = Harbour::open().await;
    harbour.demo.api.faults.plan(watches(), REFUSED, 1_000);
    let plan = harbour.plan().await;
    let key = harbour.start(plan, true).await;
    harbour.until(|record| record.phase_word() == "scaling").await;
    harbour.abort(&harbour.stranger(), &key).await;
    harbour.until(|record| record.phase_word() == "rolling-back").await;
}
