//! The expressions behind each number.

use super::Family;
use std::time::Duration;

/// The window of every rate once it is filled: long enough for five scrapes a
/// minute apart, short enough to see a bad release within two.
pub const WINDOW: Span = Span { text: "5m", words: "5 min", length: Duration::from_mins(5) };

/// The window while five minutes have not been observed. A rate over a window
/// that is mostly empty would be far too low, and a wrong number is worse than none.
pub const FIRST_WINDOW: Span = Span { text: "1m", words: "1 min", length: Duration::from_mins(1) };

/// The window of the first half minute, where every target is read often enough
/// to fill it: the console's own scraper reads new ones every 5 s.
pub const QUICK_WINDOW: Span = Span { text: "20s", words: "20 s", length: Duration::from_secs(20) };

/// A window, for expressions, for people and for arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// As PromQL writes it.
    pub text: &'static str,
    /// As people read it.
    pub words: &'static str,
    /// How long it is.
    pub length: Duration,
}

/// How far back the little charts reach.
pub const HISTORY: Duration = Duration::from_mins(30);

/// One point of a little chart; 60 of them.
pub const HISTORY_STEP: Duration = Duration::from_secs(30);

/// One expression with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// `rate`, `errors`, `p95`.
    pub name: &'static str,
    /// The formula in words.
    pub formula: &'static str,
    /// `req/s`, `ratio`, `s`.
    pub unit: &'static str,
    /// The expression.
    pub promql: String,
}

/// All expressions of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queries {
    /// Requests per second.
    pub rate: Query,
    /// The same an hour ago.
    pub rate_hour_ago: Query,
    /// Failed share of requests.
    pub errors: Query,
    /// Latency at 0.5, 0.95 and 0.99.
    pub latency: [Query; 3],
    /// Failures by code.
    pub codes: Query,
    /// Requests by endpoint.
    pub routes: Query,
}

impl Queries {
    /// The expressions over `family`, for the series matched by `selector`
    /// (label matchers without braces, for instance
    /// `namespace="shop",service="checkout"`), as rates over `window`.
    pub fn new(family: &Family, selector: &str, window: Span) -> Self {
        Self::over(family, selector, window.text)
    }

    /// The same over a window as PromQL writes it.
    pub fn over(family: &Family, selector: &str, window: &str) -> Self {
        let Family { total, duration, to_seconds, code, failed, route } = *family;
        let all = format!("rate({total}{{{selector}}}[{window}])");
        let bad = format!("rate({total}{{{selector},{code}{failed}}}[{window}])");
        let quantile = |q: &str| {
            let inner = format!("sum by (le) (rate({duration}_bucket{{{selector}}}[{window}]))");
            match to_seconds {
                "1" => format!("histogram_quantile({q}, {inner})"),
                factor => format!("histogram_quantile({q}, {inner}) * {factor}"),
            }
        };
        let latency = |name, q| {
            query(name, "quantile of the request duration histogram over the window", "s", quantile(q))
        };
        Self {
            rate: query(
                "rate",
                "requests counted, per second, over the window",
                "req/s",
                format!("sum({all})"),
            ),
            rate_hour_ago: query(
                "rate 1h ago",
                "the same, an hour earlier",
                "req/s",
                format!("sum(rate({total}{{{selector}}}[{window}] offset 1h))"),
            ),
            // A service that never failed has no failure series: that is zero, not unknown.
            errors: query(
                "errors",
                "failed requests / all requests, over the window",
                "ratio",
                format!("(sum({bad}) or 0 * sum({all})) / sum({all})"),
            ),
            latency: [latency("p50", "0.5"), latency("p95", "0.95"), latency("p99", "0.99")],
            codes: query("codes", "failures by code", "req/s", format!("sum by ({code}) ({bad})")),
            routes: query(
                "routes",
                "requests by endpoint",
                "req/s",
                format!("topk(5, sum by ({route}) ({all}))"),
            ),
        }
    }

    /// Every expression, for the page that explains numbers.
    pub fn all(&self) -> impl Iterator<Item = &Query> {
        [&self.rate, &self.rate_hour_ago, &self.errors]
            .into_iter()
            .chain(&self.latency)
            .chain([&self.codes, &self.routes])
    }
}

pub(super) fn query(name: &'static str, formula: &'static str, unit: &'static str, promql: String) -> Query {
    Query { name, formula, unit, promql }
}

#[cfg(test)]
mod tests {
    use super::super::FAMILIES;
    use super::*;

    #[test]
    fn every_expression_of_every_family_is_promql() {
        for family in &FAMILIES {
            for query in Queries::new(family, "namespace=\"shop\",service=\"checkout\"", FIRST_WINDOW).all() {
                let parsed = promql_parser::parser::parse(&query.promql);
                assert!(parsed.is_ok(), "{}: {parsed:?}", query.promql);
            }
        }
    }

    #[test]
    fn ratios_sum_before_they_divide() {
        let queries = Queries::new(&FAMILIES[0], "a=\"b\"", WINDOW);
        assert_eq!(
            queries.errors.promql,
            "(sum(rate(http_requests_total{a=\"b\",code=~\"5..\"}[5m])) or 0 * sum(rate(http_requests_total{a=\"b\"}[5m]))) \
             / sum(rate(http_requests_total{a=\"b\"}[5m]))"
        );
    }
}
