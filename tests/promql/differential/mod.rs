//! The same expressions on the same samples, by us and by a real Prometheus.

mod data;
mod expressions;

use std::collections::BTreeMap;

use quarterdeck::promql::{Labels, Limits, MemorySeries, Value, parse};
use serde_json::Value as Json;

use crate::real::{Real, find};
use data::series;
use expressions::expressions;

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
