//! Sloth's rules (v0.16): its records, labels and two alerts for each objective.

use super::Exported;
use super::yaml::{Group, Rule, file, label_name, pairs};
use crate::slo::{BurnRow, Severity, Slo, error_ratio, promql_duration, sloth_table};
use std::time::Duration;

/// The rules of `slos` as Sloth would write them.
pub fn sloth(slos: &[Slo]) -> Exported {
    let groups: Vec<Group> = slos.iter().flat_map(groups).collect();
    let comment = "Written by `qd slo export --as sloth`: change the objectives, not this file.";
    Exported { text: file(comment, &groups), left_out: Vec::new() }
}

fn id(slo: &Slo) -> String {
    format!("{}-{}", slo.service, slo.name)
}

fn identity(slo: &Slo) -> Vec<(String, String)> {
    let mut labels =
        pairs([("sloth_id", &id(slo)), ("sloth_service", &slo.service), ("sloth_slo", &slo.name)]);
    let taken = |name: &str| name.starts_with("sloth_");
    let own = slo.labels.iter().map(|(key, value)| (label_name(key), value.clone()));
    labels.extend(own.filter(|(key, _)| !taken(key)));
    labels
}

fn selector(slo: &Slo) -> String {
    let labels = pairs([("sloth_id", &id(slo)), ("sloth_service", &slo.service), ("sloth_slo", &slo.name)]);
    let text: Vec<String> = labels
        .iter()
        .map(|(key, value)| format!("{key}={}", serde_json::Value::from(value.as_str())))
        .collect();
    text.join(", ")
}

fn groups(slo: &Slo) -> [Group; 3] {
    let rows = sloth_table(slo.window.length());
    let id = id(slo);
    [
        Group { name: format!("sloth-slo-sli-recordings-{id}"), interval: "", rules: indicators(slo, &rows) },
        Group { name: format!("sloth-slo-meta-recordings-{id}"), interval: "", rules: meta(slo) },
        Group { name: format!("sloth-slo-alerts-{id}"), interval: "", rules: alerts(slo, &rows) },
    ]
}

fn indicators(slo: &Slo, rows: &[BurnRow; 4]) -> Vec<Rule> {
    let mut windows: Vec<Duration> = rows.iter().flat_map(|row| [row.short, row.long]).collect();
    windows.sort();
    windows.dedup();
    let labelled = |window: &str| {
        let mut labels = identity(slo);
        labels.push(("sloth_window".to_owned(), window.to_owned()));
        labels
    };
    let mut rules: Vec<Rule> = windows
        .into_iter()
        .map(|window| {
            let text = promql_duration(window);
            let name = format!("slo:sli_error:ratio_rate{text}");
            Rule::record(name, error_ratio(&slo.sli, &text), labelled(&text))
        })
        .collect();
    let whole = promql_duration(slo.window.length());
    let five = format!("slo:sli_error:ratio_rate5m{{{}}}", selector(slo));
    let expr =
        format!("sum_over_time({five}[{whole}]) / ignoring (sloth_window) count_over_time({five}[{whole}])");
    rules.push(Rule::record(format!("slo:sli_error:ratio_rate{whole}"), expr, labelled(&whole)));
    rules
}

fn meta(slo: &Slo) -> Vec<Rule> {
    let (ids, objective) = (selector(slo), slo.objective.ratio());
    let whole = promql_duration(slo.window.length());
    let days = slo.window.length().as_secs_f64() / 86_400.0;
    let by = "on(sloth_id, sloth_slo, sloth_service) group_left";
    let budget = format!("slo:error_budget:ratio{{{ids}}}");
    let record = |name: &str, expr: String| Rule::record(name.to_owned(), expr, identity(slo));
    let mut info = identity(slo);
    info.extend(pairs([
        ("sloth_mode", "quarterdeck"),
        ("sloth_objective", slo.objective.to_string().trim_end_matches('%')),
        ("sloth_spec", slo.origin.format.name()),
        ("sloth_version", env!("CARGO_PKG_VERSION")),
    ]));
    vec![
        record("slo:objective:ratio", format!("vector({objective})")),
        record("slo:error_budget:ratio", format!("vector(1-{objective})")),
        record("slo:time_period:days", format!("vector({days})")),
        record("slo:current_burn_rate:ratio", format!("slo:sli_error:ratio_rate5m{{{ids}}} / {by} {budget}")),
        record(
            "slo:period_burn_rate:ratio",
            format!("slo:sli_error:ratio_rate{whole}{{{ids}}} / {by} {budget}"),
        ),
        record("slo:period_error_budget_remaining:ratio", format!("1 - slo:period_burn_rate:ratio{{{ids}}}")),
        Rule::record("sloth_slo_info".to_owned(), "vector(1)".to_owned(), info),
    ]
}

fn alerts(slo: &Slo, rows: &[BurnRow; 4]) -> Vec<Rule> {
    let objective = slo.objective.ratio();
    let ids = selector(slo);
    let over = |window: Duration, factor: f64| {
        let window = promql_duration(window);
        format!(
            "max(slo:sli_error:ratio_rate{window}{{{ids}}} > ({} * (1 - {objective}))) without (sloth_window)",
            rounded(factor)
        )
    };
    let alert = |severity: Severity, word: &str| {
        let parts: Vec<String> = rows
            .iter()
            .filter(|row| row.severity == severity && row.can_fire(slo.objective))
            .map(|row| format!("({} and {})", over(row.short, row.factor), over(row.long, row.factor)))
            .collect();
        Rule {
            kind: "alert",
            name: alert_name(slo),
            expr: parts.join(" or "),
            hold: String::new(),
            labels: pairs([("sloth_severity", word)]),
            annotations: pairs([
                ("summary", &format!("{} spends its error budget too fast.", slo.id)),
                ("title", &format!("({word}) {} {}", slo.service, slo.name)),
            ]),
        }
    };
    let both = [alert(Severity::Page, "page"), alert(Severity::Ticket, "ticket")];
    both.into_iter().filter(|rule| !rule.expr.is_empty()).collect()
}

/// `CheckoutAvailabilityBurn`
fn alert_name(slo: &Slo) -> String {
    let mut name = String::new();
    for word in format!("{}-{}", slo.service, slo.name).split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        name.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name + "Burn"
}

fn rounded(factor: f64) -> f64 {
    (factor * 1e6).round() / 1e6
}
