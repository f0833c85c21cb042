use super::*;
use crate::promql::{Labels, Limits, Local, MemorySeries, Samples};

const NOW: i64 = 3_600_000;

/// Ten minutes of samples every 15 s, rising by `per_second`.
fn counter(source: &mut MemorySeries, labels: &[(&str, &str)], per_second: f64) {
    let mut samples = Samples::default();
    for n in 0..=40 {
        samples.push(NOW - 600_000 + n * 15_000, n as f64 * 15.0 * per_second);
    }
    source.append(&Labels::from_pairs(labels.iter().copied()), &samples);
}

fn requests(source: &mut MemorySeries, route: &str, code: &str, per_second: f64) {
    let labels = [("__name__", "http_requests_total"), ("service", "a"), ("route", route), ("code", code)];
    counter(source, &labels, per_second);
}

fn signals(source: &MemorySeries) -> Option<Signals> {
    let at = Timestamp::from_millisecond(NOW).unwrap();
    let (series, limits) = (source, &Limits::default());
    read(&Local { series, limits }, "service=\"a\"", at, SignalSource::Scraper).unwrap()
}

fn near(reading: Reading, expected: f64) {
    let value = reading.value().unwrap_or(f64::NAN);
    assert!((value - expected).abs() < 1e-9, "{reading:?} is not {expected}");
}

#[test]
fn hand_computed_signals() {
    let mut source = MemorySeries::default();
    requests(&mut source, "/pay", "200", 8.0);
    requests(&mut source, "/pay", "500", 1.5);
    requests(&mut source, "/cart", "503", 0.5);
    for (le, rate) in [("0.1", 5.0), ("0.2", 10.0), ("+Inf", 10.0)] {
        let name = ("__name__", "http_request_duration_seconds_bucket");
        counter(&mut source, &[name, ("service", "a"), ("le", le)], rate);
    }
    let signals = signals(&source).unwrap();
    near(signals.rate, 10.0);
    near(signals.errors, 0.2);
    near(signals.p50, 0.1);
    near(signals.p95, 0.19);
    assert_eq!(signals.rate_hour_ago, Reading::Absent);
    assert_eq!(signals.codes, [("500".to_owned(), 0.75), ("503".to_owned(), 0.25)]);
    assert_eq!(signals.routes[0].0, "/pay");
    assert_eq!(signals.rate_history.len(), 60);
    assert!(signals.rate_history[0].is_none() && signals.rate_history[59].is_some(), "a gap is a gap");
}

#[test]
fn the_four_ways_of_having_no_number() {
    assert_eq!(signals(&MemorySeries::default()), None, "nothing offered");
    let mut idle = MemorySeries::default();
    requests(&mut idle, "/", "200", 0.0);
    let quiet = signals(&idle).unwrap();
    assert_eq!(
        (quiet.rate, quiet.errors, quiet.p95),
        (Reading::Value(0.0), Reading::NoTraffic, Reading::NoTraffic)
    );
    let mut healthy = MemorySeries::default();
    requests(&mut healthy, "/", "200", 1.0);
    near(signals(&healthy).unwrap().errors, 0.0);
    let mut fresh = MemorySeries::default();
    let labels = [("__name__", "http_requests_total"), ("service", "a"), ("code", "200")];
    let few = Samples { times: vec![NOW - 31_000, NOW - 16_000, NOW - 1_000], values: vec![5.0, 9.0, 12.0] };
    fresh.append(&Labels::from_pairs(labels), &few);
    let young = signals(&fresh).unwrap();
    assert_eq!((young.rate, young.errors), (Reading::Collecting, Reading::Collecting));
}

/// A target read every `step_ms` from `first_ms` on, at ten requests a second.
fn target(source: &mut MemorySeries, instance: &str, first_ms: i64, step_ms: i64) {
    let mut samples = Samples::default();
    for at in (first_ms..=NOW).step_by(usize::try_from(step_ms).unwrap()) {
        samples.push(at, 500.0 + (at - first_ms) as f64 / 100.0);
    }
    let name = ("__name__", "http_requests_total");
    let labels = [name, ("service", "a"), ("code", "200"), ("instance", instance)];
    source.append(&Labels::from_pairs(labels), &samples);
}

#[test]
fn quick_reads_give_the_true_rate_as_soon_as_every_target_has_filled_the_window() {
    for age in (1..=44).map(|seconds| seconds * 1_000) {
        let mut source = MemorySeries::default();
        target(&mut source, "one", NOW - age, 5_000);
        target(&mut source, "two", NOW - age + 700, 5_000);
        let signals = signals(&source).unwrap();
        let Reading::Value(rate) = signals.rate else {
            assert!(age < 16_000, "{:?} after {age} ms", signals.rate);
            continue;
        };
        assert!((rate - 20.0).abs() < 0.01, "{rate} after {age} ms");
        assert_eq!(signals.window, "20 s");
    }
}

