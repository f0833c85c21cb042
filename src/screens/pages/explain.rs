//! How the golden signals of a service came about: formula, values, expression,
//! samples.

use super::PageLine;
use crate::domain::{Explained, Reading, ServiceKey, SignalSource, SignalState, Signals, Trace};
use crate::screens::Ctx;
use crate::screens::cockpit::signals::{per_second, percent, seconds};
use crate::ui::{Brush, Role, Sign, wrap};
use ratatui::text::Line;

/// Samples written out of each series; the newest say most.
const SHOWN: usize = 6;

/// The expressions of the signals, if there are any.
pub(super) fn expressions(key: &ServiceKey, ctx: &Ctx<'_>) -> Option<Vec<String>> {
    Some(signals(key, ctx)?.explained.iter().map(|e| e.promql.clone()).collect())
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
    let Some(signals) = signals(key, ctx) else {
        let why = match ctx.signals.get(key) {
            Some(SignalState::Failed { why }) => format!("The signals cannot be worked out: {why}"),
            Some(SignalState::Waiting) => {
                "Its pods are read; no requests of a known family so far.".to_owned()
            }
            Some(SignalState::Ready(_) | SignalState::Stale { .. }) | None => {
                "No pod of it offers metrics: there is no number to explain.".to_owned()
            }
        };
        return vec![PageLine::plain(brush, Role::Dim, why)];
    };
    let source = match &signals.source {
        SignalSource::Scraper => "read from the pods by this console".to_owned(),
        SignalSource::Prometheus(name) => format!("asked of {name}"),
    };
    let head = format!("{} at {}, {} mean, {source}", signals.family, ctx.clock(signals.at), signals.window);
    let mut lines = vec![PageLine::plain(brush, Role::Dim, head)];
    if let Some(SignalState::Stale { why, .. }) = ctx.signals.get(key) {
        let text = format!("{} stale, there are no newer numbers: {why}", brush.sign(Sign::Warn));
        lines.push(PageLine::plain(brush, Role::Warn, text));
    }
    for (index, explained) in signals.explained.iter().enumerate() {
        lines.push(PageLine::blank());
        one(explained, traces.and_then(|traces| traces.get(index)), brush, ctx, width, &mut lines);
    }
    lines
}

fn one(
    explained: &Explained,
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
    lines.push(
        Line::from(vec![
            brush.span(Role::Title, format!("{:<18}", explained.name)),
            brush.span(Role::Strong, value),
        ])
        .into(),
    );
    let mut part = |name: &str, text: &str, role: Role| {
        for (n, row) in wrap(text, width.saturating_sub(14).max(20)).into_iter().enumerate() {
            let name = if n == 0 { name } else { "" };
            let spans = vec![brush.span(Role::Dim, format!("  {name:<11} ")), brush.span(role, row)];
            lines.push(Line::from(spans).into());
        }
    };
    part("formula", explained.formula, Role::Text);
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
        "ratio" => percent(value),
        "s" => seconds(value),
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
