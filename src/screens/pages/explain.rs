//! How the numbers of a service came about, its golden signals and its
//! objectives: formula, values, expression, samples.

use super::PageLine;
use crate::domain::{Explained, Reading, ServiceKey, SignalSource, SignalState, Signals, Trace};
use crate::screens::Ctx;
use crate::screens::cockpit::signals::{per_second, percent, seconds};
use crate::screens::cockpit::usage::{cores, memory};
use crate::screens::slos::{explain::worked, words};
use crate::slo::SloStatus;
use crate::ui::{Brush, Role, Sign, wrap};
use ratatui::text::Line;

/// Samples written out of each series; the newest say most.
const SHOWN: usize = 6;

/// The expressions of every number shown, in their order; none if there is no number.
pub(super) fn expressions(key: &ServiceKey, ctx: &Ctx<'_>) -> Option<Vec<String>> {
    let signals = signals(key, ctx).map(|signals| signals.explained.as_slice()).unwrap_or_default();
    let slos = ctx.slos.of(key).flat_map(|status| &status.explained);
    let all: Vec<_> = signals.iter().chain(slos).map(|e| e.promql.clone()).collect();
    (!all.is_empty()).then_some(all)
}

fn signals<'a>(key: &ServiceKey, ctx: &Ctx<'a>) -> Option<&'a Signals> {
    match ctx.signals.get(key)? {
        SignalState::Ready(signals) | SignalState::Stale { signals, .. } => Some(signals),
        SignalState::Waiting | SignalState::Failed { .. } => None,
    }
}

pub(super) fn lines(
    traces: Option<&[Result<Trace, String>]>,
    key: &ServiceKey,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    width: usize,
) -> Vec<PageLine> {
    let mut lines = Vec::new();
    let mut traces = Traces { all: traces, next: 0 };
    match signals(key, ctx) {
        Some(signals) => of_signals(signals, &mut traces, key, brush, ctx, width, &mut lines),
        None => lines.push(PageLine::plain(brush, Role::Dim, no_signals(key, ctx))),
    }
    for status in ctx.slos.of(key) {
        lines.push(PageLine::blank());
        of_objective(status, &mut traces, brush, ctx, width, &mut lines);
    }
    lines
}

/// What was found, taken one by one in the order of the expressions.
struct Traces<'a> {
    all: Option<&'a [Result<Trace, String>]>,
    next: usize,
}

impl<'a> Traces<'a> {
    fn next(&mut self) -> Option<&'a Result<Trace, String>> {
        let found = self.all.and_then(|all| all.get(self.next));
        self.next += 1;
        found
    }
}

pub(in crate::screens) fn no_signals(key: &ServiceKey, ctx: &Ctx<'_>) -> String {
    match ctx.signals.get(key) {
        Some(SignalState::Failed { why }) => format!("The signals cannot be worked out: {why}"),
        Some(SignalState::Waiting) => "Its pods are read; no requests of a known family so far.".to_owned(),
        Some(SignalState::Ready(_) | SignalState::Stale { .. }) | None => {
            "No pod of it offers metrics: there is no number to explain.".to_owned()
        }
    }
}

fn of_signals(
    signals: &Signals,
    traces: &mut Traces<'_>,
    key: &ServiceKey,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    width: usize,
    lines: &mut Vec<PageLine>,
) {
    let source = match &signals.source {
        SignalSource::Scraper => "read from the pods by this console".to_owned(),
        SignalSource::Prometheus(name) => format!("asked of {name}"),
    };
    let head = format!("{} at {}, {} mean, {source}", signals.family, ctx.clock(signals.at), signals.window);
    lines.push(PageLine::plain(brush, Role::Dim, head));
    if let Some((failed, all)) = signals.few() {
        let text =
            format!("{failed} of {all} requests failed: too few for a share, so lists show {failed}/{all}");
        lines.push(PageLine::plain(brush, Role::Dim, text));
    }
    if let Some(SignalState::Stale { why, .. }) = ctx.signals.get(key) {
        let text = format!("{} stale, there are no newer numbers: {why}", brush.sign(Sign::Warn));
        lines.push(PageLine::plain(brush, Role::Warn, text));
    }
    for explained in &signals.explained {
        lines.push(PageLine::blank());
        one(explained, None, traces.next(), brush, ctx, width, lines);
    }
}

