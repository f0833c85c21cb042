//! Books that must balance, and failure that must spread.

use std::collections::BTreeMap;

use super::*;
use crate::demo::clock::SimClock;
use crate::demo::controllers::key::resource;
use crate::demo::scenario::model::Service;
use crate::demo::scenario::parse::embedded;
use crate::demo::scenario::simulation::{Simulation, beginning};
use crate::demo::store::Store;

pub(super) const NAME: &str = "http_requests_total";

pub(super) struct Story {
    pub(super) store: Store,
    pub(super) simulation: Simulation,
    now: Timestamp,
}

impl Story {
    pub(super) fn new(scenario: &str) -> Self {
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let store = Store::new(SimClock::paused_at(beginning(start)), 42);
        let simulation = Simulation::boot(&store, embedded(scenario).unwrap(), start);
        Self { store, simulation, now: start }
    }

    pub(super) fn run(&mut self, seconds: f64) {
        self.now = after(self.now, seconds);
        self.simulation.play_until(self.now);
    }

    /// Changes a Deployment of the shop in production.
    pub(super) fn patch(&mut self, deployment: &str, patch: &serde_json::Value) {
        let merge = |v: &mut serde_json::Value| json_patch::merge(v, patch);
        self.store.modify(resource::DEPLOYMENTS, "shop-production", deployment, merge).unwrap();
    }

    /// What the pods wrote about their requests that is not in their logs yet.
    pub(super) fn said(&self) -> Vec<Said> {
        self.simulation.said(self.now).0
    }

    /// All samples of the pods of a service: name and labels → sum over pods.
    fn scrape(&self, ns: &str, service: &str) -> BTreeMap<String, f64> {
        let scraper = self.simulation.pages();
        let mut out = BTreeMap::new();
        for pod in self.store.list(resource::PODS, Some(ns)).0 {
            if pod.label("app.kubernetes.io/name") != Some(service) {
                continue;
            }
            let Some((200, page)) = scraper(ns, pod.name(), "/metrics") else { continue };
            let parsed = prometheus_parse::Scrape::parse(page.lines().map(|l| Ok(l.to_owned()))).unwrap();
            assert!(parsed.samples.len() > 5, "a foreign parser reads the page");
            for line in page.lines().filter(|l| !l.starts_with('#')) {
                let (series, value) = line.rsplit_once(' ').unwrap();
                *out.entry(series.to_owned()).or_default() += value.parse::<f64>().unwrap();
            }
        }
        out
    }

    /// (requests, failed with 5xx) of a service so far.
    fn requests(&self, ns: &str, service: &str) -> (f64, f64) {
        let all = self.scrape(ns, service);
        let of = |pick: &dyn Fn(&str) -> bool| {
            all.iter().filter(|(k, _)| k.starts_with(NAME) && pick(k)).map(|(_, v)| v).sum::<f64>()
        };
        (of(&|_| true), of(&|k| k.contains("code=\"5")))
    }

    /// Share of failed requests over the next `seconds`.
    fn errors(&mut self, ns: &str, service: &str, seconds: f64) -> f64 {
        let before = self.requests(ns, service);
        self.run(seconds);
        let after = self.requests(ns, service);
        (after.1 - before.1) / (after.0 - before.0)
    }
}

#[test]
fn what_callers_sent_is_what_pods_counted() {
    let mut story = Story::new("quiet");
    let count = |s: &Story, ns: &str, name: &str| s.requests(ns, name).0;
    let ns =
        [("shop-production", "pricing"), ("payments-production", "ledger"), ("platform-production", "auth")];
    let before: Vec<f64> = ns.iter().map(|(n, s)| count(&story, n, s)).collect();
    let sent =
        |s: &Story| -> Vec<Ledger> { ns.iter().map(|(n, x)| s.simulation.ledger(n, x).unwrap()).collect() };
    let sent_before = sent(&story);
    story.run(600.0);
    for (i, (n, s)) in ns.iter().enumerate() {
        let counted = count(&story, n, s) - before[i];
        let now = sent(&story)[i];
        let wanted = (now.sent - sent_before[i].sent) - (now.refused - sent_before[i].refused);
        assert!(counted > 500.0, "{s} has traffic: {counted}");
        assert!((counted - wanted as f64).abs() < 0.5, "{s}: {counted} counted, {wanted} sent");
    }
}

