//! The PromQL of each kind of indicator.

use super::{Component, Sli, strictest};
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;

/// A query with a hole for the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct QueryTemplate(String);

/// The ways people write the hole, Sloth's with any blanks.
const HOLES: [&str; 3] = ["{{.window}}", "${window}", "$window"];

impl QueryTemplate {
    /// A template as written; blanks within `{{ .window }}` are dropped.
    pub fn new(text: &str) -> Self {
        let mut out = String::new();
        let mut rest = text.trim();
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            match after.split_once("}}") {
                Some((inner, tail)) if inner.trim() == ".window" => {
                    out.push_str("{{.window}}");
                    rest = tail;
                }
                _ => {
                    out.push_str("{{");
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        Self(out)
    }

    /// Whether the window has a place in it.
    pub fn has_hole(&self) -> bool {
        HOLES.iter().any(|hole| self.0.contains(hole))
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The query over `window` (`5m`): the hole filled, or, for a bare counter,
    /// `sum(rate(…[window]))`.
    pub fn counted(&self, window: &str) -> String {
        let filled = self.filled(window);
        if self.has_hole() { filled } else { format!("sum(rate({filled}[{window}]))") }
    }

    /// The query with the hole filled, ready to be asked. Bucket edges that are
    /// whole numbers match both ways they are written.
    pub fn filled(&self, window: &str) -> String {
        whole_edges(&HOLES.iter().fold(self.0.clone(), |text, hole| text.replace(hole, window)))
    }
}

/// `le="1"` as `le=~"1(\.0)?"`: Prometheus 3 stores `1.0`, Prometheus 2 `1`.
fn whole_edges(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("le=\"") {
        out.push_str(before);
        let Some((edge, tail)) = after.split_once('"') else {
            out.push_str("le=\"");
            rest = after;
            break;
        };
        let whole = edge.strip_suffix(".0").unwrap_or(edge);
        // `scale="1"` is another label.
        let named = before.trim_end().ends_with(['{', ',']);
        if named && !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()) {
            let _infallible = write!(out, "le=~\"{whole}(\\\\.0)?\"");
        } else {
            let _infallible = write!(out, "le=\"{edge}\"");
        }
        rest = tail;
    }
    out + rest
}

/// The share of bad events over `window`, as one expression (table in
/// slo-and-promql §1.2: sum first, then divide; never average ratios).
pub fn error_ratio(sli: &Sli, window: &str) -> String {
    match sli {
        Sli::BadOfTotal { bad, total } => {
            let (bad, total) = (bad.counted(window), total.counted(window));
            // An error series is born with the first error: before that it is zero.
            format!("(({bad}) or 0 * ({total})) / ({total})")
        }
        Sli::GoodOfTotal { good, total } => {
            format!("1 - ({}) / ({})", good.counted(window), total.counted(window))
        }
        Sli::Raw { ratio, success: false } => ratio.filled(window),
        Sli::Raw { ratio, success: true } => format!("1 - ({})", ratio.filled(window)),
        Sli::BoolGauge { metric } => {
            let m = metric.text();
            let count = format!("sum(count_over_time({m}[{window}]))");
            format!("({count} - sum(sum_over_time({m}[{window}]))) / {count}")
        }
        Sli::Threshold { metric, op, value } => {
            let bad = match op.as_str() {
                "lt" => ">=",
                "lte" => ">",
                "gt" => "<=",
                _ => "<",
            };
            let m = metric.filled(window);
            format!("avg_over_time((({m}) {bad} bool {value})[{window}:])")
        }
        Sli::Composite { parts } => composite(parts, window),
    }
}

/// Burns added up, each times its weight, as the share of bad events that would
/// burn as fast.
fn composite(parts: &[Component], window: &str) -> String {
    let budget = strictest(parts).map_or(0.0, super::Objective::budget);
    let one = |part: &Component| {
        // Nine decimals hide float noise and keep every weight anybody wrote.
        let share = (part.share(budget) * 1e9).round() / 1e9;
        format!("{share} * ({})", error_ratio(&part.sli, window))
    };
    parts.iter().map(one).collect::<Vec<_>>().join(" + ")
}

/// The number of events in `window`; none where the kind has no events to count.
pub fn total_events(sli: &Sli, window: &str) -> Option<String> {
    let total = match sli {
        Sli::BadOfTotal { total, .. } | Sli::GoodOfTotal { total, .. } => total,
        Sli::BoolGauge { metric } => {
            return Some(format!("sum(count_over_time({}[{window}]))", metric.text()));
        }
        Sli::Raw { .. } | Sli::Threshold { .. } | Sli::Composite { .. } => return None,
    };
    if total.has_hole() {
        // A rate is given: per second, times the seconds of the window.
        Some(format!("({}) * {}", total.filled(window), seconds_of(window)?))
    } else {
        Some(format!("sum(increase({}[{window}]))", total.text()))
    }
}

fn seconds_of(window: &str) -> Option<u64> {
    let (digits, unit) = window.split_at_checked(window.len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// A duration as PromQL writes it, in its largest whole unit: `5m`, `36h`, `28d`.
pub fn promql_duration(duration: Duration) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let seconds = duration.as_secs();
    let unit = UNITS.iter().find(|(size, _)| seconds >= *size && seconds.is_multiple_of(*size));
    unit.map_or_else(|| format!("{seconds}s"), |(size, name)| format!("{}{name}", seconds / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_however_they_are_written() {
        for text in ["a[{{.window}}]", "a[{{ .window }}]", "a[$window]", "a[${window}]"] {
            assert_eq!(QueryTemplate::new(text).filled("5m"), "a[5m]", "{text}");
        }
        assert_eq!(QueryTemplate::new("a{b=\"{{x}}\"}").filled("5m"), "a{b=\"{{x}}\"}");
    }

    #[test]
    fn every_kind_gives_promql_that_parses() {
        let q = QueryTemplate::new;
        let slis = [
            Sli::BadOfTotal { bad: q("e{c=\"5\"}"), total: q("sum(rate(t[{{.window}}]))") },
            Sli::GoodOfTotal { good: q("g"), total: q("t") },
            Sli::Raw { ratio: q("avg_over_time(r[{{.window}}])"), success: true },
            Sli::BoolGauge { metric: q("probe_success") },
            Sli::Threshold { metric: q("queue_age"), op: "lt".into(), value: 5.0 },
        ];
        for sli in &slis {
            for text in [Some(error_ratio(sli, "1h")), total_events(sli, "28d")].into_iter().flatten() {
                let parsed = promql_parser::parser::parse(&text);
                assert!(parsed.is_ok(), "{text}: {parsed:?}");
            }
        }
    }

    #[test]
    fn durations_are_written_whole() {
        for (seconds, text) in
            [(300, "5m"), (5_400, "90m"), (129_600, "36h"), (2_419_200, "28d"), (61, "61s")]
        {
            assert_eq!(promql_duration(Duration::from_secs(seconds)), text);
        }
    }
}
