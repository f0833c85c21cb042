//! The same expressions on the same samples, by us and by a real Prometheus.

use std::collections::BTreeMap;

use quarterdeck::promql::{Labels, Limits, MemorySeries, Samples, Value, parse};
use serde_json::Value as Json;

use crate::real::{Real, find};

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
fn series() -> Vec<(Labels, Samples)> {
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

/// Words of expressions that only Prometheus 3 can judge.
const ONLY_THREE: [&str; 11] = [
    "double_exponential_smoothing",
    "mad_over_time",
    "first_over_time",
    "limitk",
    "sort_by_label",
    "ts_of_",
    "histogram_fraction",
    "rate(http_requests_total[40s]",
    // Prometheus 2 keeps the metric's name after atan2.
    "atan2",
    // Its subqueries include a step on the left edge.
    "[2m:20s])[",
    // It breaks ties by the order its storage happens to give.
    "bottomk(2, http_requests_total)",
];

/// Functions of one instant vector.
const FUNCTIONS: [&str; 35] = [
    "abs",
    "ceil",
    "floor",
    "exp",
    "ln",
    "log2",
    "log10",
    "sqrt",
    "sgn",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "deg",
    "rad",
    "round",
    "year",
    "month",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "hour",
    "minute",
    "timestamp",
    "sort",
    "sort_desc",
];

/// Expressions, and whether only Prometheus 3 can judge them.
fn expressions() -> Vec<(String, bool)> {
    let mut list = Vec::new();
    let mut add = |text: String| {
        let only_three = ONLY_THREE.iter().any(|word| text.contains(word));
        list.push((text, only_three));
    };
    over_ranges(&mut add);
    for line in include_str!("expressions.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        add(line.to_owned());
    }
    for op in ["+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "atan2"] {
        add(format!("temperature {op} limit"));
        add(format!("temperature {op} 20.5"));
        add(format!("20.5 {op} temperature"));
        add(format!("2.5 {op} {} 1.5", if op.contains(['=', '>', '<', '!']) { "bool" } else { "" }));
        add(format!("http_requests_total {op} on (pod) group_left limit"));
    }
    for op in ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"] {
        for by in ["", "by (pod)", "by (route, code)", "without (pod)", "by (absent)"] {
            add(format!("{op} {by} (http_requests_total)"));
            add(format!("{op} {by} (rate(http_requests_total[2m]))"));
        }
        add(format!("{op}(temperature)"));
    }
    for f in FUNCTIONS {
        add(format!("{f}(temperature)"));
        add(format!("{f}(temperature / 30 - limit)"));
    }
    list
}

fn over_ranges(add: &mut impl FnMut(String)) {
    for f in [
        "rate",
        "increase",
        "delta",
        "irate",
        "idelta",
        "deriv",
        "changes",
        "resets",
        "avg_over_time",
        "sum_over_time",
        "min_over_time",
        "max_over_time",
        "count_over_time",
        "last_over_time",
        "first_over_time",
        "present_over_time",
        "absent_over_time",
        "stddev_over_time",
        "stdvar_over_time",
        "mad_over_time",
        "ts_of_max_over_time",
        "ts_of_min_over_time",
        "ts_of_first_over_time",
        "ts_of_last_over_time",
    ] {
        for range in ["40s", "2m", "11m", "1h"] {
            add(format!("{f}(http_requests_total[{range}])"));
        }
        add(format!("{f}(temperature[7m])"));
        add(format!("{f}(temperature[5m] offset 3m)"));
        add(format!("{f}(temperature[5m:40s])"));
        add(format!("{f}(limit[3m] @ 1700003617)"));
    }
}

type Rows = BTreeMap<BTreeMap<String, String>, Vec<(i64, f64)>>;

fn number(text: &str) -> f64 {
    quarterdeck::promql::parse_float(text).expect("a float")
}

fn point(json: &Json) -> (i64, f64) {
    let at = json[0].as_f64().unwrap() * 1000.0;
    (at.round() as i64, number(json[1].as_str().unwrap()))
}

/// A Prometheus answer, or its error.
fn theirs(answer: &Json) -> Result<Rows, String> {
    if answer["status"] != "success" {
        return Err(answer["error"].to_string());
    }
    let result = &answer["data"]["result"];
    if answer["data"]["resultType"] == "scalar" {
        return Ok(Rows::from([(BTreeMap::new(), vec![point(result)])]));
    }
    let mut rows = Rows::new();
    for row in result.as_array().unwrap() {
        let labels = row["metric"].as_object().unwrap().iter();
        let labels = labels.map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect();
        let points = match row["values"].as_array() {
            Some(values) => values.iter().map(point).collect(),
            None => vec![point(&row["value"])],
        };
        rows.insert(labels, points);
    }
    Ok(rows)
}

