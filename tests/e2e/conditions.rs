//! Conditions on expressions: asked of a real Prometheus where there is one, of
//! the pods' own pages where none is named.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::engine::Engine;
use crate::make;
use crate::program::Person;
use crate::real::{Real, find};
use crate::shop::{self, GOOD, QUICK, over, phase, release, watched, why};

behaviours! { "conditions":
    condition_that_holds_is_promoted,
    condition_that_fails_rolls_back_with_its_evidence,
    prometheus_that_dies_holds,
    engine_whose_settings_name_no_prometheus_counts_on_and_holds,
    pods_are_asked_where_no_prometheus_is_named,
    rolling_update_is_taken_back_by_its_condition,
    expression_nobody_can_read_is_refused,
}

/// Scrapes itself, so that there is something to ask for.
const CONFIG: &str = "global: {scrape_interval: 1s}
scrape_configs:
- job_name: shop
  static_configs: [{targets: ['127.0.0.1:PORT']}]
";

/// As Argo Rollouts has it, with what is to hold and how often that is measured.
const TEMPLATE: &str = "apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: up}
spec:
  args:
  - name: service-name
  metrics:
  - name: is-up
    interval: 10s
    count: COUNT
    successCondition: WANTED
    provider:
      prometheus:
        address: http://elsewhere:9090
        query: min(up{job=\"{{args.service-name}}\"})
";

/// A Prometheus with the metric `up`, and a person whose settings name it; none
/// where none is installed.
async fn monitored(admin: &Person) -> Option<Real> {
    let Some(binary) = find() else {
        eprintln!("prometheus is not installed: not run");
        return None;
    };
    let real = Real::configured(&binary, CONFIG);
    admin.configure("config.toml", &format!("prometheus = \"http://ann:hunter2@127.0.0.1:{}\"\n", real.port));
    let ask = async || {
        let answer = real.call("query", &[("query", "up")]);
        let found = answer["data"]["result"].as_array().is_some_and(|all| !all.is_empty());
        if found { Ok(()) } else { Err(answer.to_string()) }
    };
    crate::until::until("it has scraped itself", ask).await;
    Some(real)
}

fn template(admin: &Person, wanted: &str, count: u32) -> String {
    let text = TEMPLATE.replace("WANTED", wanted).replace("COUNT", &count.to_string());
    admin.configure("up.yaml", &text);
    admin.path("config/up.yaml")
}

fn condition(record: &Value) -> Value {
    let metrics = record["run"]["judged"]["verdict"]["metrics"].as_array().cloned().unwrap_or_default();
    metrics.last().cloned().unwrap_or_default()
}

async fn condition_that_holds_is_promoted(c: Case) {
    let admin = shop::open(&c, 2).await;
    let Some(real) = monitored(&admin).await else { return };
    let file = template(&admin, "result[0] >= 1", 2);
    let how = [&QUICK[..], &["--analysis", &file]].concat();
    let planned = admin.qd(&release(GOOD, &[&how[..], &["--dry-run"]].concat())).await.exits(2);
    assert!(planned.out.contains("is-up: 1, now successful"), "{}", planned.out);
    assert!(
        planned.err.contains("up.yaml:14:9: provider.prometheus: address is left aside"),
        "{}",
        planned.err
    );
    admin.qd(&release(GOOD, &how)).await.exits(0);
    let record = shop::record(&c).await;
    assert_eq!(record["run"]["phase"], json!({"phase": "over", "ending": "promoted"}));
    assert_eq!(
        condition(&record)["note"],
        "fine, 1 fulfils result[0] >= 1 (2 of 2 measured): min(up{job=\"shop\"})"
    );
    // Where it is asked, and by whose password, is nobody's business but the driver's.
    let text = record.to_string();
    assert!(!text.contains("hunter2") && !text.contains(&real.port.to_string()), "{text}");
    shop::is_whole(&c, GOOD, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
    shop::replays(&admin, &record).await;
}

async fn condition_that_fails_rolls_back_with_its_evidence(c: Case) {
    let admin = shop::open(&c, 2).await;
    let Some(_real) = monitored(&admin).await else { return };
    let file = template(&admin, "result[0] >= 2", 3);
    let how = [&QUICK[..], &["--analysis", &file]].concat();
    let end = admin.qd(&release(GOOD, &how)).await.exits(1);
    let record = shop::record(&c).await;
    let want = "is-up: 1 does not fulfil result[0] >= 2 (1 failed, 0 tolerated): min(up{job=\"shop\"})";
    assert_eq!(why(&record), want);
    assert!(end.out.contains(want), "{}", end.out);
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
    let rows = shop::replays(&admin, &record).await;
    assert_eq!(rows.last().expect("a verdict")["decision"], "ROLL BACK", "{rows:?}");
    let log = admin.audit().await;
    let outcome = log.iter().find(|line| line["kind"] == "outcome" && line["operation"] == record["id"]);
    assert_eq!(outcome.expect("an outcome")["detail"], want);
}

async fn prometheus_that_dies_holds(c: Case) {
    let admin = shop::open(&c, 2).await;
    let Some(real) = monitored(&admin).await else { return };
    let how =
        [&QUICK[..], &["--condition", "is-up: min(up); success: result[0] >= 1; interval: 5s"]].concat();
    let driving = admin.start_qd(&release(GOOD, &how));
    shop::until(&c, "it was measured", |record| condition(record)["finding"] == "fine").await;
    drop(real);
    let held = |record: &Value| {
        let judged = &record["run"]["judged"];
        judged["verdict"]["cause"] == "outage" && judged["inputs"]["clock"]["elapsed_s"].as_u64() >= Some(60)
    };
    let record = shop::until(&c, "the step is over and it holds", held).await;
    assert_eq!(phase(&record), "watching", "{}", record["run"]);
    let said = record["run"]["progress"].as_str().expect("a sentence");
    assert!(said.contains("metrics unreachable") && said.contains("a person is called in"), "{said}");
    assert!(watched(0)(&record), "nothing is promoted on silence");
    admin.qd(&["abort", "shop", "--reason", "enough"]).await.exits(0);
    let record = shop::until(&c, "it is over", over).await;
    crate::program::ended(driving).await.exits(1);
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::replays(&admin, &record).await;
}

/// What was measured before stays, and is not enough.
async fn engine_whose_settings_name_no_prometheus_counts_on_and_holds(c: Case) {
    let admin = shop::open(&c, 2).await;
    let Some(_real) = monitored(&admin).await else { return };
    let engine = Engine::start(&c).await;
    let how =
        [&QUICK[..], &["--condition", "is-up: min(up); success: result[0] >= 1; interval: 5s"]].concat();
    let mut driver = admin.start_qd(&release(GOOD, &how));
    let before = shop::until(&c, "it was measured", |record| condition(record)["finding"] == "fine").await;
    driver.kill().await.expect("a running driver");
    let held = |record: &Value| {
        let said = record["run"]["progress"].as_str().unwrap_or_default();
        record["driver"]["mode"] == "engine" && said.contains("no Prometheus is named for context")
    };
    let record = shop::until(&c, "the engine drives, and holds", held).await;
    assert!(watched(0)(&record), "{}", record["run"]);
    let measured = |record: &Value| record["run"]["analyses"][0]["course"]["tally"]["successful"].as_u64();
    assert!(measured(&before) >= Some(1) && measured(&record) >= measured(&before), "{record}");
    admin.qd(&["abort", "shop", "--reason", "enough"]).await.exits(0);
    let record = shop::until(&c, "it is over", over).await;
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::replays(&admin, &record).await;
    engine.ends().await;
}

/// What only the canary has: entries of its queue.
async fn pods_are_asked_where_no_prometheus_is_named(c: Case) {
    let admin = shop::open(&c, 2).await;
    let query = "queue: max(queue_length{pod=~\"shop-canary-.+\"}); success: result[0] < 30; interval: 10s; initialDelay: 10s";
    let how = [&QUICK[..], &["--condition", query]].concat();
    let planned = admin.qd(&release(":queue", &[&how[..], &["--dry-run"]].concat())).await.exits(2);
    assert!(planned.out.contains("queue: the answer is empty (the pods were read"), "{}", planned.out);
    admin.qd(&release(":queue", &how)).await.exits(1);
    let record = shop::record(&c).await;
    assert!(
        why(&record).starts_with("queue: 60 does not fulfil result[0] < 30 (1 failed, 0 tolerated)"),
        "{}",
        why(&record)
    );
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::replays(&admin, &record).await;
}

async fn rolling_update_is_taken_back_by_its_condition(c: Case) {
    let admin = shop::open(&c, 2).await;
    let query = "queue: max(queue_length); success: result[0] < 30; interval: 10s; initialDelay: 10s";
    let how = ["--strategy", "rolling", "--step-max", "10m", "--condition", query];
    admin.qd(&release(":queue", &how)).await.exits(1);
    let record = shop::record(&c).await;
    assert!(why(&record).starts_with("queue: 60 does not fulfil result[0] < 30"), "{}", why(&record));
    c.until("the old pods are back", &shop::path(&c), |d| d["status"]["updatedReplicas"] == 2).await;
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::replays(&admin, &record).await;
}

async fn expression_nobody_can_read_is_refused(c: Case) {
    let admin = shop::open(&c, 2).await;
    let typed = admin.qd(&release(GOOD, &["--condition", "a: up; sucess: result[0] > 1"])).await.exits(1);
    assert!(typed.err.contains("did you mean success?"), "{}", typed.err);
    let how = ["--condition", "a: sum(up; success: result[0] > 1"];
    let refused = admin.qd(&release(GOOD, &how)).await.exits(3);
    assert!(refused.err.contains("conditions") && refused.err.contains("sum(up"), "{}", refused.err);
    let file = template(&admin, "all(result, {# > 1})", 1);
    let refused = admin.qd(&release(GOOD, &["--analysis", &file])).await.exits(1);
    assert!(refused.err.contains("up.yaml:11:23: successCondition: condition `all("), "{}", refused.err);
    let rolling = ["--strategy=rolling", "--step-max=0s", "--condition", "a: up; success: result[0] > 1"];
    let refused = admin.qd(&release(GOOD, &rolling)).await.exits(1);
    assert!(refused.err.contains("a rolling update that is not watched"), "{}", refused.err);
    let refused = admin.qd(&release(GOOD, &["--strategy", "rolling", "--slow-ms", "300"])).await.exits(1);
    assert!(refused.err.contains("nobody to compare slow requests with"), "{}", refused.err);
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
}