#[test]
fn a_page_is_consistent_in_itself() {
    let story = Story::new("default");
    let all = story.scrape("shop-production", "checkout");
    for route in ["method=\"POST\",route=\"/checkout\"", "method=\"GET\",route=\"/checkout/{id}\""] {
        let of = |prefix: &str, also: &str| -> f64 {
            let hit = |k: &&String| k.starts_with(prefix) && k.contains(&format!("{route},{also}"));
            all.iter().filter(|(k, _)| hit(k)).map(|(_, v)| v).sum()
        };
        let requests = of("http_requests_total{", "code=");
        assert!(requests > 1000.0, "days of traffic: {requests}");
        assert!((requests - of("http_request_duration_seconds_bucket{", "le=\"+Inf\"")).abs() < 0.5);
        let count = all[&format!("http_request_duration_seconds_count{{{route}}}")];
        assert!((count - requests).abs() < 0.5);
        let sum = all[&format!("http_request_duration_seconds_sum{{{route}}}")];
        assert!((0.005..1.0).contains(&(sum / requests)), "mean {}", sum / requests);
    }
}

#[test]
fn every_promised_latency_can_be_counted() {
    let story = Story::new("quiet");
    for service in &embedded("quiet").unwrap().services {
        let all = story.scrape(&service.namespace("production"), service.id());
        for under in service.slos.iter().filter_map(|promise| promise.under) {
            let le = format!("le=\"{}\"", under.seconds());
            let counted = all.keys().any(|series| series.contains("_bucket{") && series.contains(&le));
            assert!(counted, "{} promises answers under {}", service.id(), under.seconds());
        }
    }
}

#[test]
fn a_healthy_service_is_late_as_seldom_in_the_story_as_in_its_past() {
    let mut story = Story::new("quiet");
    let scenario = embedded("quiet").unwrap();
    let service = scenario.service("checkout").unwrap();
    let under = service.slos.iter().find_map(|promise| promise.under).unwrap().seconds();
    let counted = |story: &Story| {
        let all = story.scrape("shop-production", "checkout");
        let of = |le: &str| -> f64 {
            let hit = |k: &&String| k.contains("_bucket{") && k.contains(le);
            all.iter().filter(|(k, _)| hit(k)).map(|(_, v)| v).sum()
        };
        (of(&format!("le=\"{under}\"")), of("le=\"+Inf\""))
    };
    let before = counted(&story);
    story.run(3600.0);
    let after = counted(&story);
    let (in_time, all) = (after.0 - before.0, after.1 - before.1);
    let late = 1.0 - in_time / all;
    // 15 % of a budget of 1 %, and what is slow by its own distribution.
    assert!((0.001..0.003).contains(&late), "{late} of {all} requests");
}

#[test]
fn what_is_counted_does_not_depend_on_who_looks() {
    let mut seldom = Story::new("default");
    let mut often = Story::new("default");
    // In the same steps: what is due within half a second shares one, and the controllers' order with it.
    for _ in 0..100 {
        seldom.run(3.0);
        often.run(3.0);
        often.scrape("shop-production", "cart");
    }
    assert_eq!(seldom.scrape("shop-production", "cart"), often.scrape("shop-production", "cart"));
}

#[test]
fn a_failing_dependency_is_felt_upstairs() {
    let mut story = Story::new("dependency-down");
    let inventory = story.errors("logistics-production", "inventory", 300.0);
    let checkout = story.errors("shop-production", "checkout", 300.0);
    assert!((0.4..0.6).contains(&inventory), "inventory fails half: {inventory}");
    assert!(checkout > 0.1, "checkout feels it, in spite of a retry: {checkout}");
    let mut well = Story::new("quiet");
    let healthy = well.errors("shop-production", "checkout", 300.0);
    assert!(healthy < 0.01, "and is well otherwise: {healthy}");
}

