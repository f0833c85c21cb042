//! The error ratio an objective allows.

use crate::slo::{Sli, Slo};

/// The least share of failures that an objective of `slos` allows, of those
/// that count the requests of `family` and nothing else: what a promise about
/// latency allows to be slow may not fail.
pub(super) fn ratio<'a>(slos: impl Iterator<Item = &'a Slo>, family: &str) -> Option<f64> {
    let counts_requests = |slo: &&Slo| match &slo.sli {
        sli @ (Sli::BadOfTotal { .. } | Sli::GoodOfTotal { .. }) => {
            slo.group.is_empty() && sli.queries().iter().all(|query| query.text().contains(family))
        }
        Sli::Raw { .. } | Sli::BoolGauge { .. } | Sli::Threshold { .. } | Sli::Composite { .. } => false,
    };
    slos.filter(counts_requests).map(|slo| slo.objective.budget()).reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::read;

    fn slo(objective: f64, bad: &str, total: &str) -> Slo {
        let text = format!(
            "version: prometheus/v1\nservice: s\nslos:\n  - name: a\n    objective: {objective}\n    sli:\n      events:\n        error_query: sum(rate({bad}[{{{{.window}}}}]))\n        total_query: sum(rate({total}[{{{{.window}}}}]))\n"
        );
        read("a.yaml", &text).slos.remove(0)
    }

    #[test]
    fn the_strictest_promise_about_failures_counts_and_none_about_latency() {
        let slos = [
            slo(99.0, "http_requests_total{code=~\"5..\"}", "http_requests_total"),
            slo(99.9, "http_requests_total{code=~\"5..\"}", "http_requests_total"),
            slo(99.99, "http_request_duration_seconds_bucket{le=\"1\"}", "http_requests_total"),
            slo(99.999, "jobs_failed_total", "jobs_total"),
        ];
        assert_eq!(ratio(slos.iter(), "http_requests_total"), Some(0.001));
        assert_eq!(ratio(slos.iter(), "odd_total"), None);
    }
}
