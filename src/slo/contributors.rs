//! Who burns a budget: the bad events of the fastest alert's long window, by the
//! values of a label.
//!
//! Which labels tell values apart is asked first, then the five worst values of
//! each, so an answer is small however many series there are.

use super::measure::events;
use super::reshape::{by_label, selectors};
use super::{QueryTemplate, Sli, Slo, burn_table, promql_duration};
use crate::promql::{Answers, Error, Labels, Value};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;

/// Labels worth telling apart, the most telling first: what was asked for, how
/// it was answered, who answered.
const LABELS: [&str; 16] = [
    "route",
    "http_route",
    "handler",
    "path",
    "uri",
    "endpoint",
    "grpc_method",
    "code",
    "status",
    "status_code",
    "http_response_status_code",
    "response_code",
    "method",
    "version",
    "pod",
    "instance",
];

/// Labels shown of one objective.
const MOST_LABELS: usize = 3;
/// Values shown of one label.
const MOST_VALUES: usize = 5;
/// Combinations of labels looked at when finding out which tell values apart.
const MOST_SETS: usize = 500;

/// The values of one label that burn a budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contributors {
    /// The label.
    pub label: String,
    /// Over which time.
    pub window: Duration,
    /// The worst values, worst first.
    pub worst: Vec<Contributor>,
}

/// One value's part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contributor {
    /// The value; empty where the label is missing.
    pub value: String,
    /// Bad events.
    pub bad: f64,
    /// Share of all bad events, 0 to 1.
    pub share: f64,
}

/// The window contributors are told for: where the objective's burn is read.
pub fn contributors_window(slo: &Slo) -> Duration {
    burn_table(slo).first().map_or(Duration::from_hours(1), |row| row.long)
}

/// Who burns `slo` at `at` (seconds since the epoch); nothing where nothing is
/// bad, or where its indicator has no events to tell apart. At most five
/// questions.
///
/// # Errors
/// A query hits a limit, or the source fails.
pub fn contributors(slo: &Slo, source: &dyn Answers, at: i64) -> Result<Vec<Contributors>, Error> {
    let window = contributors_window(slo);
    let Some(selector) = selector(&slo.sli) else { return Ok(Vec::new()) };
    let sets = source
        .instant(&format!("topk({MOST_SETS}, count by ({}) ({selector}))", LABELS.join(", ")), at * 1000)?;
    let labels = telling(&sets, slo);
    let Some(first) = labels.first().and_then(|label| bad_by(&slo.sli, label, window)) else {
        return Ok(Vec::new());
    };
    let all = match source.instant(&format!("sum({first})"), at * 1000)? {
        Value::Vector(found) => found.first().map_or(0.0, |sample| sample.value),
        Value::Scalar(_) | Value::Text(_) | Value::Matrix(_) => 0.0,
    };
    if all.is_nan() || all <= 0.0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for label in labels {
        let Some(bad) = bad_by(&slo.sli, &label, window) else { continue };
        let worst = worst(&source.instant(&format!("topk({MOST_VALUES}, {bad})"), at * 1000)?, &label, all);
        if !worst.is_empty() {
            found.push(Contributors { label, window, worst });
        }
    }
    Ok(found)
}

/// One selector of what is told apart: of what is bad, else of all.
fn selector(sli: &Sli) -> Option<String> {
    let query = match sli {
        Sli::BadOfTotal { bad, .. } => bad,
        Sli::GoodOfTotal { total, .. } => total,
        Sli::BoolGauge { metric } => metric,
        Sli::Raw { .. } | Sli::Threshold { .. } | Sli::Composite { .. } => return None,
    };
    selectors(query).into_iter().next()
}

/// The labels that have several values, the most telling first.
fn telling(sets: &Value, slo: &Slo) -> Vec<String> {
    let Value::Vector(found) = sets else { return Vec::new() };
    let values = |label: &str, labels: &[&Labels]| -> usize {
        labels.iter().map(|labels| labels.get(label)).collect::<BTreeSet<_>>().len()
    };
    let all: Vec<&Labels> = found.iter().map(|sample| &sample.labels).collect();
    let several = LABELS.iter().filter(|label| !slo.group.contains_key(**label) && values(label, &all) > 1);
    several.take(MOST_LABELS).map(|label| (*label).to_owned()).collect()
}

/// The bad events of a window by the values of a label.
fn bad_by(sli: &Sli, label: &str, window: Duration) -> Option<String> {
    let text = promql_duration(window);
    let by = format!(" by ({label}) ");
    let events = |query: &QueryTemplate| Some(events(&by_label(query, label)?, &by, window));
    Some(match sli {
        Sli::BadOfTotal { bad, .. } => events(bad)?,
        Sli::GoodOfTotal { good, total } => {
            let (good, total) = (events(good)?, events(total)?);
            // What was never good has no series of it.
            format!("({total}) - (({good}) or 0 * ({total}))")
        }
        Sli::BoolGauge { metric } => {
            let m = metric.text();
            format!(
                "sum by ({label}) (count_over_time({m}[{text}])) - sum by ({label}) (sum_over_time({m}[{text}]))"
            )
        }
        Sli::Raw { .. } | Sli::Threshold { .. } | Sli::Composite { .. } => return None,
    })
}

