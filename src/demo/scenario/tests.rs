//! Scenarios played: what the screen shows at the start.

use serde_json::Value;

use super::parse::{EMBEDDED, embedded};
use super::simulation::{Simulation, beginning};
use crate::demo::clock::SimClock;
use crate::demo::controllers::key::resource;
use crate::demo::controllers::stamp::after;
use crate::demo::store::Store;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

fn play(name: &str) -> (Store, Simulation, Timestamp) {
    let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
    let store = Store::new(SimClock::paused_at(beginning(start)), 42);
    let simulation = Simulation::boot(&store, embedded(name).unwrap(), start);
    assert_eq!(store.clock().now().as_second(), start.as_second());
    (store, simulation, start)
}

fn deployment(store: &Store, ns: &str, name: &str) -> Value {
    store.get(resource::DEPLOYMENTS, ns, name).unwrap_or_else(|| panic!("{ns}/{name}")).value()
}

fn condition<'a>(object: &'a Value, kind: &str) -> &'a Value {
    object["status"]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["type"] == kind)
        .unwrap_or(&Value::Null)
}

fn pods(store: &Store, ns: &str, name: &str) -> Vec<Value> {
    let (all, _) = store.list(resource::PODS, Some(ns));
    all.iter().filter(|p| p.label("app.kubernetes.io/name") == Some(name)).map(|p| p.value()).collect()
}

/// Deployments that are not as asked for.
fn troubled(store: &Store) -> Vec<String> {
    let (all, _) = store.list(resource::DEPLOYMENTS, None);
    let sick = |d: &Value| {
        d["status"]["availableReplicas"] != d["spec"]["replicas"]
            || d["status"]["updatedReplicas"] != d["spec"]["replicas"]
            || d["status"]["replicas"] != d["spec"]["replicas"]
    };
    let name = |d: &Value| {
        format!(
            "{}/{}",
            d["metadata"]["namespace"].as_str().unwrap(),
            d["metadata"]["name"].as_str().unwrap()
        )
    };
    all.iter().map(|o| o.value()).filter(sick).map(|d| name(&d)).collect()
}