fn key(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

fn ours(value: Value, at_ms: i64) -> Rows {
    match value {
        Value::Scalar(v) => Rows::from([(BTreeMap::new(), vec![(at_ms, v)])]),
        Value::Text(_) => Rows::new(),
        Value::Vector(list) => list.into_iter().map(|s| (key(&s.labels), vec![(at_ms, s.value)])).collect(),
        Value::Matrix(tracks) => tracks
            .into_iter()
            .map(|t| (key(&t.labels), t.points.times.into_iter().zip(t.points.values).collect()))
            .collect(),
    }
}

/// Within 1e-9 of the greater.
fn same(a: f64, b: f64) -> bool {
    let equal = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    equal || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

fn difference(got: &Rows, want: &Rows) -> Option<String> {
    if got.keys().ne(want.keys()) {
        let first = got.keys().find(|k| !want.contains_key(*k));
        let other = want.keys().find(|k| !got.contains_key(*k));
        return Some(format!("only ours {first:?}, only theirs {other:?}"));
    }
    for (labels, want) in want {
        let got = &got[labels];
        let fits = got.len() == want.len() && got.iter().zip(want).all(|(g, w)| g.0 == w.0 && same(g.1, w.1));
        if !fits {
            let apart = got.iter().zip(want).find(|(g, w)| g.0 != w.0 || !same(g.1, w.1));
            return Some(format!(
                "{labels:?}: {} and {} points, first apart {apart:?}",
                got.len(),
                want.len()
            ));
        }
    }
    None
}

#[test]
fn a_real_prometheus_agrees() {
    let Some(binary) = find() else {
        println!("skipped: no prometheus in PATH and QD_PROMETHEUS is not set");
        return;
    };
    let series = series();
    let real = Real::start(&binary, &series);
    let mut store = MemorySeries::default();
    for (labels, samples) in &series {
        store.append(labels, samples);
    }
    let limits = Limits::default();
    let (mut compared, mut values, mut skipped, mut apart) = (0, 0, 0, Vec::new());
    for (text, only_three) in expressions() {
        if only_three && real.major < 3 {
            skipped += 1;
            continue;
        }
        let query = parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        for at_s in [1_700_000_017_i64, 1_700_000_417, 1_700_003_617, 1_700_007_117] {
            let answer = real.call("query", &[("query", &text), ("time", &at_s.to_string())]);
            let got = query.instant(&store, at_s * 1000, &limits).map(|(v, _)| ours(v, at_s * 1000));
            compared += 1;
            values += judge(&text, &format!("at {at_s}"), got, theirs(&answer), &mut apart);
        }
        // From when windows of five minutes are full: Prometheus 2 extrapolates further than 3 and
        // we do to a counter's beginning near zero (`extrapolatedRate`).
        let (from, to, step) = (1_700_000_317_i64, 1_700_007_200_i64, 230_i64);
        let form = [
            ("query", text.as_str()),
            ("start", &from.to_string()),
            ("end", &to.to_string()),
            ("step", &step.to_string()),
        ];
        let answer = real.call("query_range", &form);
        let got = query.range(&store, from * 1000, to * 1000, step * 1000, &limits);
        compared += 1;
        values += judge(&text, "range", got.map(|(v, _)| ours(v, 0)), theirs(&answer), &mut apart);
    }
    println!(
        "compared {compared} answers ({values} values) with Prometheus {}, skipped {skipped} expressions",
        real.major
    );
    assert!(compared >= 1600 && values >= 100_000, "only {compared} answers, {values} values");
    assert!(apart.is_empty(), "{} of {compared} differ:\n{}", apart.len(), apart.join("\n"));
}

/// Notes a difference; how many values were compared.
fn judge(
    text: &str,
    when: &str,
    got: Result<Rows, quarterdeck::promql::Error>,
    want: Result<Rows, String>,
    apart: &mut Vec<String>,
) -> usize {
    let values = want.as_ref().map_or(0, |rows| rows.values().map(Vec::len).sum());
    let how = match (got, want) {
        (Ok(got), Ok(want)) => difference(&got, &want),
        (Err(_), Err(_)) => None,
        (Ok(_), Err(theirs)) => Some(format!("only they fail: {theirs}")),
        (Err(ours), Ok(_)) => Some(format!("only we fail: {ours}")),
    };
    apart.extend(how.map(|how| format!("{text} {when}: {how}")));
    values
}
