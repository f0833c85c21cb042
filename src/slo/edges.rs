//! Bucket edges that do not exist. A threshold between two edges selects
//! nothing: what is slow would be counted as never slow, or not at all.

use super::Slo;
use super::reshape::edges;
use crate::promql::{Answers, Error, Value};

/// What is wrong with the `le` of an indicator, if its histogram exists and has
/// no such edge; edges are compared as numbers.
///
/// # Errors
/// The source fails.
pub fn missing_edge(slo: &Slo, source: &dyn Answers, at: i64) -> Result<Option<String>, Error> {
    for query in slo.sli.queries() {
        for (selector, wanted) in edges(query) {
            let answer =
                source.instant(&format!("group by (le) (last_over_time({selector}[1h]))"), at * 1000)?;
            let Value::Vector(found) = answer else { continue };
            let mut known: Vec<f64> = found.iter().filter_map(|s| number(s.labels.get("le"))).collect();
            // Infinity is near nothing but itself.
            let near = |edge: f64| edge.is_finite() && (edge - wanted).abs() <= edge.abs() * 1e-9;
            let same = |edge: &f64| edge.total_cmp(&wanted).is_eq() || near(*edge);
            if known.is_empty() || known.iter().any(same) {
                continue;
            }
            known.sort_by(f64::total_cmp);
            known.dedup();
            let shown: Vec<String> =
                known.iter().filter(|edge| edge.is_finite()).map(f64::to_string).collect();
            return Ok(Some(format!(
                "le=\"{wanted}\" is no bucket edge of {selector}, which has {}; take one of these",
                shown.join(", ")
            )));
        }
    }
    Ok(None)
}

/// An edge as a number; `+Inf` is one.
fn number(edge: &str) -> Option<f64> {
    edge.parse().ok().filter(|edge: &f64| !edge.is_nan())
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::promql::{Labels, Limits, Local, MemorySeries, Samples};

    fn wrong(le: &str) -> Option<String> {
        let text = format!(
            "version: prometheus/v1\nservice: cart\nslos:\n  - name: a\n    objective: 99\n    sli:\n      events:\n        error_query: sum(rate(d_count[{{{{.window}}}}])) - sum(rate(d_bucket{{job=\"x\",le=\"{le}\"}}[{{{{.window}}}}]))\n        total_query: sum(rate(d_count[{{{{.window}}}}]))\n"
        );
        let slo = read("a.yaml", &text).slos.remove(0);
        let mut series = MemorySeries::default();
        for edge in ["0.1", "0.5", "1.0", "+Inf"] {
            let mut points = Samples::default();
            points.push(59_000, 1.0);
            let labels = [("__name__", "d_bucket"), ("job", "x"), ("le", edge)];
            series.append(&Labels::from_pairs(labels), &points);
        }
        let limits = Limits::default();
        missing_edge(&slo, &Local { series: &series, limits: &limits }, 60).unwrap()
    }

    #[test]
    fn an_edge_that_does_not_exist_is_named_with_those_that_do() {
        for right in ["0.1", "0.50", "1", "1.0", "+Inf"] {
            assert_eq!(wrong(right), None, "{right}");
        }
        let why = wrong("0.4").unwrap();
        assert_eq!(
            why,
            "le=\"0.4\" is no bucket edge of d_bucket{job=\"x\"}, which has 0.1, 0.5, 1; take one of these"
        );
    }
}
