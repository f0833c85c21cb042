//! Pyrra's rules: burn rates and increases named after the metric, four alerts.
//!
//! Pyrra derives names from the metric, so an objective must count bare
//! selectors; one whose queries are whole expressions is left out, by name.

use super::Exported;
use super::yaml::{Group, Rule, file, pairs};
use crate::slo::{BurnRow, QueryTemplate, Severity, Sli, Slo, promql_duration, pyrra_table};
use std::collections::BTreeSet;
use std::time::Duration;

/// The rules of `slos` as Pyrra would write them.
pub fn pyrra(slos: &[Slo]) -> Exported {
    let (mut groups, mut left_out) = (Vec::new(), Vec::new());
    for slo in slos {
        match terms(&slo.sli) {
            Ok(terms) => groups.extend(self::groups(slo, &terms)),
            Err(why) => left_out.push((slo.id.clone(), why.to_owned())),
        }
    }
    let comment = "Written by `qd slo export --as pyrra`: change the objectives, not this file.";
    Exported { text: file(comment, &groups), left_out }
}

/// What is counted: selectors without a window.
struct Terms<'a> {
    total: &'a str,
    /// What is bad, or what is good.
    part: &'a str,
    bad: bool,
    /// Whether samples are counted, not increases.
    gauge: bool,
}

fn terms(sli: &Sli) -> Result<Terms<'_>, &'static str> {
    let (part, total, bad) = match sli {
        Sli::BadOfTotal { bad, total } => (bad, total, true),
        Sli::GoodOfTotal { good, total } => (good, total, false),
        Sli::BoolGauge { metric } => (metric, metric, false),
        Sli::Raw { .. } | Sli::Threshold { .. } => {
            return Err("Pyrra has no ratios that are worked out elsewhere");
        }
        Sli::Composite { .. } => return Err("Pyrra has no composite objectives"),
    };
    let bare = |query: &QueryTemplate| !query.has_hole() && name_of(query.text()).is_some();
    if !bare(part) || !bare(total) {
        return Err("Pyrra wants bare selectors such as http_requests_total{job=\"x\"}, not expressions");
    }
    let gauge = matches!(sli, Sli::BoolGauge { .. });
    Ok(Terms { total: total.text(), part: part.text(), bad, gauge })
}

/// The metric of a bare selector.
fn name_of(selector: &str) -> Option<&str> {
    let (name, rest) = selector.split_once('{').unwrap_or((selector, ""));
    let name = name.trim();
    let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':') && !name.is_empty();
    (fits && (rest.is_empty() || rest.trim_end().ends_with('}'))).then_some(name)
}

/// Pairs matched with `=`.
fn matched(selector: &str) -> Vec<(String, String)> {
    let Ok(promql_parser::parser::Expr::VectorSelector(parsed)) = promql_parser::parser::parse(selector)
    else {
        return Vec::new();
    };
    let equal = parsed.matchers.matchers.iter().filter(|m| m.op.to_string() == "=");
    equal.map(|m| (m.name.clone(), m.value.clone())).collect()
}

/// Names that are matched in any way.
fn names(selector: &str) -> BTreeSet<String> {
    let Ok(promql_parser::parser::Expr::VectorSelector(parsed)) = promql_parser::parser::parse(selector)
    else {
        return BTreeSet::new();
    };
    parsed.matchers.matchers.iter().map(|m| m.name.clone()).collect()
}

/// The base of recorded names: the metric without what counters are called.
fn base(selector: &str) -> String {
    let name = name_of(selector).unwrap_or_default();
    let ends = ["_total", "_count", "_bucket"];
    ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
}

fn ratio(terms: &Terms<'_>, window: &str) -> String {
    let Terms { total, part, bad, gauge } = *terms;
    if gauge {
        let count = format!("sum(count_over_time({total}[{window}]))");
        return format!("({count} - sum(sum_over_time({part}[{window}]))) / {count}");
    }
    let all = format!("sum(rate({total}[{window}]))");
    let part = format!("sum(rate({part}[{window}]))");
    if bad { format!("{part} / {all}") } else { format!("({all} - {part}) / {all}") }
}

fn labels(slo: &Slo, terms: &Terms<'_>) -> Vec<(String, String)> {
    let mut labels = matched(terms.total);
    labels.retain(|(key, _)| key != "slo" && key != "__name__");
    labels.push(("slo".to_owned(), slo.name.clone()));
    labels.sort();
    labels.dedup_by(|a, b| a.0 == b.0);
    labels
}

