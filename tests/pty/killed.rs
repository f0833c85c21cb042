//! kill -9 of the console in the middle of a rollback. Nobody can give the
//! terminal back then; the cluster and the audit log are whole, and the next
//! console finds out how it ended.

use crate::embedded;
use crate::shop::{GOOD, deployment, eventually, may_write, shop};
use crate::terminal::{Terminal, qd, qd_of};
use quarterdeck::demo::Demo;
use quarterdeck::demo::api::faults::{Fault, Scope};
use serde_json::Value;
use std::path::Path;

const BAD: &str = "registry.test/shop:v2-nopull";

#[test]
fn a_console_killed_between_write_and_outcome_is_taken_over_by_the_next() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (cluster, _file) = embedded::start(runtime.handle());
    release_a_bad_one(&cluster);

    let run = qd(&["--scrape=false"]).file("kubeconfig", &cluster.kubeconfig());
    let path = run.path("kubeconfig");
    let mut terminal = run.env("KUBECONFIG", &path).start();
    let home = terminal.home.clone();
    let audit = home.path().join("state/audit.jsonl");
    confirm_rollback(&mut terminal, &cluster);
    // The write is done; its answer never comes.
    eventually("the write is carried out", || image(&cluster) == GOOD);
    terminal.signal("KILL");
    assert!(!terminal.ends().success());
    assert_eq!(kinds(&audit), ["mode", "intent"], "the intent is on the disk, the outcome is not");

    let mut next = qd_of(home, &["--scrape=false"]).env("KUBECONFIG", &path).start();
    next.shows("roll back to revision 1 of shop succeeded");
    eventually("the outcome is recorded", || kinds(&audit).ends_with(&["outcome".to_owned()]));
    let entries = entries(&audit);
    assert_eq!(entries.last().unwrap()["result"], "succeeded");
    assert_eq!(entries.iter().filter(|entry| entry["kind"] == "intent").count(), 1, "written once");
    assert_eq!(image(&cluster), GOOD);
    next.press("q");
    assert_eq!(next.ends().exit_code(), 0);
    next.is_given_back();
    runtime.block_on(cluster.shutdown());
}

/// From the list to the confirmed rollback; its write will not be answered.
fn confirm_rollback(terminal: &mut Terminal, cluster: &Demo) {
    may_write(terminal);
    terminal.press("R");
    terminal.shows("v1");
    // Nobody says that users are not here: the name is asked for.
    terminal.until("the plan, worked out", |screen| screen.contains("Type shop"));
    let scope = Scope { verb: "patch".to_owned(), resource: "deployments".to_owned(), ..Scope::default() };
    cluster.api.faults.plan(scope, Fault::SilenceAfter, 1);
    terminal.press("\r");
    terminal.press("shop");
    terminal.press("\r");
}

fn release_a_bad_one(cluster: &Demo) {
    shop(cluster);
    let release = |it: &mut Value| it["spec"]["template"]["spec"]["containers"][0]["image"] = BAD.into();
    cluster.store.modify("deployments", "default", "shop", release).unwrap();
    eventually("the bad release has pods", || {
        deployment(cluster, "shop")["status"]["updatedReplicas"].as_u64().is_some_and(|pods| pods > 0)
    });
}

fn image(cluster: &Demo) -> String {
    let image = &deployment(cluster, "shop")["spec"]["template"]["spec"]["containers"][0]["image"];
    image.as_str().unwrap().to_owned()
}

fn entries(audit: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(audit).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn kinds(audit: &Path) -> Vec<String> {
    entries(audit).iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}
