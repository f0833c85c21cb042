//! The expressions behind each number.

use super::Family;

/// The window of every rate: long enough for five scrapes a minute apart,
/// short enough to see a bad release within two.
pub const WINDOW: &str = "5m";

/// How far back the little charts reach.
pub const HISTORY: std::time::Duration = std::time::Duration::from_mins(30);

/// One point of a little chart; 60 of them.
pub const HISTORY_STEP: std::time::Duration = std::time::Duration::from_secs(30);

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
    /// `namespace="shop",service="checkout"`).
    pub fn new(family: &Family, selector: &str) -> Self {
        let Family { total, duration, to_seconds, code, failed, route } = *family;
        let all = format!("rate({total}{{{selector}}}[{WINDOW}])");
        let bad = format!("rate({total}{{{selector},{code}{failed}}}[{WINDOW}])");
        let quantile = |q: &str| {
            let inner = format!("sum by (le) (rate({duration}_bucket{{{selector}}}[{WINDOW}]))");
            match to_seconds {
                "1" => format!("histogram_quantile({q}, {inner})"),
                factor => format!("histogram_quantile({q}, {inner}) * {factor}"),
            }
        };
        let latency = |name, q| {
            query(name, "quantile of the request duration histogram over 5 minutes", "s", quantile(q))
        };
        Self {
            rate: query(
                "rate",
                "requests counted, per second, over 5 minutes",
                "req/s",
                format!("sum({all})"),
            ),
            rate_hour_ago: query(
                "rate 1h ago",
                "the same, an hour earlier",
                "req/s",
                format!("sum(rate({total}{{{selector}}}[{WINDOW}] offset 1h))"),
            ),
            // A service that never failed has no failure series: that is zero, not unknown.
            errors: query(
                "errors",
                "failed requests / all requests, over 5 minutes",
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

fn query(name: &'static str, formula: &'static str, unit: &'static str, promql: String) -> Query {
    Query { name, formula, unit, promql }
}

#[cfg(test)]
mod tests {
    use super::super::FAMILIES;
    use super::*;

    #[test]
    fn every_expression_of_every_family_is_promql() {
        for family in &FAMILIES {
            for query in Queries::new(family, "namespace=\"shop\",service=\"checkout\"").all() {
                let parsed = promql_parser::parser::parse(&query.promql);
                assert!(parsed.is_ok(), "{}: {parsed:?}", query.promql);
            }
        }
    }

    #[test]
    fn ratios_sum_before_they_divide() {
        let queries = Queries::new(&FAMILIES[0], "a=\"b\"");
        assert_eq!(
            queries.errors.promql,
            "(sum(rate(http_requests_total{a=\"b\",code=~\"5..\"}[5m])) or 0 * sum(rate(http_requests_total{a=\"b\"}[5m]))) \
             / sum(rate(http_requests_total{a=\"b\"}[5m]))"
        );
    }
}
