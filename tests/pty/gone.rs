//! The terminal goes away under the console: the window is closed, the SSH
//! connection drops. What it drove is handed over, as on SIGHUP, and the
//! process ends by itself, not by a bug.

use crate::embedded;
use crate::shop::{deployment, eventually, may_write, shop};
use crate::terminal::{Run, Terminal, program, qd};
use quarterdeck::demo::Demo;
use quarterdeck::demo::api::faults::{Fault, Scope};
use serde_json::Value;
use std::sync::Arc;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A console that has confirmed a canary.
fn deploying(cluster: &Demo, run: Run) -> Terminal {
    let run = run.file("kubeconfig", &cluster.kubeconfig());
    let path = run.path("kubeconfig");
    let mut terminal = run.env("KUBECONFIG", &path).start();
    may_write(&mut terminal);
    terminal.press("d");
    terminal.shows("Version");
    terminal.press("v2");
    terminal.until("the plan of v2, worked out", |screen| {
        screen.contains("registry.test/shop:v2") && screen.contains("Type shop")
    });
    terminal.press("\r");
    terminal.press("shop");
    terminal.press("\r");
    terminal
}

fn record(cluster: &Demo) -> Option<Value> {
    let map = cluster.store.get("configmaps", "default", "quarterdeck-op-deployment-shop-1")?.value();
    serde_json::from_str(map["data"]["record"].as_str()?).ok()
}

fn is_handed_over(cluster: &Demo) -> bool {
    record(cluster).is_some_and(|record| record["driver"]["identity"] == "")
}

#[test]
fn a_console_whose_terminal_is_gone_hands_over_what_it_drives() {
    let runtime = runtime();
    let (cluster, _file) = embedded::start(runtime.handle());
    shop(&cluster);
    let terminal = deploying(&cluster, qd(&["--scrape=false"]));
    eventually("the canary is there", || deployment(&cluster, "shop-canary").is_object());
    let ended = terminal.hangs_up();
    assert_eq!(ended.signal(), None, "{ended:?}");
    assert!(!ended.success());
    assert!(is_handed_over(&cluster), "{:#}", record(&cluster).unwrap_or_default()["driver"]);
    runtime.block_on(cluster.shutdown());
}

#[test]
fn a_terminal_that_is_gone_is_noticed_without_a_signal() {
    let runtime = runtime();
    let (cluster, _file) = embedded::start(runtime.handle());
    shop(&cluster);
    // In a session of its own no hangup reaches it: its terminal controls nobody there.
    let home = Arc::new(tempfile::tempdir().unwrap());
    let away = program(home, "setsid", &["--wait", env!("CARGO_BIN_EXE_qd"), "--scrape=false"]);
    let terminal = deploying(&cluster, away.env("PATH", "/usr/bin:/bin"));
    eventually("the canary is there", || deployment(&cluster, "shop-canary").is_object());
    terminal.hangs_up();
    eventually("it hands over", || is_handed_over(&cluster));
    runtime.block_on(cluster.shutdown());
}

#[test]
fn a_console_that_drives_nothing_ends_by_itself() {
    let runtime = runtime();
    let (cluster, _file) = embedded::start(runtime.handle());
    let run = qd(&["--scrape=false"]).file("kubeconfig", &cluster.kubeconfig());
    let path = run.path("kubeconfig");
    let terminal = run.env("KUBECONFIG", &path).start();
    terminal.shows("live");
    let ended = terminal.hangs_up();
    assert_eq!(ended.signal(), None, "{ended:?}");
    runtime.block_on(cluster.shutdown());
}

#[test]
fn quitting_while_a_delivery_is_being_started_asks_first() {
    let runtime = runtime();
    let (cluster, _file) = embedded::start(runtime.handle());
    shop(&cluster);
    let scope = Scope { verb: "create".to_owned(), resource: "configmaps".to_owned(), ..Scope::default() };
    cluster.api.faults.plan(scope, Fault::SilenceAfter, 1);
    let mut terminal = deploying(&cluster, qd(&["--scrape=false"]));
    terminal.shows("begins");
    terminal.press("q");
    terminal.shows("This console drives:");
    terminal.press("o");
    terminal.ends();
    assert!(!deployment(&cluster, "shop-canary").is_object(), "no canary is made for nobody");
    runtime.block_on(cluster.shutdown());
}
