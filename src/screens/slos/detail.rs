//! How one objective is drawn: tiles, burndown, alert table, explanation.

use super::chart::Burndown;
use super::words::{budget_role, burn, count, events, exhaustion, percent_left, standing_words};
use super::{SloDetail, explain, find, policy, service, table};
use crate::domain::{SignalSource, clean, short_duration};
use crate::screens::Ctx;
use crate::slo::{Budgeting, Sli, Slo, SloStatus, Standing, Unit, Window, promql_duration};
use crate::ui::{Brush, Meter, Pen, Role, pad, wrap};
use jiff::Timestamp;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::time::Duration;

/// Rows of the chart where there is little room, and where there is much.
const CHART: (usize, usize) = (6, 14);

impl SloDetail {
    pub(super) fn draw_all(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let Some(status) = find(ctx, &self.id) else {
            let text = format!("{} is not among the objectives now.", self.id);
            pen.empty(area, Role::Warn, &text, "esc goes back; 4 lists them.");
            return;
        };
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(3), ..area };
        let (width, height) = (usize::from(inner.width), usize::from(inner.height));
        let brush = pen.brush();
        let mut lines = tiles(brush, status, ctx, width);
        lines.push(Line::default());
        lines.extend(burndown(brush, status, ctx, width, height.saturating_sub(14)));
        lines.push(Line::default());
        lines.extend(table::lines(brush, status, ctx));
        lines.push(Line::default());
        lines.extend(burnt_by(brush, status));
        lines.extend(parts(brush, status, ctx));
        lines.extend(policy::lines(brush, status, ctx, width));
        lines.extend(about(brush, status, ctx, width));
        lines.extend(played(brush, status));
        lines.push(Line::default());
        lines.push(Line::from(brush.span(Role::Title, "How the numbers come about")));
        lines.extend(explain::lines(brush, status, width));
        let offset = self.scroll.window(lines.len(), height);
        pen.lines(inner, lines.get(offset..).unwrap_or_default());
        pen.scrollbar(area, lines.len(), offset);
    }
}

fn tiles(brush: Brush<'_>, status: &SloStatus, ctx: &Ctx<'_>, width: usize) -> Vec<Line<'static>> {
    let slo = &status.slo;
    let budget = &status.budget;
    let (role, words) = standing_words(status, ctx);
    let mut head = vec![
        brush.span(Role::Strong, slo.id.clone()),
        brush.span(Role::Text, format!("  {} over {}", slo.objective, window_words(slo))),
    ];
    if !words.is_empty() {
        head.push(Span::raw("  "));
        head.push(brush.span(role, words));
    }
    let mut lines = vec![Line::from(head)];
    if let Some(text) = why(status) {
        lines.extend(wrap(&text, width).into_iter().map(|text| Line::from(brush.span(Role::Warn, text))));
    }
    if !status.standing.has_budget() {
        return lines;
    }
    let left = budget.remaining();
    let bar = Meter { part: (left.clamp(0.0, 1.0) * 1000.0) as u32, whole: 1000 };
    lines.push(Line::from(vec![
        label(brush, "BUDGET"),
        brush.span(budget_role(status), format!("{} {}", bar.text(16, brush.glyphs), percent_left(left))),
        brush.span(Role::Text, format!("  {}", left_words(status))),
    ]));
    let good =
        budget.error_ratio().map_or_else(|| "—".to_owned(), |bad| format!("{:.4}%", (1.0 - bad) * 100.0));
    lines.push(Line::from(vec![
        label(brush, "GOOD"),
        brush.span(Role::Strong, good),
        brush.span(Role::Dim, format!("  {}", events(status))),
    ]));
    let plain = exhaustion(status.exhaustion);
    let net = exhaustion(status.exhaustion_net);
    lines.push(Line::from(vec![
        label(brush, "BURN"),
        brush.span(Role::Strong, burn(status.burn())),
        brush.span(Role::Text, format!("  budget gone at this burn: {plain}; net of roll-off: {net}")),
    ]));
    let simulated = if status.simulated > 0.0 {
        format!(", {:.0}% of the events simulated by the demo", status.simulated * 100.0)
    } else {
        String::new()
    };
    lines.push(Line::from(vec![
        label(brush, "SEEN"),
        brush.span(Role::Text, format!("{:.1}% of the window", budget.coverage * 100.0)),
        brush.span(Role::Dim, simulated),
    ]));
    lines
}

