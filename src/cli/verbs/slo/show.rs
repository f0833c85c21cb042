//! `qd slo show`: all of an objective.

use super::live::Numbers;
use super::{Loaded, Row, counted, row, window};
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::{ALIKE, Fault, FaultKind, nearest};
use crate::slo::{
    self, Budget, Budgeting, BurnRow, Policy, Severity, Sli, Slo, burn_table, error_ratio, promql_duration,
    total_events,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// All of it.
#[derive(Debug, Serialize)]
struct Detail<'a> {
    #[serde(flatten)]
    row: Row,
    name: &'a str,
    description: &'a str,
    budgeting: Budgeting,
    labels: &'a BTreeMap<String, String>,
    group_by: &'a [String],
    /// Bad minutes the whole window allows.
    budget_minutes: f64,
    /// The share of bad events over the whole window, as PromQL.
    error_ratio: String,
    /// The number of events over the whole window; null where there are none to count.
    total_events: Option<String>,
    alerts: Vec<Alert>,
    /// What its budget allows.
    policy: Policy,
    /// What is suspicious.
    notes: Vec<String>,
    /// Its numbers, if there are any.
    now: Option<Numbers>,
}

/// A row of the burn table.
#[derive(Debug, Serialize)]
struct Alert {
    severity: Severity,
    /// Burn rate from which it fires.
    factor: f64,
    /// Share of bad events from which it fires.
    error_ratio: f64,
    long: String,
    short: String,
    /// How long both must hold.
    hold: String,
    /// Whether that share is below everything.
    can_fire: bool,
    /// Events the long window needs before the row means anything.
    needs_events: f64,
}

/// Prints every objective, or the one called `id`.
pub(super) fn run(setup: &Setup, loaded: Loaded, id: Option<&str>) -> Result<u8, Fault> {
    let (loaded, live) = counted(setup, loaded)?;
    let shown = named(&loaded, id)?;
    let now = |slo: &Slo| live.as_ref().and_then(|live| live.of(slo)).map(Numbers::of);
    let details: Vec<_> =
        shown.iter().map(|slo| Detail { now: now(slo), ..detail(slo, &loaded.policies) }).collect();
    let names = || details.iter().map(|detail| detail.row.id.clone()).collect();
    print(setup, &details, names, || {
        let texts: Vec<_> = shown.iter().zip(&details).map(|(slo, d)| text(&setup.out, slo, d)).collect();
        texts.join("\n")
    })?;
    Ok(0)
}

/// Every objective, or the one called `id`, or what that one is split into.
pub(super) fn named<'a>(loaded: &'a Loaded, id: Option<&str>) -> Result<Vec<&'a Slo>, Fault> {
    let is = |slo: &&Slo| id.is_none_or(|id| slo.id == id || slo.is_part_of(id));
    let shown: Vec<&Slo> = loaded.slos.iter().filter(is).collect();
    match id {
        Some(id) if shown.is_empty() => Err(nothing(loaded, id)),
        Some(_) | None => Ok(shown),
    }
}

pub(super) fn nothing(loaded: &Loaded, id: &str) -> Fault {
    let fault = Fault::new(FaultKind::NotFound, format!("no SLO '{id}' among {}", loaded.slos.len()));
    match nearest(id, &loaded.slos, |slo| &slo.id, ALIKE) {
        Some(near) => fault.hint(format!("did you mean {}?", near.id)),
        None => fault.hint("`qd slo list` lists them"),
    }
}

fn detail<'a>(slo: &'a Slo, policies: &[Policy]) -> Detail<'a> {
    let length = slo.window.length();
    let whole = promql_duration(length);
    let budget = Budget { objective: slo.objective, window: length, bad: 0.0, total: 0.0, coverage: 0.0 };
    Detail {
        row: row(slo),
        name: &slo.name,
        description: &slo.description,
        budgeting: slo.budgeting,
        labels: &slo.labels,
        group_by: &slo.group_by,
        budget_minutes: rounded(budget.minutes()),
        error_ratio: error_ratio(&slo.sli, &whole),
        total_events: total_events(&slo.sli, &whole),
        alerts: burn_table(slo).iter().map(|row| alert(slo, row)).collect(),
        policy: Policy::of(policies, &slo.service),
        now: None,
        notes: slo::lint(slo).into_iter().map(|finding| finding.text).collect(),
    }
}

fn alert(slo: &Slo, row: &BurnRow) -> Alert {
    Alert {
        severity: row.severity,
        factor: rounded(row.factor),
        error_ratio: rounded(row.factor * slo.objective.budget()),
        long: promql_duration(row.long),
        short: promql_duration(row.short),
        hold: promql_duration(row.hold),
        can_fire: row.can_fire(slo.objective),
        // 1/(1 − 0.999) is a little more than 1,000, which is enough.
        needs_events: (row.needs_events(slo.objective) - 1e-6).ceil(),
    }
}