#[test]
fn a_target_that_is_read_slowly_or_too_young_keeps_the_quick_window_shut() {
    for (first_ms, step_ms) in [(NOW - 40_000, 15_000), (NOW - 9_000, 5_000)] {
        let mut source = MemorySeries::default();
        target(&mut source, "one", NOW - 40_000, 5_000);
        target(&mut source, "two", first_ms, step_ms);
        assert_eq!(signals(&source).unwrap().rate, Reading::Collecting, "every {step_ms} ms");
    }
}

#[test]
fn a_young_window_gives_the_true_rate_not_a_diluted_one() {
    let mut source = MemorySeries::default();
    let mut samples = Samples::default();
    for n in 0..=6 {
        samples.push(NOW - 90_000 + n * 15_000, n as f64 * 150.0);
    }
    let labels = [("__name__", "http_requests_total"), ("service", "a"), ("code", "200")];
    source.append(&Labels::from_pairs(labels), &samples);
    let signals = signals(&source).unwrap();
    near(signals.rate, 10.0);
    assert_eq!(signals.window, "1 min");
    let shown: Vec<_> = signals.rate_history.iter().flatten().collect();
    assert!(!shown.is_empty() && shown.iter().all(|rate| (**rate - 10.0).abs() < 1.0), "{shown:?}");
}

fn gauge(source: &mut MemorySeries, name: &str, labels: &[(&str, &str)], value: f64) {
    let mut samples = Samples::default();
    for n in 0..=40 {
        samples.push(NOW - 600_000 + n * 15_000, value);
    }
    let labels = labels.iter().copied().chain([("__name__", name)]);
    source.append(&Labels::from_pairs(labels), &samples);
}

#[test]
fn the_pod_that_uses_most_is_named_and_nothing_is_made_up() {
    let mut source = MemorySeries::default();
    requests(&mut source, "/", "200", 1.0);
    assert_eq!(signals(&source).unwrap().usage, None, "nobody says what is used");
    for (pod, cores, bytes) in [("a-1", 0.05, 100.0), ("a-2", 0.15, 60.0)] {
        let labels = [("__name__", "process_cpu_seconds_total"), ("service", "a"), ("pod", pod)];
        counter(&mut source, &labels, cores);
        gauge(&mut source, "process_resident_memory_bytes", &[("service", "a"), ("pod", pod)], bytes);
    }
    let found = signals(&source).unwrap();
    let usage = found.usage.unwrap();
    let (cpu, memory) = (usage.cpu.unwrap(), usage.memory.unwrap());
    assert_eq!((usage.from, cpu.pod.as_str(), memory.pod.as_str()), ("process", "a-2", "a-1"));
    near(Reading::Value(cpu.worst), 0.15);
    near(Reading::Value(cpu.mean), 0.1);
    near(Reading::Value(memory.worst + memory.mean), 180.0);
    let explained = found.explained.iter().find(|e| e.name == "cpu").unwrap();
    near(explained.reading, 0.15);
}

#[test]
fn a_server_says_what_the_kubelet_counted_of_the_same_pods() {
    let mut source = MemorySeries::default();
    let pod = "cart-7c9d5b6f4d-x2k5v";
    let labels = [
        ("__name__", "http_requests_total"),
        ("service", "a"),
        ("code", "200"),
        ("namespace", "shop"),
        ("pod", pod),
    ];
    counter(&mut source, &labels, 1.0);
    // Two containers of one pod, the pod as a whole, and a neighbour's.
    let of = |container: &'static str, pod: &'static str| {
        [
            ("__name__", "container_cpu_usage_seconds_total"),
            ("namespace", "shop"),
            ("pod", pod),
            ("container", container),
        ]
    };
    counter(&mut source, &of("app", pod), 0.25);
    counter(&mut source, &of("proxy", pod), 0.5);
    counter(&mut source, &of("", pod), 0.75);
    counter(&mut source, &of("app", "cart-redis-0"), 7.0);
    let (at, limits) = (Timestamp::from_millisecond(NOW).unwrap(), &Limits::default());
    let from = SignalSource::Prometheus("p".to_owned());
    let found = read(&Local { series: &source, limits }, "service=\"a\"", at, from).unwrap().unwrap();
    let usage = found.usage.unwrap();
    near(Reading::Value(usage.cpu.as_ref().unwrap().worst), 0.75);
    assert_eq!((usage.from, usage.cpu.unwrap().pod.as_str(), usage.memory), ("container", pod, None));
}