pub(super) fn label(brush: Brush<'_>, text: &str) -> Span<'static> {
    brush.span(Role::Heading, pad(text, 9))
}

/// `11.5 of 40.3 bad minutes`, `588 of 1000 bad events so far`
fn left_words(status: &SloStatus) -> String {
    let budget = &status.budget;
    let minutes = budget.minutes();
    match status.unit {
        Unit::Events | Unit::Slices | Unit::Weighted => format!(
            "{} bad {} left of {} so far; {:.1} min in all",
            count(budget.events_left()),
            status.unit.word(),
            count(budget.objective.budget() * budget.total),
            minutes
        ),
        Unit::Seconds => format!("{:.1} of {minutes:.1} bad minutes", minutes * budget.remaining()),
    }
}

/// Why there is no number, or not the whole one, and what to do.
fn why(status: &SloStatus) -> Option<String> {
    let text = match &status.standing {
        Standing::Counted => return None,
        Standing::NoErrors => "Nothing bad was counted so far: the budget is whole because no error was seen, not because nobody looked.".to_owned(),
        Standing::NoTraffic => "No traffic in the past hour: nothing to divide by. The burn is zero, the budget stays as it is.".to_owned(),
        Standing::Collecting => "Observed for less than a minute; the first numbers come by themselves.".to_owned(),
        Standing::Absent => "No series of this indicator was ever seen: wrong labels, not instrumented, or not scraped. Unknown, not zero.".to_owned(),
        Standing::Stale { .. } => "Nothing was counted since then; the numbers below are the last ones.".to_owned(),
        Standing::Inconsistent => format!(
            "More was bad than there was ({} of {}): the queries contradict each other. No budget is shown.",
            count(status.budget.bad),
            count(status.budget.total)
        ),
        Standing::Failed { why } => format!("It cannot be counted: {why}"),
    };
    Some(text)
}

fn burndown(
    brush: Brush<'_>,
    status: &SloStatus,
    ctx: &Ctx<'_>,
    width: usize,
    room: usize,
) -> Vec<Line<'static>> {
    if !status.standing.has_budget() {
        return Vec::new();
    }
    let marks = deployments(status, ctx);
    let chart = Burndown { points: &status.burndown, marks };
    let mut lines = chart.lines(brush, width, room.clamp(CHART.0, CHART.1));
    lines.extend(chart.marks(brush, width));
    lines.push(Burndown::axis(
        brush,
        width,
        &day(status.begins, ctx),
        &format!("now {}", hour(status.until, ctx)),
    ));
    lines
}

/// When versions of the service appeared, as places within the window.
fn deployments(status: &SloStatus, ctx: &Ctx<'_>) -> Vec<f64> {
    let Some(key) = service(ctx, status) else { return Vec::new() };
    let span = (status.until - status.begins).max(1) as f64;
    let workloads = ctx.world.workloads_of(&key);
    let sets = workloads.iter().flat_map(|workload| ctx.world.revisions(&workload.uid));
    let places = sets.filter_map(|set| Some((set.since?.as_second() - status.begins) as f64 / span));
    places.filter(|place| (0.0..=1.0).contains(place)).collect()
}

fn day(seconds: i64, ctx: &Ctx<'_>) -> String {
    let Ok(at) = Timestamp::from_second(seconds) else { return String::new() };
    let zoned = at.to_zoned(ctx.zone.clone());
    format!("{:02}-{:02} {}", zoned.month(), zoned.day(), ctx.clock(at))
}

fn hour(seconds: i64, ctx: &Ctx<'_>) -> String {
    Timestamp::from_second(seconds).map(|at| ctx.clock(at)).unwrap_or_default()
}

