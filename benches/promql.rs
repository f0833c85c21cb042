//! PromQL, the text parser and the store: `cargo bench --bench promql`.
//!
//! When a Prometheus binary is there (`QD_PROMETHEUS` or `PATH`), the same
//! queries run on the same samples in it, and a table sets our time beside its
//! server-side time (`evalTotalTime` of its statistics: no HTTP, no JSON).
#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_wrap,
    clippy::format_push_string,
    reason = "a bench measures with a clock, prints, and panics on a surprise"
)]

#[path = "../tests/promql/real.rs"]
mod real;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use quarterdeck::metrics::scrape::{Moment, Target, TargetState};
use quarterdeck::metrics::store::{Caps, Store};
use quarterdeck::metrics::text::{self, Format, Item};
use quarterdeck::promql::{Labels, Limits, Query, Samples, parse};
use real::{Real, find};

/// 2023-11-14 22:13:20 UTC.
const START_MS: i64 = 1_700_000_000_000;
const SCRAPE_MS: i64 = 15_000;

fn noise(seed: u64) -> u64 {
    let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40
}

fn counter(id: u64, rate: u64, samples: i64) -> Samples {
    let mut column = Samples::default();
    let mut value = noise(id) % 100_000;
    for i in 0..samples {
        value += noise(id.wrapping_mul(31).wrapping_add(i as u64)) % (2 * rate + 1);
        column.push(START_MS + i * SCRAPE_MS + 7_300, value as f64);
    }
    column
}

/// 10,000 counters with 70 minutes, and 2,000 histograms of eight buckets with
/// 25 minutes.
fn data() -> Vec<(Labels, Samples)> {
    let mut all = Vec::with_capacity(26_000);
    for id in 0..10_000_u64 {
        let (pod, route) = (format!("web-{}", id / 20), format!("/route/{}", id % 20));
        let pairs = [
            ("__name__", "http_requests_total"),
            ("code", "200"),
            ("instance", "10.0.0.1:8080"),
            ("job", "web"),
            ("namespace", "shop"),
            ("pod", pod.as_str()),
            ("route", route.as_str()),
        ];
        all.push((Labels::from_pairs(pairs), counter(id, 90, 280)));
    }
    let edges = ["0.005", "0.01", "0.05", "0.1", "0.5", "1.0", "5.0", "+Inf"];
    for id in 0..2_000_u64 {
        let pod = format!("web-{id}");
        let mut below = Samples::default();
        for (i, edge) in edges.iter().enumerate() {
            let mut bucket = counter(id * 8 + i as u64, 30, 100);
            bucket.values.iter_mut().zip(&below.values).for_each(|(v, less)| *v += less);
            let pairs = [("__name__", "lat_bucket"), ("job", "web"), ("le", edge), ("pod", pod.as_str())];
            all.push((Labels::from_pairs(pairs), bucket.clone()));
            below = bucket;
        }
    }
    all
}

fn store(all: &[(Labels, Samples)]) -> Store {
    let mut store = Store::new(Caps::default());
    for (labels, samples) in all {
        let id = store.series(labels).unwrap();
        for (at, value) in samples.times.iter().zip(&samples.values) {
            store.append(id, *at, *value);
        }
    }
    store
}

/// One workload: expressions with their times; a range when start and end
/// differ.
struct Work {
    name: &'static str,
    queries: Vec<(Query, i64, i64, i64)>,
}

fn works() -> Vec<Work> {
    let at = |seconds: i64| START_MS + seconds * 1000;
    let rate = parse("sum by (route) (rate(http_requests_total[5m]))").unwrap();
    let quantile = parse("histogram_quantile(0.99, sum by (le, pod) (rate(lat_bucket[5m])))").unwrap();
    let small = [
        "sum(rate(http_requests_total{pod=\"web-7\"}[5m]))",
        "http_requests_total{pod=~\"web-1.\",route=\"/route/3\"}",
        "histogram_quantile(0.9, sum by (le) (rate(lat_bucket{pod=\"web-3\"}[5m])))",
        "topk(3, rate(http_requests_total{pod=\"web-42\"}[2m]))",
        "sum(increase(http_requests_total{pod=\"web-9\",route=\"/route/1\"}[10m])) / 600 > 1",
    ];
    let thousand = (0..1000).map(|i| {
        let query = parse(small[i % small.len()]).unwrap();
        let now = at(900 + (i as i64 % 300));
        (query, now, now, 1)
    });
    vec![
        Work { name: "range_rate_10k_series_1h", queries: vec![(rate, at(600), at(4200), 15_000)] },
        Work { name: "quantile_2k_histograms", queries: vec![(quantile, at(600), at(1500), 15_000)] },
        Work { name: "instant_1000", queries: thousand.collect() },
    ]
}

fn run(work: &Work, store: &Store) {
    let limits = Limits { max_samples: 50_000_000, ..Limits::default() };
    for (query, start, end, step) in &work.queries {
        if start == end {
            black_box(query.instant(store, *start, &limits).unwrap());
        } else {
            black_box(query.range(store, *start, *end, *step, &limits).unwrap());
        }
    }
}

fn median(mut list: Vec<Duration>) -> Duration {
    list.sort();
    list[list.len() / 2]
}