#[test]
fn the_default_story_is_on_the_stage_at_the_start() {
    let (store, _, start) = play("default");
    let cart = deployment(&store, "shop-production", "cart");
    assert_eq!(condition(&cart, "Progressing")["reason"], "ProgressDeadlineExceeded");
    assert_eq!(condition(&cart, "Available")["status"], "True");
    assert_eq!(cart["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "5");
    let mine = pods(&store, "shop-production", "cart");
    let crashing: Vec<&Value> = mine
        .iter()
        .filter(|p| p["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 1)
        .collect();
    assert_eq!((crashing.len(), mine.len()), (2, 5), "3 old ones serve, 2 new ones crash");
    assert!(
        crashing.iter().all(|p| p["status"]["containerStatuses"][0]["restartCount"].as_i64().unwrap() >= 8)
    );
    let name = crashing[0]["metadata"]["name"].as_str().unwrap();
    let log = store.read_log("shop-production", name, "app", false, 0).unwrap();
    assert_eq!(&*log.last().unwrap().text, "FATAL: missing required setting PRICING_TIMEOUT_MS");

    let mut sick = troubled(&store);
    sick.sort();
    assert_eq!(
        sick,
        [
            "payments-production/ledger",
            "payments-staging/invoices",
            "shop-production/cart",
            "shop-production/search",
            "shop-staging/recommendations",
        ]
    );
    let invoice =
        pods(&store, "payments-staging", "invoices").into_iter().find(|p| p["status"]["phase"] == "Pending");
    let waiting = &invoice.unwrap()["status"]["containerStatuses"][0]["state"]["waiting"]["reason"];
    assert!(waiting == "ImagePullBackOff" || waiting == "ErrImagePull", "{waiting}");
    let ledger = deployment(&store, "payments-production", "ledger");
    assert_eq!(condition(&ledger, "Progressing")["reason"], "DeploymentPaused");
    for deployment in store.list(resource::DEPLOYMENTS, Some("shop-production")).0 {
        let uid = deployment.uid();
        let (sets, _) = store.list(resource::REPLICA_SETS, Some("shop-production"));
        let kept = sets.iter().filter(|s| s.value()["metadata"]["ownerReferences"][0]["uid"] == uid).count();
        assert!(kept >= 2, "{} has {kept} revisions", deployment.name());
    }
    let created: Timestamp = cart["metadata"]["creationTimestamp"].as_str().unwrap().parse().unwrap();
    assert!(start.duration_since(created).as_hours() > 24 * 3, "it is days old: {created}");
}

#[test]
fn the_quiet_scenario_is_quiet() {
    let (store, _, _) = play("quiet");
    assert_eq!(troubled(&store), Vec::<String>::new());
    let restarted = store
        .list(resource::PODS, None)
        .0
        .iter()
        .any(|p| p.value()["status"]["containerStatuses"][0]["restartCount"] != 0);
    assert!(!restarted);
}

#[test]
fn a_full_namespace_holds_the_rollout() {
    let (store, _, _) = play("quota");
    assert_eq!(troubled(&store), ["logistics-production/inventory"]);
    let (sets, _) = store.list(resource::REPLICA_SETS, Some("logistics-production"));
    let told = sets.iter().any(|set| set.json().windows(14).any(|bytes| bytes == b"exceeded quota"));
    assert!(told, "a ReplicaSet says why");
}

#[test]
fn the_slow_rollout_moves_and_ends_well() {
    let (store, mut simulation, start) = play("default");
    let before = deployment(&store, "shop-production", "search")["status"]["updatedReplicas"].clone();
    simulation.play_until(start + jiff::SignedDuration::from_mins(3));
    let now = deployment(&store, "shop-production", "search")["status"]["updatedReplicas"].clone();
    assert!(now.as_i64() > before.as_i64(), "{before} → {now}");
    simulation.play_until(start + jiff::SignedDuration::from_mins(9));
    let search = deployment(&store, "shop-production", "search");
    assert_eq!(condition(&search, "Progressing")["reason"], "NewReplicaSetAvailable");
}

#[test]
fn a_rollback_or_the_missing_setting_heals_cart() {
    for with_setting in [false, true] {
        let (store, mut simulation, start) = play("default");
        store
            .modify(resource::DEPLOYMENTS, "shop-production", "cart", |d| {
                let container = &mut d["spec"]["template"]["spec"]["containers"][0];
                if with_setting {
                    let env = container["env"].as_array_mut().unwrap();
                    env.push(serde_json::json!({"name": "PRICING_TIMEOUT_MS", "value": "1500"}));
                } else {
                    container["image"] = "registry.example.com/checkout/cart:v4.2.1".into();
                    d["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/version"] =
                        "v4.2.1".into();
                }
            })
            .unwrap();
        simulation.play_until(start + jiff::SignedDuration::from_mins(2));
        let cart = deployment(&store, "shop-production", "cart");
        assert_eq!(condition(&cart, "Progressing")["reason"], "NewReplicaSetAvailable", "{with_setting}");
        // The autoscaler may have added one meanwhile: three pods carried the load of four.
        assert!(cart["status"]["readyReplicas"].as_i64().unwrap() >= 4);
    }
}

#[test]
fn every_scenario_plays_for_ten_minutes_and_twice_the_same() {
    for (name, _) in EMBEDDED {
        let tell = || {
            let (store, mut simulation, start) = play(name);
            simulation.play_until(start + jiff::SignedDuration::from_mins(10));
            let (list, rv) = store.list(resource::PODS, None);
            let pods: Vec<String> =
                list.iter().map(|p| String::from_utf8_lossy(&p.json()).into_owned()).collect();
            (rv, pods)
        };
        let first = tell();
        if *name == "default" {
            assert_eq!(first, tell());
        }
        assert!(first.1.len() > 100, "{name} has {} pods", first.1.len());
    }
}

#[test]
fn twice_the_traffic_makes_the_autoscaler_add_pods() {
    let text = "name = \"rush\"\nbase = \"company\"\n[[event]]\nat = \"20s\"\ndo = \"traffic\"\nservice = \"web-frontend\"\nfactor = 2.0\n";
    let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
    let store = Store::new(SimClock::paused_at(beginning(start)), 42);
    let scenario = super::parse::parse("rush.toml", text).unwrap();
    let mut simulation = Simulation::boot(&store, scenario, start);
    let size = || deployment(&store, "shop-production", "web-frontend")["spec"]["replicas"].as_i64().unwrap();
    assert_eq!(size(), 6);
    simulation.play_until(start + jiff::SignedDuration::from_mins(10));
    assert!(size() >= 10, "{}", size());
    let hpa = store.get(resource::HPAS, "shop-production", "web-frontend").unwrap().value();
    assert_eq!(hpa["status"]["conditions"][0]["type"], "AbleToScale");
    assert!(hpa["status"]["lastScaleTime"].is_string());
}

#[test]
fn what_argo_fights_for_is_argos() {
    let (store, mut simulation, start) = play("gitops-fight");
    let tracking = |store: &Store| {
        let checkout = deployment(store, "shop-production", "checkout");
        checkout["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"].as_str().map(str::to_owned)
    };
    assert_eq!(
        tracking(&store).as_deref(),
        Some("checkout-production:apps/Deployment:shop-production/checkout")
    );
    let image = |store: &Store| {
        let template = deployment(store, "shop-production", "checkout")["spec"]["template"].clone();
        template["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
    };
    let good = image(&store).replace("v1.9.3", "v1.9.2");
    let back = |d: &mut Value| d["spec"]["template"]["spec"]["containers"][0]["image"] = good.clone().into();
    store.modify("deployments", "shop-production", "checkout", back).unwrap();
    simulation.play_until(after(start, 200.0));
    assert!(image(&store).ends_with(":v1.9.3"), "three minutes later it is there again: {}", image(&store));
    let quiet = deployment(&play("quiet").0, "shop-production", "checkout");
    assert!(quiet["metadata"]["annotations"].get("argocd.argoproj.io/tracking-id").is_none());
}

#[test]
fn log_lines_carry_the_time_they_were_written() {
    let (store, mut simulation, start) = play("default");
    simulation.play_until(after(start, 400.0));
    let near = |line: &crate::demo::store::LogLine| {
        let parsed: Value = serde_json::from_str(&line.text).ok()?;
        let said: Timestamp = parsed["time"].as_str()?.parse().ok()?;
        Some(line.at.duration_since(said).as_secs_f64().abs())
    };
    let mut read = 0;
    for pod in pods(&store, "shop-production", "cart") {
        let name = pod["metadata"]["name"].as_str().unwrap();
        for previous in [false, true] {
            let lines = store.read_log("shop-production", name, "app", previous, 0).unwrap_or_default();
            for line in &lines {
                let apart = near(line).unwrap_or(0.0);
                assert!(apart < 2.0, "{apart} s apart: {}", line.text);
                read += 1;
            }
        }
    }
    assert!(read > 15, "{read} lines");
}

#[test]
fn a_past_nobody_waits_for_is_left_where_it_is() {
    let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
    let store = Store::new(SimClock::paused_at(beginning(start)), 42);
    let stop = CancellationToken::new();
    stop.cancel();
    let _left = Simulation::boot_unless(&stop, &store, embedded("default").unwrap(), start);
    assert_eq!(store.clock().now(), beginning(start));
}