fn about(brush: Brush<'_>, status: &SloStatus, ctx: &Ctx<'_>, width: usize) -> Vec<Line<'static>> {
    let slo = &status.slo;
    let method = match slo.budgeting {
        Budgeting::Occurrences if status.unit == Unit::Weighted => {
            "the burns of its parts, each times its weight, added up".to_owned()
        }
        Budgeting::Occurrences => "true counts: bad events of all events".to_owned(),
        Budgeting::Timeslices { target, slice } => {
            format!("slices of {}, good from {:.2}% on", promql_duration(slice), target * 100.0)
        }
        Budgeting::RatioTimeslices { slice } => {
            format!("the mean of slices of {}", promql_duration(slice))
        }
    };
    let source = match &ctx.slos.source {
        Some(SignalSource::Prometheus(url)) => format!("asked of {url}"),
        Some(SignalSource::Scraper) => "counted from the pods' own metrics".to_owned(),
        None => "not counted yet".to_owned(),
    };
    let mut lines = Vec::new();
    if !slo.description.is_empty() {
        lines
            .extend(wrap(&slo.description, width).into_iter().map(|t| Line::from(brush.span(Role::Text, t))));
    }
    lines.push(Line::from(brush.span(Role::Dim, format!("Counted as {method}; {source}."))));
    lines.push(Line::from(
        brush.span(Role::Dim, format!("Written at {} ({}).", slo.origin, slo.origin.format.name())),
    ));
    if !slo.group_by.is_empty() && slo.group.is_empty() {
        let text = format!("Split by {}: no label set was seen so far.", slo.group_by.join(", "));
        lines.push(Line::from(brush.span(Role::Warn, text)));
    }
    lines
}

/// The parts of a composite objective, each with its share of the burn.
fn parts(brush: Brush<'_>, status: &SloStatus, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let Sli::Composite { parts } = &status.slo.sli else { return Vec::new() };
    let titles = format!("{:<8}{:<16}{:<16}{}", "WEIGHT", "BURN", "BUDGET LEFT", "PART");
    let mut lines = vec![Line::from(brush.span(Role::Heading, titles))];
    for part in parts {
        let held = find(ctx, &part.id);
        let mut spans = vec![
            brush.span(Role::Text, pad(&format!("{}", part.weight), 8)),
            brush.span(Role::Text, pad(&burn(held.and_then(|held| held.burn())), 16)),
        ];
        spans.push(match held {
            Some(held) => {
                let left = held.left().map_or_else(|| held.standing.word().to_owned(), percent_left);
                brush.span(budget_role(held), pad(&left, 16))
            }
            None => brush.span(Role::Unknown, pad("not counted", 16)),
        });
        spans.push(brush.span(Role::Strong, part.id.clone()));
        spans.push(brush.span(Role::Dim, format!(" {}", part.objective)));
        lines.push(Line::from(spans));
    }
    lines.push(Line::default());
    lines
}

/// The values of labels that burn the budget, worst first.
fn burnt_by(brush: Brush<'_>, status: &SloStatus) -> Vec<Line<'static>> {
    let Some(found) = status.contributors.as_ref().filter(|found| !found.is_empty()) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for by in found.iter() {
        let title = format!("BAD EVENTS OF {} BY {}", promql_duration(by.window), by.label.to_uppercase());
        lines.push(Line::from(brush.span(Role::Heading, title)));
        for one in &by.worst {
            let bar = Meter { part: (one.share.clamp(0.0, 1.0) * 1000.0) as u32, whole: 1000 };
            let value = if one.value.is_empty() { "without it" } else { one.value.as_str() };
            lines.push(Line::from(vec![
                brush.span(Role::Text, format!("{} {:>4.0}%", bar.text(8, brush.glyphs), one.share * 100.0)),
                brush.span(Role::Dim, format!("{:>8}  ", count(one.bad))),
                brush.span(Role::Strong, clean(value)),
            ]));
        }
    }
    lines.push(Line::default());
    lines
}

/// What the alert table would have done in the history there is.
fn played(brush: Brush<'_>, status: &SloStatus) -> Vec<Line<'static>> {
    let Some(played) = &status.backtest else { return Vec::new() };
    let after = played.lead().map_or(String::new(), |lead| format!(", after {}", short_duration(lead)));
    let text = format!(
        "These alerts over {} of history: would have paged {} times{after}; missed {} of {} incidents; {} tickets.",
        short_duration(Duration::from_secs(played.observed as u64)),
        played.pages.len(),
        played.missed(),
        played.incidents.len(),
        played.tickets.len()
    );
    vec![Line::from(brush.span(Role::Dim, text))]
}

fn window_words(slo: &Slo) -> String {
    match slo.window {
        Window::Rolling(length) => format!("the last {}", promql_duration(length)),
        Window::Calendar(length) => {
            let zone = slo.calendar.as_ref().map_or("UTC", |calendar| calendar.zone.as_str());
            format!("calendar periods of {} in {zone}", promql_duration(length))
        }
    }
}