/// The server's own account of one workload.
fn theirs(work: &Work, real: &Real) -> Duration {
    let mut total = 0.0;
    for (query, start, end, step) in &work.queries {
        let seconds = |ms: &i64| format!("{}.{:03}", ms / 1000, ms % 1000);
        let (first, last) = (seconds(start), seconds(end));
        let step = seconds(step);
        let answer = if start == end {
            let form = [("query", query.text()), ("time", first.as_str()), ("stats", "all")];
            real.call("query", &form)
        } else {
            let form = [
                ("query", query.text()),
                ("start", first.as_str()),
                ("end", last.as_str()),
                ("step", step.as_str()),
                ("stats", "all"),
            ];
            real.call("query_range", &form)
        };
        assert_eq!(answer["status"], "success", "{answer}");
        assert_ne!(answer["data"]["result"], serde_json::json!([]), "{}", query.text());
        total += answer["data"]["stats"]["timings"]["evalTotalTime"].as_f64().unwrap();
    }
    Duration::from_secs_f64(total)
}

fn side_by_side(all: &[(Labels, Samples)], store: &Store) {
    let Some(binary) = find() else {
        println!("no prometheus found: ours alone");
        return;
    };
    let real = Real::start(&binary, all);
    println!("| workload | ours | Prometheus {} | ratio | our best | their best | ratio |", real.major);
    println!("|---|---|---|---|---|---|---|");
    for work in works() {
        run(&work, store);
        theirs(&work, &real);
        let timed = |_| {
            let started = Instant::now();
            run(&work, store);
            started.elapsed()
        };
        // By turns, so that what else the machine does is in both; the least of each is what
        // it did least to.
        let pairs = (0..9).map(|n| (timed(n), theirs(&work, &real)));
        let (ours, real): (Vec<_>, Vec<_>) = pairs.unzip();
        let least = |times: &[Duration]| times.iter().min().copied().unwrap_or_default();
        let (best, their_best) = (least(&ours), least(&real));
        let (ours, real) = (median(ours), median(real));
        let ratio = |ours: Duration, theirs: Duration| ours.as_secs_f64() / theirs.as_secs_f64();
        println!(
            "| {} | {ours:.1?} | {real:.1?} | {:.2} | {best:.1?} | {their_best:.1?} | {:.2} |",
            work.name,
            ratio(ours, real),
            ratio(best, their_best)
        );
    }
}

/// Five megabytes as a busy pod exposes them.
fn page() -> String {
    let mut page = String::new();
    let mut id = 0;
    while page.len() < 5 << 20 {
        if id % 12 == 0 {
            page.push_str("# HELP http_server_requests_seconds Duration of HTTP requests.\n");
            page.push_str("# TYPE http_server_requests_seconds histogram\n");
        }
        page.push_str(&format!(
            "http_server_requests_seconds_bucket{{method=\"GET\",outcome=\"SUCCESS\",status=\"200\",\
             uri=\"/api/orders/{{id}}\",pod=\"web-{}\",le=\"{}\"}} {}\n",
            id / 12,
            (id % 12) as f64 / 10.0,
            noise(id)
        ));
        id += 1;
    }
    page
}

/// What 2,000 pods with 150 series each cost every 15 s: processor time, and
/// memory per series. Fetching is not in it.
fn scraping() {
    const PODS: usize = 2_000;
    const ROUNDS: u64 = 8;
    let line = |n: u64, round: u64| {
        let counted = noise(n) % 1_000 + round * (n % 97);
        format!(
            "http_request_duration_seconds_bucket{{method=\"GET\",route=\"/api/orders/{}\",code=\"200\",le=\"{}\"}} {counted}\n",
            n / 10,
            (n % 10) as f64 / 10.0
        )
    };
    let page = |round: u64| (0..150).map(|n| line(n, round)).collect::<String>();
    let mut store = Store::new(Caps { bytes: 2 << 30, ..Caps::default() });
    let target = |pod: usize| Target::new("", "", "web", &format!("web-{pod}"));
    let mut pods: Vec<_> = (0..PODS).map(|pod| (target(pod), TargetState::default())).collect();
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let body = page(round);
        let moment = Moment { start_ms: START_MS + round as i64 * SCRAPE_MS, took_ms: 5 };
        let before = on_processor();
        for (target, state) in &mut pods {
            let read = Ok((body.as_bytes(), Format::Prometheus));
            let outcome = state.commit(target, read, moment, &text::Caps::default(), &mut store);
            assert!(outcome.stored == 150 && outcome.refused == 0, "{outcome:?}");
        }
        rounds.push(on_processor().saturating_sub(before));
    }
    let stats = store.stats();
    // The first round makes the series.
    let usual = median(rounds.split_off(1));
    println!(
        "scraping {PODS} pods of {} kB: {usual:.0?} of processor time a round, {:.1} % of a core at 15 s; {:.0} bytes per \
         series with {ROUNDS} samples",
        page(0).len() / 1000,
        usual.as_secs_f64() / 15.0 * 100.0,
        stats.bytes as f64 / stats.series as f64,
    );
}

/// Processor time of this thread so far; zero where the system does not tell.
fn on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or_default())
}

fn main() {
    scraping();
    let all = data();
    let store = store(&all);
    let stats = store.stats();
    println!(
        "store: {} series, {} samples, {:.2} bytes/sample, {:.0} bytes/series for labels and index",
        stats.series,
        stats.samples,
        stats.sample_bytes as f64 / stats.samples as f64,
        (stats.bytes - stats.sample_bytes) as f64 / stats.series as f64
    );
    side_by_side(&all, &store);
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    for work in works() {
        criterion.bench_function(work.name, |b| b.iter(|| run(&work, &store)));
    }
    let page = page();
    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("parse_5mb", |b| {
        b.iter(|| {
            let mut sum = 0.0;
            text::parse(page.as_bytes(), Format::Prometheus, &text::Caps::default(), &mut |item| {
                if let Item::Sample(sample) = item {
                    sum += sample.value;
                }
            })
            .unwrap();
            sum
        });
    });
    group.finish();
    criterion.final_summary();
}