/// An objective: what was counted and put into the formula comes from its
/// slots, which reach back further than the samples in memory.
fn of_objective(
    status: &SloStatus,
    traces: &mut Traces<'_>,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    width: usize,
    lines: &mut Vec<PageLine>,
) {
    lines.push(PageLine::heading(brush, format!("Objective {}  {}", status.title(), status.slo.objective)));
    let note = "counted in slots of 5 minutes that are kept; the samples below are those in memory now";
    lines.push(PageLine::plain(brush, Role::Dim, note));
    if !status.standing.word().is_empty() {
        lines.push(PageLine::plain(brush, Role::Unknown, status.standing.word()));
    }
    for (explained, worked) in status.explained.iter().zip(worked(status)) {
        let values = worked.map(|worked| worked.values);
        lines.push(PageLine::blank());
        one(explained, values.as_deref(), traces.next(), brush, ctx, width, lines);
    }
}

fn one(
    explained: &Explained,
    values: Option<&str>,
    trace: Option<&Result<Trace, String>>,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    width: usize,
    lines: &mut Vec<PageLine>,
) {
    let value = match explained.reading {
        Reading::Value(value) => in_unit(explained.unit, value),
        Reading::Absent | Reading::NoTraffic | Reading::Collecting => explained.reading.why_not().to_owned(),
    };
    let head = Line::from(vec![
        brush.span(Role::Title, format!("{:<18}", explained.name)),
        brush.span(Role::Strong, value),
    ]);
    lines.push(PageLine { heading: Some(explained.name.to_owned()), ..head.into() });
    let mut part = |name: &str, text: &str, role: Role| {
        for (n, row) in wrap(text, width.saturating_sub(14).max(20)).into_iter().enumerate() {
            let name = if n == 0 { name } else { "" };
            let spans = vec![brush.span(Role::Dim, format!("  {name:<11} ")), brush.span(role, row)];
            lines.push(Line::from(spans).into());
        }
    };
    part("formula", explained.formula, Role::Text);
    if let Some(values) = values {
        part("values", values, Role::Text);
    }
    match trace {
        Some(Ok(trace)) => {
            for (term, value) in trace.terms.iter().filter(|_| trace.terms.len() > 1) {
                let value = value.map_or_else(|| "several values".to_owned(), number);
                part("term", &format!("{value}  =  {term}"), Role::Text);
            }
            part("PromQL", &explained.promql, Role::Strong);
            samples(trace, ctx, &mut part);
        }
        Some(Err(why)) => {
            part("PromQL", &explained.promql, Role::Strong);
            part("samples", &format!("cannot be read: {why}"), Role::Warn);
        }
        None => {
            part("PromQL", &explained.promql, Role::Strong);
            part("samples", "being read…", Role::Dim);
        }
    }
}

fn samples(trace: &Trace, ctx: &Ctx<'_>, part: &mut impl FnMut(&str, &str, Role)) {
    if trace.series.is_empty() {
        part("samples", "none: no such series was read", Role::Unknown);
    }
    for (n, series) in trace.series.iter().enumerate() {
        let skip = series.samples.len().saturating_sub(SHOWN);
        let shown = series.samples.iter().skip(skip).map(|(at, value)| {
            let at = at.to_zoned(ctx.zone.clone());
            format!("{} @{:02}:{:02}:{:02}", number(*value), at.hour(), at.minute(), at.second())
        });
        let more = if skip > 0 { format!("{skip} earlier, ") } else { String::new() };
        part(if n == 0 { "samples" } else { "" }, &series.name, Role::Text);
        part("", &format!("  {more}{}", shown.collect::<Vec<_>>().join("  ")), Role::Dim);
    }
    if trace.more > 0 {
        part("", &format!("and {} more series", trace.more), Role::Dim);
    }
}

fn in_unit(unit: &str, value: f64) -> String {
    match unit {
        // A budget may be overdrawn.
        "ratio" if value < 0.0 => words::percent_left(value),
        "ratio" => percent(value),
        "x" => words::burn(Some(value)),
        "s" => seconds(value),
        "cores" => cores(value),
        "bytes" => memory(value),
        _ => per_second(value),
    }
}

/// As many digits as say something: `1204`, `0.0833`, `1.2e7`.
fn number(value: f64) -> String {
    let size = value.abs();
    if value.fract() == 0.0 && size < 1e15 {
        return format!("{value:.0}");
    }
    if (1e-3..1e6).contains(&size) { format!("{value:.4}") } else { format!("{value:.3e}") }
}
