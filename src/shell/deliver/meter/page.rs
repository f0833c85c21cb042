//! What of a pod's page is kept.

use crate::engine::canary::{Level, Plan, Source};
use crate::promql::labels::NAME;
use crate::promql::{Op, Query, parse};
use crate::signals::FAMILIES;
use std::collections::BTreeSet;

/// What is kept besides counted requests.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Wanted {
    /// Levels that are compared.
    pub(in super::super) levels: Vec<Level>,
    /// Histograms: slow requests are counted.
    pub(in super::super) durations: bool,
    /// Metrics that expressions read.
    names: BTreeSet<String>,
    /// An expression reads by more than names.
    everything: bool,
}

impl Wanted {
    /// What a plan measures on the pods' pages.
    pub(in super::super) fn of(plan: &Plan) -> Self {
        let (levels, durations) = (plan.levels.clone(), plan.slow_ms.is_some());
        let mut wanted = Self { levels, durations, ..Self::default() };
        if plan.source == Source::Pods {
            plan.analyses.iter().flat_map(|analysis| &analysis.queries).for_each(|query| wanted.reads(query));
        }
        wanted
    }

    /// Keeps what an expression reads too; one that is none reads nothing.
    pub(in super::super) fn reads(&mut self, query: &str) {
        for read in parse(query).iter().flat_map(Query::reads) {
            let named = read.matchers.iter().find(|m| m.name == NAME && matches!(m.op, Op::Equal));
            match named {
                Some(named) => drop(self.names.insert(named.value.clone())),
                None => self.everything = true,
            }
        }
    }

    fn is_counted(&self, name: &[u8]) -> bool {
        let named = || std::str::from_utf8(name).is_ok_and(|name| self.names.contains(name));
        self.everything || named() || is_counted(name, &self.levels, self.durations)
    }
}

/// The lines of a page that are counted here; histograms only where slow
/// requests are. A page has hundreds of others, and an engine keeps the samples
/// of two hundred deliveries.
pub(super) fn slim(page: &[u8], wanted: &Wanted) -> Vec<u8> {
    let mut kept = Vec::with_capacity(page.len() / 4);
    for line in page.split_inclusive(|byte| *byte == b'\n') {
        let end = line.iter().position(|byte| matches!(byte, b'{' | b' ' | b'\t')).unwrap_or(line.len());
        if line.first() == Some(&b'#') || wanted.is_counted(line.get(..end).unwrap_or_default()) {
            kept.extend_from_slice(line);
        }
    }
    kept
}

fn is_counted(name: &[u8], levels: &[Level], durations: bool) -> bool {
    levels.iter().any(|level| level.metric.as_bytes() == name)
        || FAMILIES.iter().any(|family| {
            let part = |part: &[u8]| {
                durations
                    && !family.duration.is_empty()
                    && name.strip_prefix(family.duration.as_bytes()).is_some_and(|rest| rest == part)
            };
            name == family.total.as_bytes() || part(b"_count") || part(b"_bucket")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_page_only_what_is_counted_is_kept() {
        let page = "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 7\ngo_goroutines 12\n\
                    http_request_duration_seconds_bucket{le=\"0.3\"} 5\nhttp_request_duration_seconds_sum 3\n\
                    http_request_duration_seconds_count 7\nhttp_requests_total_of_others 1\n# EOF\n";
        let kept = String::from_utf8(slim(page.as_bytes(), &Wanted { durations: true, ..Wanted::default() }))
            .unwrap();
        let names: Vec<&str> = kept.lines().map(|line| line.split(['{', ' ']).next().unwrap()).collect();
        let parts = ["bucket", "count"].map(|part| format!("http_request_duration_seconds_{part}"));
        assert_eq!(names, ["#", "http_requests_total", &parts[0], &parts[1], "#"]);
        let levels = vec![Level::new("go_goroutines")];
        let wanted = Wanted { levels, ..Wanted::default() };
        let kept = String::from_utf8(slim(page.as_bytes(), &wanted)).unwrap();
        assert!(kept.contains("go_goroutines 12") && kept.contains("http_requests_total{"), "{kept}");
        assert!(!kept.contains("_duration_"), "nobody asked for slow requests: {kept}");
    }

    #[test]
    fn what_expressions_read_is_kept_too() {
        let page = "a 1\nb{c=\"d\"} 2\nother 3\n";
        let kept = |queries: &[&str]| {
            let mut wanted = Wanted::default();
            for query in queries {
                wanted.reads(query);
            }
            String::from_utf8(slim(page.as_bytes(), &wanted)).unwrap()
        };
        assert_eq!(kept(&["sum(rate(a[1m])) / sum(b)", "not PromQL ("]), "a 1\nb{c=\"d\"} 2\n");
        assert_eq!(kept(&["{__name__=~\"a|b\"}"]), page);
        assert_eq!(kept(&[]), "");
    }
}
