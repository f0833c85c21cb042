//! Objectives with numbers, backtests and exports: no cluster is asked.

use crate::bench::Said;
use crate::served::qd_at;
use quarterdeck::domain::Slot;
use quarterdeck::shell::slos::digest;
use quarterdeck::store::{Folders, SlotStore};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const SLOTH: &str = "version: prometheus/v1
service: checkout
labels: {team: payments}
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{job=\"checkout\",code=~\"5..\"}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job=\"checkout\"}[{{.window}}]))
";

const PYRRA: &str = "apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: checkout-latency, namespace: monitoring}
spec:
  target: \"99\"
  window: 4w
  indicator:
    latency:
      success: {metric: 'http_request_duration_seconds_bucket{job=\"checkout\",le=\"1\"}'}
      total: {metric: 'http_request_duration_seconds_count{job=\"checkout\"}'}
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: checkout-errors, namespace: monitoring}
spec:
  target: \"99.5\"
  window: 2w
  indicator:
    ratio:
      errors: {metric: 'http_requests_total{job=\"checkout\",code=~\"5..\"}'}
      total: {metric: 'http_requests_total{job=\"checkout\"}'}
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: probe, namespace: monitoring}
spec:
  target: \"99\"
  window: 4w
  indicator: {bool_gauge: {metric: 'probe_success{job=\"checkout\"}'}}
";

fn files() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sloth.yaml"), SLOTH).unwrap();
    std::fs::write(folder.path().join("pyrra.yaml"), PYRRA).unwrap();
    folder
}

fn qd(home: &TempDir, args: &[&str]) -> Said {
    Said::from(qd_at(home).args(args).output().unwrap())
}

/// `promtool check rules` on a text, where promtool is installed.
fn check(name: &str, text: &str) {
    let Ok(found) = Command::new("promtool").arg("--version").output() else {
        println!("skipped: promtool is not installed (Debian: apt-get install prometheus)");
        return;
    };
    assert!(found.status.success());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let said = Command::new("promtool").args(["check", "rules"]).arg(&path).output().unwrap();
    let words = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{words}\n{text}");
    assert!(words.contains("SUCCESS"), "{words}");
}

#[test]
fn exported_rules_pass_promtool_and_are_the_same_bytes() {
    let (home, folder) = (tempfile::tempdir().unwrap(), files());
    let at = folder.path().display().to_string();
    let sloth = qd(&home, &["slo", "export", &at]).ended(0);
    check("sloth.yaml", &sloth.out);
    assert_eq!(sloth.out, qd(&home, &["slo", "export", &at, "--as", "sloth"]).ended(0).out);
    for record in [
        "slo:sli_error:ratio_rate5m",
        "slo:sli_error:ratio_rate30d",
        "slo:period_error_budget_remaining:ratio",
        "sloth_slo_info",
    ] {
        assert!(sloth.out.contains(&format!("- record: \"{record}\"")), "{record}");
    }
    assert!(
        sloth.out.contains("sloth_id: \"checkout-availability\"") && sloth.out.contains("team: \"payments\"")
    );
    let pyrra = qd(&home, &["slo", "export", &at, "--as", "pyrra"]).ended(1);
    assert!(
        pyrra.err.contains("checkout/availability was left out: Pyrra wants bare selectors"),
        "{pyrra:?}"
    );
    check("pyrra.yaml", &pyrra.out);
    for record in [
        "http_requests:burnrate3m",
        "http_requests:increase2w",
        "http_request_duration_seconds:burnrate5m",
        "http_request_duration_seconds_bucket:increase28d",
        "probe_success:count28d",
    ] {
        let other = record.replace("2w", "14d");
        assert!(
            pyrra.out.contains(&format!("\"{record}\"")) || pyrra.out.contains(&format!("\"{other}\"")),
            "{record}"
        );
    }
    let grafana = qd(&home, &["slo", "export", &at, "--as", "grafana"]).ended(0);
    let dashboard: serde_json::Value = serde_json::from_str(&grafana.out).unwrap();
    assert_eq!(dashboard["title"], "SLOs of checkout");
    assert_eq!(dashboard["panels"].as_array().unwrap().len(), 16);
    assert_eq!(grafana.out, qd(&home, &["slo", "export", &at, "--as", "grafana"]).out);
}

/// Slots as the console would have written them: thirty days, two incidents.
fn history(home: &TempDir, folder: &Path) {
    let folders = Folders::find(Some(&home.path().join("config")), Some(&home.path().join("state")));
    let text = std::fs::read_to_string(folder.join("sloth.yaml")).unwrap();
    let slo = quarterdeck::slo::read("sloth.yaml", &text).slos.remove(0);
    let store = SlotStore::open(&folders.slots("")).unwrap();
    let end = Slot::index_at(jiff::Timestamp::now().as_second());
    let bad = |age: u32| match age {
        1_000..1_012 | 5_000..5_024 => 40.0,
        _ => 0.1,
    };
    let slot = |age: u32| Slot {
        index: end - 1 - age,
        bad: bad(age),
        total: 1000.0,
        covered: 300,
        simulated: false,
    };
    let slots: Vec<Slot> = (0..8_640).rev().map(slot).collect();
    store.append(&slo.id, digest(&slo), &slots, true).unwrap();
}

#[test]
fn numbers_come_from_what_the_console_wrote_down() {
    let (home, folder) = (tempfile::tempdir().unwrap(), files());
    let at = folder.path().join("sloth.yaml").display().to_string();
    let none = qd(&home, &["slo", "list", &at, "-o", "json"]).ended(0).json();
    assert!(none[0]["now"].is_null(), "{none}");
    let said = qd(&home, &["slo", "backtest", &at]).ended(1);
    assert!(said.err.contains("no history") && said.err.contains("--prometheus"), "{said:?}");
    history(&home, folder.path());
    let json = qd(&home, &["slo", "list", &at, "-o", "json"]).ended(0).json();
    let left = json[0]["now"]["budget_left"].as_f64().unwrap();
    // 36 slots of 40 bad and 8,604 of 0.1 are 2,300 of 8,640 allowed.
    assert!((left - (1.0 - 2_300.4 / 8_640.0)).abs() < 0.002, "{json}");
    let text = qd(&home, &["slo", "list", &at]).ended(0);
    assert!(text.out.contains("LEFT") && text.out.contains("73."), "{text:?}");
    let shown = qd(&home, &["slo", "show", &at]).ended(0);
    assert!(shown.out.contains("% left, burn 0.10x"), "{shown:?}");
    let played = qd(&home, &["slo", "backtest", &at, "-o", "json"]).ended(0).json();
    assert_eq!(played[0]["incidents"].as_array().unwrap().len(), 2, "{played}");
    assert_eq!((&played[0]["missed"], &played[0]["needless"]), (&0.into(), &0.into()));
    let said = qd(&home, &["slo", "backtest", &at]).ended(0);
    assert!(said.out.contains("paged ") && said.out.contains("missed 0 of 2 incidents"), "{said:?}");
}
