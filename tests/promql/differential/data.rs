//! The imagined service both are asked about.

use quarterdeck::promql::{Labels, Samples};

/// 2023-11-14 22:13:20 UTC.
const START_MS: i64 = 1_700_000_000_000;
const SAMPLES: i64 = 480;

/// Repeatable scatter.
struct Scatter(u64);

impl Scatter {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Two hours of an imagined service: counters with resets and gaps, classic
/// histograms, gauges with NaN and infinities. Times never meet a step or a
/// window's edge, so that Prometheus 2 (closed on the left) agrees too.
pub(super) fn series() -> Vec<(Labels, Samples)> {
    let mut scatter = Scatter(7);
    let mut all = Vec::new();
    for pod in ["a", "b", "c"] {
        for route in ["/", "/cart", "/pay"] {
            for code in ["200", "404", "500"] {
                let labels = Labels::from_pairs([
                    ("__name__", "http_requests_total"),
                    ("pod", pod),
                    ("route", route),
                    ("code", code),
                ]);
                let rate = if code == "200" { 90 } else { 3 };
                all.push((labels, counter(&mut scatter, rate, pod)));
            }
            buckets(&mut all, &mut scatter, pod, route);
        }
        let gauge = Labels::from_pairs([("__name__", "temperature"), ("pod", pod)]);
        all.push((gauge, temperatures(&mut scatter)));
        let info = [("__name__", "pod_info"), ("pod", pod), ("node", "n1"), ("team", "x")];
        all.push((Labels::from_pairs(info), steady(1.0)));
        let limit = [("__name__", "limit"), ("pod", pod)];
        all.push((Labels::from_pairs(limit), steady(0.1 + pod.len() as f64 * 3.3)));
    }
    all
}

fn times() -> impl Iterator<Item = i64> {
    (0..SAMPLES).map(|i| START_MS + i * 15_000 + 7_300)
}

fn steady(value: f64) -> Samples {
    let mut samples = Samples::default();
    times().for_each(|at| samples.push(at, value));
    samples
}

fn counter(scatter: &mut Scatter, rate: u64, pod: &str) -> Samples {
    let mut samples = Samples::default();
    let mut value = scatter.next(5_000);
    for (i, at) in times().enumerate() {
        value += scatter.next(rate * 2);
        if pod == "b" && i % 130 == 77 {
            value = scatter.next(4);
        }
        let gap = pod == "c" && (200..230).contains(&i);
        if !gap {
            samples.push(at, value as f64);
        }
    }
    samples
}

fn buckets(all: &mut Vec<(Labels, Samples)>, scatter: &mut Scatter, pod: &str, route: &str) {
    const EDGES: [&str; 6] = ["0.05", "0.1", "0.5", "1.0", "5.0", "+Inf"];
    let mut counts = [0_u64; 6];
    let mut series = vec![Samples::default(); 6];
    let mut sum = Samples::default();
    let mut total = 0.0;
    for at in times() {
        let mut added = 0;
        for (i, count) in counts.iter_mut().enumerate() {
            added += scatter.next(20 - 3 * i as u64);
            *count += added;
        }
        total += added as f64 * 0.137;
        sum.push(at, total);
        for (into, count) in series.iter_mut().zip(counts) {
            into.push(at, count as f64);
        }
    }
    let labels = |name: &str| Labels::from_pairs([("__name__", name), ("pod", pod), ("route", route)]);
    all.push((labels("latency_seconds_count"), series[5].clone()));
    all.push((labels("latency_seconds_sum"), sum));
    for (edge, samples) in EDGES.iter().zip(series) {
        all.push((labels("latency_seconds_bucket").with("le", edge), samples));
    }
}

fn temperatures(scatter: &mut Scatter) -> Samples {
    let mut samples = Samples::default();
    for (i, at) in times().enumerate() {
        let value = match i {
            150 => f64::NAN,
            300 => f64::INFINITY,
            _ => 20.0 + scatter.next(1_000) as f64 / 77.0 - (i as f64 / 40.0),
        };
        samples.push(at, value);
    }
    samples
}