fn groups(slo: &Slo, terms: &Terms<'_>) -> [Group; 2] {
    let rows = pyrra_table(slo.window.length());
    let base = base(terms.total);
    let labels = labels(slo, terms);
    let mut windows: Vec<Duration> = rows.iter().flat_map(|row| [row.short, row.long]).collect();
    windows.sort();
    windows.dedup();
    let mut rules: Vec<Rule> = windows
        .into_iter()
        .map(|window| {
            let text = promql_duration(window);
            Rule::record(format!("{base}:burnrate{text}"), ratio(terms, &text), labels.clone())
        })
        .collect();
    let possible = rows.iter().filter(|row| row.can_fire(slo.objective));
    rules.extend(possible.map(|row| alert(slo, row, &base, &labels)));
    let increases = increases(slo, terms, &base, &rows);
    [
        Group { name: slo.name.clone(), interval: "30s", rules },
        Group { name: format!("{}-increase", slo.name), interval: "150s", rules: increases },
    ]
}

fn alert(slo: &Slo, row: &BurnRow, base: &str, labels: &[(String, String)]) -> Rule {
    let (short, long) = (promql_duration(row.short), promql_duration(row.long));
    let matchers: Vec<String> = labels
        .iter()
        .map(|(key, value)| format!("{key}={}", serde_json::Value::from(value.as_str())))
        .collect();
    let matchers = matchers.join(", ");
    let limit = format!("({} * (1 - {}))", row.factor, slo.objective.ratio());
    let over = |window: &str| format!("{base}:burnrate{window}{{{matchers}}} > {limit}");
    let exhaustion = Duration::from_secs_f64((slo.window.length().as_secs_f64() / row.factor).round());
    let severity = match row.severity {
        Severity::Page => "critical",
        Severity::Ticket => "warning",
    };
    let mut alert_labels = labels.to_vec();
    alert_labels.extend(pairs([
        ("exhaustion", &promql_duration(exhaustion)),
        ("long", &long),
        ("severity", severity),
        ("short", &short),
    ]));
    Rule {
        kind: "alert",
        name: "ErrorBudgetBurn".to_owned(),
        expr: format!("{} and {}", over(&short), over(&long)),
        hold: promql_duration(row.hold),
        labels: alert_labels,
        annotations: pairs([("summary", &format!("{} spends its error budget too fast.", slo.id))]),
    }
}

fn increases(slo: &Slo, terms: &Terms<'_>, base: &str, rows: &[BurnRow; 4]) -> Vec<Rule> {
    let whole = promql_duration(slo.window.length());
    let own = pairs([("slo", &slo.name)]);
    let mut rules = Vec::new();
    let by: Vec<String> = names(terms.total).union(&names(terms.part)).cloned().collect();
    let by = if by.is_empty() { String::new() } else { format!(" by ({})", by.join(", ")) };
    if terms.gauge {
        for (word, function) in [("count", "count_over_time"), ("sum", "sum_over_time")] {
            let expr = format!("sum{by}({function}({}[{whole}]))", terms.total);
            rules.push(Rule::record(format!("{base}:{word}{whole}"), expr, own.clone()));
        }
    } else {
        let expr = format!("sum{by}(increase({}[{whole}]))", terms.total);
        rules.push(Rule::record(format!("{base}:increase{whole}"), expr, own.clone()));
        if name_of(terms.part) != name_of(terms.total) {
            let expr = format!("sum{by}(increase({}[{whole}]))", terms.part);
            rules.push(Rule::record(
                format!("{}:increase{whole}", self::base_of_part(terms)),
                expr,
                own.clone(),
            ));
        }
    }
    let hold = rows.first().map_or(60.0, |row| {
        row.factor * slo.objective.budget() * row.long.as_secs_f64() + row.hold.as_secs_f64()
    });
    let hold = Duration::from_mins((hold / 60.0).round().max(1.0) as u64);
    let mut labels = pairs([("severity", "critical"), ("slo", &slo.name)]);
    labels.extend(matched(terms.total).into_iter().filter(|(key, _)| key != "slo" && key != "severity"));
    rules.push(Rule {
        kind: "alert",
        name: "SLOMetricAbsent".to_owned(),
        expr: format!("absent({}) == 1", terms.total),
        hold: promql_duration(hold),
        labels,
        annotations: Vec::new(),
    });
    rules
}

/// A latency objective's buckets are recorded under their own name.
fn base_of_part(terms: &Terms<'_>) -> String {
    let name = name_of(terms.part).unwrap_or_default();
    name.strip_suffix("_total").unwrap_or(name).to_owned()
}
