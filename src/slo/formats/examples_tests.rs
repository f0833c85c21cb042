//! Files like those Sloth and Pyrra publish, read unchanged, and budgets worked
//! out by hand from their own queries.

use super::*;
use crate::domain::{SLOT_S, Slot};
use crate::promql::{Labels, Limits, Local, MemorySeries, Samples};
use crate::slo::{Format, Reach, Sight, SloStatus, Standing, assess, lint, measure};
use std::sync::Arc;

/// A moment on a slot's edge.
const NOW: i64 = 100 * 86_400;

macro_rules! example {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../tests/data/slo/", $name)))
    };
}

const EXAMPLES: [(&str, &str); 8] = [
    example!("sloth/getting-started.yml"),
    example!("sloth/home-wifi.yml"),
    example!("sloth/multifile.yml"),
    example!("sloth/kubernetes.yml"),
    example!("pyrra/prometheus-http.yaml"),
    example!("pyrra/caddy.yaml"),
    example!("pyrra/grpc.yaml"),
    example!("pyrra/probe.yaml"),
];

fn of(name: &str) -> Vec<Slo> {
    let (name, text) = EXAMPLES.iter().find(|(known, _)| known.ends_with(name)).unwrap();
    read(name, text).slos
}

#[test]
fn published_files_load_unchanged_and_without_a_word() {
    let mut all = Vec::new();
    for (name, text) in EXAMPLES {
        let read = read(name, text);
        assert_eq!(read.findings, vec![], "{name}");
        for slo in &read.slos {
            assert_eq!(lint(slo), vec![], "{name}: {}", slo.id);
            let line = text.lines().nth(slo.origin.line - 1).unwrap();
            assert!(line.contains("name:"), "{name}:{}: {line}", slo.origin.line);
            let days = slo.window.length().as_secs() / 86_400;
            let format = if slo.origin.format == Format::Sloth { "sloth" } else { "pyrra" };
            all.push(format!("{format} {} {} {days}d {}", slo.id, slo.objective, slo.group_by.join(",")));
        }
    }
    let all: Vec<_> = all.iter().map(|text| text.trim_end()).collect();
    assert_eq!(
        all,
        [
            "sloth myservice/requests-availability 99.9% 30d",
            "sloth myservice/requests-latency 99% 30d",
            "sloth home-wifi/good-wifi-client-satisfaction 95% 30d",
            "sloth home-wifi/wifi-client-satisfaction-risk 99.9% 30d",
            "sloth svc01/slo01 99.99% 30d",
            "sloth svc02/slo01 95% 30d",
            "sloth k8s-apiserver/requests-availability 99.9% 30d",
            "sloth k8s-apiserver/requests-latency 99% 30d",
            "pyrra prometheus/prometheus-http-errors 99% 14d handler",
            "pyrra caddy/caddy-response-latency 95% 28d",
            "pyrra parca/parca-grpc-profilestore-errors 99.9% 28d",
            "pyrra parca/parca-grpc-profilestore-latency 99% 14d grpc_method",
            "pyrra website/website-up 99.5% 30d",
        ]
    );
    assert_eq!(of("getting-started.yml")[0].labels["tier"], "2");
    assert_eq!(of("caddy.yaml")[0].labels["team"], "operations");
}

/// One hour of a series, a sample every 15 s; `value` by seconds since its start.
fn series(source: &mut MemorySeries, labels: &[(&str, &str)], value: impl Fn(i64) -> Option<f64>) {
    let mut samples = Samples::default();
    // Five seconds off, so that no sample lies on a slot's edge.
    for at in (5..=3_605).step_by(15) {
        if let Some(value) = value(at) {
            samples.push((NOW - 3_600 + at) * 1000, value);
        }
    }
    source.append(&Labels::from_pairs(labels.iter().copied()), &samples);
}

fn stand(slo: &Slo, source: &MemorySeries) -> (SloStatus, Vec<Slot>) {
    let limits = Limits::default();
    let reach = Reach { first: Slot::index_at(NOW - 3_600), now: NOW, look: true };
    let slots = measure(slo, &Local { series: source, limits: &limits }, reach).unwrap();
    let sight = Sight { now: NOW, frontier: NOW, trouble: None };
    (assess(&Arc::new(slo.clone()), &slots, sight), slots)
}

fn close(a: f64, b: f64, within: f64) {
    assert!((a - b).abs() <= within * b.abs().max(1.0), "{a} is not {b}");
}

fn availability(source: &mut MemorySeries, code: &str, value: impl Fn(i64) -> Option<f64>) {
    let name = ("__name__", "http_request_duration_seconds_count");
    series(source, &[name, ("job", "myservice"), ("code", code)], value);
}