#[test]
fn a_bad_version_differs_from_the_old_one_beside_it() {
    let mut story = Story::new("bad-canary");
    story.run(600.0);
    let (mut old, mut new) = ((0.0, 0.0), (0.0, 0.0));
    let pages = story.simulation.pages();
    for pod in story.store.list(resource::PODS, Some("shop-production")).0 {
        let version = pod.label("app.kubernetes.io/version").unwrap_or_default();
        let Some((200, page)) = pages("shop-production", pod.name(), "/metrics") else { continue };
        let side = match (pod.label("app.kubernetes.io/name"), version) {
            (Some("checkout"), "v1.10.0") => &mut new,
            (Some("checkout"), _) => &mut old,
            (Some(_) | None, _) => continue,
        };
        for line in page.lines().filter(|l| l.starts_with(NAME)) {
            let n: f64 = line.rsplit_once(' ').unwrap().1.parse().unwrap();
            side.0 += n;
            side.1 += if line.contains("code=\"500\"") { n } else { 0.0 };
        }
    }
    assert!(new.0 > 300.0, "the new version has traffic: {new:?}");
    assert!((0.025..0.06).contains(&(new.1 / new.0)), "4 % of it fail: {new:?}");
    assert!(old.1 / old.0 < 0.002, "the old one is well: {old:?}");
}

#[test]
fn a_process_that_is_down_answers_nothing() {
    let story = Story::new("default");
    let pages = story.simulation.pages();
    let mut silent = 0;
    for pod in story.store.list(resource::PODS, Some("shop-production")).0 {
        let state = &pod.value()["status"]["containerStatuses"][0]["state"];
        if state.get("waiting").is_some() {
            assert_eq!(pages("shop-production", pod.name(), "/metrics"), None);
            silent += 1;
        }
    }
    assert!(silent >= 1);
    assert_eq!(pages("nowhere", "nobody", "/metrics"), None);
}

#[test]
fn a_quiet_service_is_not_an_overloaded_one() {
    let mut story = Story::new("quiet");
    for ns in ["shop-dev", "shop-staging"] {
        for name in ["web-frontend", "mobile-bff", "checkout", "cart", "orders"] {
            let (requests, failed) = story.requests(ns, name);
            assert!(failed <= requests * 0.002 + 3.0, "{ns}/{name}: {failed} of {requests} failed");
        }
    }
    let before = story.requests("shop-dev", "checkout");
    story.run(3600.0);
    let after = story.requests("shop-dev", "checkout");
    let (n, bad) = (after.0 - before.0, after.1 - before.1);
    assert!(n > 100.0 && bad / n < 0.02, "{bad} of {n} failed in an hour");
}

#[test]
fn promises_are_kept_while_all_is_well() {
    let mut story = Story::new("quiet");
    let scenario = embedded("quiet").unwrap();
    let promised: Vec<_> = scenario
        .services
        .iter()
        .filter(|s| s.replicas.contains_key("production") && s.routes.len() > 1)
        .filter_map(|s| Some((s, s.slos.iter().find(|p| p.under.is_none())?.objective)))
        .collect();
    let swift: Vec<_> = scenario
        .services
        .iter()
        .filter_map(|s| {
            let promise = s.slos.iter().find(|p| p.under.is_some())?;
            Some((s, promise.objective, format!("le=\"{}\"", promise.under?.seconds())))
        })
        .collect();
    let late = |story: &Story, service: &Service, le: &str| {
        let all = story.scrape(&service.namespace("production"), service.id());
        let of = |name: &str, also: &str| -> f64 {
            let hit = |k: &&String| k.starts_with(name) && k.contains(also);
            all.iter().filter(|(k, _)| hit(k)).map(|(_, v)| v).sum()
        };
        let n = of("http_request_duration_seconds_count", "");
        (n, n - of("http_request_duration_seconds_bucket", le))
    };
    let count = |story: &Story| -> Vec<(f64, f64)> {
        let failed = promised.iter().map(|(s, _)| story.requests(&s.namespace("production"), s.id()));
        failed.chain(swift.iter().map(|(s, _, le)| late(story, s, le))).collect()
    };
    let before = count(&story);
    story.run(4.0 * 3600.0);
    let after = count(&story);
    let mut broken = Vec::new();
    let all = promised.iter().map(|(s, o)| (s, o)).chain(swift.iter().map(|(s, o, _)| (s, o)));
    for (i, (service, objective)) in all.enumerate() {
        let (n, bad) = (after[i].0 - before[i].0, after[i].1 - before[i].1);
        let allowed = 1.0 - objective / 100.0;
        // A third more than half of what is allowed, for chance.
        if bad / n > allowed * 0.5 + 0.17 * allowed {
            broken.push(format!(
                "{}: {bad} of {n} failed or late, {:.4} % allowed",
                service.id(),
                allowed * 100.0
            ));
        }
    }
    assert!(promised.len() > 10 && broken.is_empty(), "{broken:#?}");
}