fn worst(answer: &Value, label: &str, all: f64) -> Vec<Contributor> {
    let Value::Vector(found) = answer else { return Vec::new() };
    let one = |sample: &crate::promql::Sample| Contributor {
        value: sample.labels.get(label).to_owned(),
        bad: sample.value,
        share: sample.value / all,
    };
    let mut worst: Vec<Contributor> = found.iter().filter(|sample| sample.value > 0.0).map(one).collect();
    worst.sort_by(|a, b| b.bad.total_cmp(&a.bad).then_with(|| a.value.cmp(&b.value)));
    worst
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::promql::{Limits, Local, MemorySeries, Samples};

    /// Two hours of requests each 15 s, by route, code and pod: what a minute adds.
    fn shop() -> MemorySeries {
        let mut series = MemorySeries::default();
        let mut put = |name: &str, pairs: &[(&str, &str)], a_minute: f64| {
            let mut all = vec![("__name__", name), ("namespace", "shop"), ("job", "cart")];
            all.extend(pairs);
            let mut points = Samples::default();
            (0..=480_i64).for_each(|n| points.push(n * 15_000, n as f64 / 4.0 * a_minute));
            series.append(&Labels::from_pairs(all), &points);
        };
        for (route, code, pod, a_minute) in [
            ("/pay", "500", "a", 6.0),
            ("/pay", "503", "b", 2.0),
            ("/cart", "500", "a", 1.0),
            ("/list", "500", "b", 1.0),
            ("/pay", "200", "a", 100.0),
            ("/list", "200", "b", 900.0),
        ] {
            put("r", &[("route", route), ("code", code), ("pod", pod)], a_minute);
        }
        for (route, le, a_minute) in [("/pay", "0.5", 60.0), ("/pay", "+Inf", 100.0), ("/list", "+Inf", 50.0)]
        {
            put("d_bucket", &[("route", route), ("le", le)], a_minute);
        }
        for (route, a_minute) in [("/pay", 100.0), ("/list", 50.0)] {
            put("d_count", &[("route", route)], a_minute);
        }
        series
    }

    fn told(sli: &str) -> Vec<(String, Vec<(String, i64)>)> {
        let text = format!(
            "version: prometheus/v1\nservice: cart\nslos:\n  - name: a\n    objective: 99\n    sli:\n      events:\n{sli}"
        );
        let found = read("a.yaml", &text);
        assert!(found.findings.is_empty(), "{:?}", found.findings);
        let (series, limits) = (shop(), Limits::default());
        let source = Local { series: &series, limits: &limits };
        let found = contributors(&found.slos[0], &source, 7_200).unwrap();
        let percent = |c: &Contributor| (c.value.clone(), (c.share * 100.0).round() as i64);
        found.iter().map(|by| (by.label.clone(), by.worst.iter().map(percent).collect())).collect()
    }

    #[test]
    fn shares_of_bad_events_by_label_value() {
        let found = told(
            "        error_query: sum(rate(r{code=~\"5..\"}[{{.window}}]))\n        total_query: sum(rate(r[{{.window}}]))\n",
        );
        let of = |label: &str| found.iter().find(|(name, _)| name == label).unwrap().1.clone();
        let pairs = |all: &[(&str, i64)]| all.iter().map(|(v, n)| ((*v).to_owned(), *n)).collect::<Vec<_>>();
        assert_eq!(found.iter().map(|(l, _)| l.as_str()).collect::<Vec<_>>(), ["route", "code", "pod"]);
        assert_eq!(of("route"), pairs(&[("/pay", 80), ("/cart", 10), ("/list", 10)]));
        assert_eq!(of("code"), pairs(&[("500", 80), ("503", 20)]));
        assert_eq!(of("pod"), pairs(&[("a", 70), ("b", 30)]));
    }

    #[test]
    fn what_is_slow_is_what_is_not_in_the_bucket() {
        let text = "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\nspec:\n  target: \"99\"\n  window: 4w\n  indicator:\n    latency:\n      success: {metric: 'd_bucket{le=\"0.5\"}'}\n      total: {metric: d_count}\n";
        let slo = read("a.yaml", text).slos.remove(0);
        let (series, limits) = (shop(), Limits::default());
        let found = contributors(&slo, &Local { series: &series, limits: &limits }, 7_200).unwrap();
        let worst: Vec<_> =
            found[0].worst.iter().map(|c| (c.value.as_str(), (c.share * 90.0).round() as i64)).collect();
        // 40 of 100 were slow on /pay; all 50 on /list, which has no bucket of its own.
        assert_eq!((found.len(), found[0].label.as_str()), (1, "route"));
        assert_eq!(worst, [("/list", 50), ("/pay", 40)]);
    }

    #[test]
    fn nothing_bad_and_nothing_to_tell_apart_are_nothing() {
        assert!(told("        error_query: sum(rate(r{code=\"418\"}[{{.window}}]))\n        total_query: sum(rate(r[{{.window}}]))\n").is_empty());
        assert!(told("        error_query: sum(rate(r{code=\"503\"}[{{.window}}]))\n        total_query: sum(rate(r[{{.window}}]))\n").is_empty());
    }
}