#[test]
fn a_slot_holds_what_was_counted_and_the_budget_follows() {
    let mut source = MemorySeries::default();
    // 20 requests a second, 0.05 % of them bad: half the budget of 99.9 %.
    availability(&mut source, "200", |at| Some(at as f64 * 19.99));
    availability(&mut source, "503", |at| Some(at as f64 * 0.01));
    let (status, slots) = stand(&of("getting-started.yml")[0], &source);
    assert_eq!(slots.len(), 12);
    // The first slot begins with its first sample, 5 s late: extrapolated to its edge.
    close(status.budget.total, 3_600.0 * 20.0, 2e-3);
    close(status.budget.bad, 36.0, 2e-3);
    close(status.left().unwrap(), 0.5, 1e-4);
    close(status.burn().unwrap(), 0.5, 1e-4);
    close(status.budget.coverage, 3_600.0 / (30.0 * 86_400.0), 0.02);
}

#[test]
fn a_restart_is_no_loss() {
    let mut source = MemorySeries::default();
    // The process restarts in the middle; its counters begin at zero.
    let reset = |at: i64| if at < 1_800 { at } else { at - 1_800 };
    availability(&mut source, "200", |at| Some(reset(at) as f64 * 19.8));
    availability(&mut source, "500", |at| Some(reset(at) as f64 * 0.2));
    let (status, _) = stand(&of("getting-started.yml")[0], &source);
    // One interval at most is lost in 3,600 s, of good and bad alike.
    close(status.budget.total, 72_000.0, 15.0 / 3_600.0);
    close(status.left().unwrap(), 1.0 - 10.0, 1e-3);
    assert_eq!(status.standing, Standing::Counted);
}

#[test]
fn a_gap_is_neither_good_nor_bad() {
    let mut source = MemorySeries::default();
    let seen = |at: i64| !(900..2_100).contains(&at);
    availability(&mut source, "200", |at| seen(at).then_some(at as f64 * 9.99));
    availability(&mut source, "500", |at| seen(at).then_some(at as f64 * 0.01));
    let (status, slots) = stand(&of("getting-started.yml")[0], &source);
    assert_eq!(slots.len(), 8, "twenty minutes are missing: {slots:?}");
    assert!(slots.iter().all(|slot| u32::from(slot.covered) + 60 >= SLOT_S), "{slots:?}");
    close(status.budget.total, 8.0 * 3_000.0, 5e-3);
    close(status.left().unwrap(), 0.0, 5e-3);
    close(status.budget.coverage, 2_400.0 / (30.0 * 86_400.0), 0.06);
}

#[test]
fn low_traffic_has_a_burn_and_pages_nobody() {
    let mut source = MemorySeries::default();
    // Four requests in the hour, one of them bad; none between two samples that
    // lie in two slots, where Prometheus' `rate` would not see it either.
    availability(&mut source, "200", |at| Some(((at + 450) / 1_200) as f64));
    availability(&mut source, "500", |at| Some(f64::from(u8::from(at > 3_100))));
    let (status, _) = stand(&of("getting-started.yml")[0], &source);
    assert!(status.budget.total < 8.0, "{:?}", status.budget);
    assert!(status.burn().unwrap() > 14.4, "{:?}", status.burn());
    assert_eq!(status.firing(), None, "{:?}", status.rows);
    let silent = stand(&of("getting-started.yml")[0], &MemorySeries::default()).0;
    assert_eq!((silent.standing.clone(), silent.left()), (Standing::Absent, None));
}

#[test]
fn latency_probes_and_ratios_by_hand() {
    let mut source = MemorySeries::default();
    let caddy = [("job", "caddy"), ("handler", "subroute"), ("code", "200")];
    let named = |name, more: &[(&'static str, &'static str)]| {
        let mut all = vec![("__name__", name)];
        all.extend(caddy);
        all.extend(more.iter().copied());
        all
    };
    series(&mut source, &named("caddy_http_response_duration_seconds_count", &[]), |at| {
        Some(at as f64 * 10.0)
    });
    let bucket = named("caddy_http_response_duration_seconds_bucket", &[("le", "0.1")]);
    series(&mut source, &bucket, |at| Some(at as f64 * 9.6));
    // 4 % slow of 5 % allowed.
    close(stand(&of("caddy.yaml")[0], &source).0.left().unwrap(), 0.2, 1e-4);

    let probe = [("__name__", "probe_success"), ("job", "blackbox"), ("instance", "https://www.example.com")];
    series(&mut source, &probe, |at| Some(f64::from(u8::from(!(600..618).contains(&at)))));
    let (status, _) = stand(&of("probe.yaml")[0], &source);
    // 240 samples in the hour, one of them down: 1/240 of 0.5 %.
    close(status.left().unwrap(), 1.0 - (1.0 / 240.0) / 0.005, 0.01);

    let wifi = |name| [("__name__", name)];
    series(&mut source, &wifi("wifi_seconds_total"), |at| Some(at as f64));
    series(&mut source, &wifi("wifi_bad_seconds_total"), |at| Some(at as f64 * 0.002));
    let (status, _) = stand(&of("home-wifi.yml")[1], &source);
    // A ratio is all there is: seconds are counted, twice the budget.
    close(status.left().unwrap(), -1.0, 1e-3);
}