/// Eight decimals hide float noise (43.19999999999997) and keep every digit
/// that anybody wrote.
fn rounded(value: f64) -> f64 {
    (value * 1e8).round() / 1e8
}

fn text(out: &Out, slo: &Slo, detail: &Detail<'_>) -> String {
    let mut text = format!(
        "{}  {}  {}\n",
        out.paint(&slo.id, Tone::Strong),
        slo.objective,
        out.paint(&format!("{} at {}", slo.origin.format.name(), slo.origin), Tone::Faint)
    );
    if !slo.description.is_empty() {
        text.push_str(&format!("  {}\n", slo.description));
    }
    let pairs: Vec<_> = slo.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let fields = [
        ("service", slo.service.clone()),
        ("window", window(slo)),
        ("kind", detail.row.kind.to_owned()),
        ("counted by", budgeting(slo.budgeting)),
        ("budget", format!("{} bad minutes", detail.budget_minutes)),
        ("now", detail.now.as_ref().map(now_words).unwrap_or_default()),
        ("burnt by", detail.now.as_ref().map(burnt_by).unwrap_or_default()),
        ("labels", pairs.join(", ")),
        ("split by", if slo.group.is_empty() { slo.group_by.join(", ") } else { String::new() }),
        ("made of", parts(slo)),
        ("policy", format!("{} ({})", detail.policy, detail.policy.origin)),
        ("error ratio", detail.error_ratio.clone()),
        ("events", detail.total_events.clone().unwrap_or_default()),
    ];
    let fields: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let fields: Vec<_> =
        fields.into_iter().map(|(key, value)| vec![(key.to_owned(), Tone::Faint), plain(value)]).collect();
    text.push_str(&table(out, &["", ""], &fields, "  "));
    text.push_str(&table(out, &ALERTS, &detail.alerts.iter().map(alert_line).collect::<Vec<_>>(), "  "));
    for note in &detail.notes {
        text.push_str(&format!("  {} {note}\n", out.paint("note:", Tone::Warn)));
    }
    text
}

/// `route /pay 80%, /cart 10%; code 500 80%`
fn burnt_by(now: &Numbers) -> String {
    let one = |by: &slo::Contributors| {
        let worst = by.worst.iter().map(|c| format!("{} {:.0}%", c.value, c.share * 100.0));
        format!("{} {}", by.label, worst.collect::<Vec<_>>().join(", "))
    };
    now.contributors.iter().flat_map(|found| found.iter()).map(one).collect::<Vec<_>>().join("; ")
}

/// `0.5 of shop/cart-0, 1 of shop/pay-1`: weights and objectives of a composite.
fn parts(slo: &Slo) -> String {
    let Sli::Composite { parts } = &slo.sli else { return String::new() };
    parts.iter().map(|part| format!("{} of {}", part.weight, part.id)).collect::<Vec<_>>().join(", ")
}

/// `71.2% left, burn 14.90x, 412 bad of 98212, 93.0% of the window seen`
fn now_words(now: &Numbers) -> String {
    let left =
        now.budget_left.map_or_else(|| now.standing.to_owned(), |left| format!("{:.1}% left", left * 100.0));
    let burn = now.burn.map_or(String::new(), |burn| format!(", burn {burn:.2}x"));
    let (bad, total, seen) = (now.bad, now.total, now.coverage * 100.0);
    format!("{left}{burn}, {bad:.0} bad of {total:.0}, {seen:.1}% of the window seen")
}

const ALERTS: [&str; 7] = ["ALERT", "BURN", "ERROR RATIO", "LONG", "SHORT", "FOR", "EVENTS NEEDED"];

fn alert_line(alert: &Alert) -> Vec<crate::cli::table::Cell> {
    let severity = match alert.severity {
        Severity::Page => ("page".to_owned(), Tone::Bad),
        Severity::Ticket => ("ticket".to_owned(), Tone::Warn),
    };
    let ratio = format!("> {:.4}%", alert.error_ratio * 100.0);
    vec![
        severity,
        plain(format!("{}×", alert.factor)),
        if alert.can_fire { plain(ratio) } else { (format!("{ratio} cannot fire"), Tone::Bad) },
        plain(alert.long.clone()),
        plain(alert.short.clone()),
        plain(alert.hold.clone()),
        plain(alert.needs_events.to_string()),
    ]
}

fn budgeting(method: Budgeting) -> String {
    match method {
        Budgeting::Occurrences => "occurrences".to_owned(),
        Budgeting::Timeslices { target, slice } => {
            format!("slices of {} that reach {}%", promql_duration(slice), rounded(target * 100.0))
        }
        Budgeting::RatioTimeslices { slice } => format!("the mean of slices of {}", promql_duration(slice)),
    }
}
