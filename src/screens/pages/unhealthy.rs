//! Why a service is not well: the likeliest root first, each with its chain,
//! the last event and the last lines.

use super::{PageLine, Target};
use crate::catalog::Way;
use crate::domain::{Cause, Fault, Going, LastLines, ServiceKey, diagnose};
use crate::msg::LogLine;
use crate::screens::logs::{LogOf, unfold};
use crate::screens::pages::Page;
use crate::screens::show::{event_line, health_span};
use crate::screens::{Ctx, Route};
use crate::ui::{Brush, Role, Sign, wrap, wrap_behind};
use ratatui::text::{Line, Span};
use std::time::Duration;

/// Logs read for one page: causes beyond the likeliest ones say little.
const MOST_LOGS: usize = 3;
/// Last lines shown of each.
const MOST_LINES: usize = 12;

/// The logs whose last lines would help.
pub(super) fn logs(key: &ServiceKey, ctx: &Ctx<'_>) -> Vec<LastLines> {
    diagnose(ctx.world, key).into_iter().filter_map(|cause| cause.log).take(MOST_LOGS).collect()
}

type Read = (LastLines, Result<Vec<LogLine>, Fault>);

pub(super) fn lines(
    read: &[Read],
    key: &ServiceKey,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    width: usize,
) -> Vec<PageLine> {
    let mut lines = Vec::new();
    if let Some(row) = ctx.service(key) {
        let mut spans = vec![health_span(brush, row.health)];
        spans
            .push(brush.span(Role::Text, format!("   {key}   {} of {} available", row.ready.0, row.ready.1)));
        lines.push(PageLine::from(Line::from(spans)));
    }
    let causes = diagnose(ctx.world, key);
    if causes.is_empty() {
        let text = "Nothing in the cluster says that it is not well: pods run, rollouts are done.";
        lines.push(PageLine::plain(brush, Role::Good, format!("{} {text}", brush.sign(Sign::Good))));
        lines.push(PageLine::plain(brush, Role::Dim, "x explains its numbers, T shows what happened to it."));
    }
    for (n, cause) in causes.iter().enumerate() {
        lines.push(PageLine::blank());
        of_cause(n, cause, read, brush, ctx, width, &mut lines);
    }
    held(key, brush, ctx, &mut lines);
    neighbours(key, brush, ctx, &mut lines);
    lines
}

fn of_cause(
    n: usize,
    cause: &Cause,
    read: &[Read],
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    width: usize,
    lines: &mut Vec<PageLine>,
) {
    let text = format!("{} {}. {}", brush.sign(Sign::Bad), n + 1, cause.title);
    lines.push(PageLine::plain(brush, Role::Bad, text));
    if let Some(event) = &cause.event {
        lines.push(event_line(brush, event, ctx).into());
    }
    if let Some(wanted) = &cause.log {
        last_lines(wanted, read, brush, width, lines);
    }
    let remedy = Some(cause.remedy).filter(|remedy| !remedy.is_empty());
    let facts = cause.evidence.iter().map(|text| (Role::Text, Sign::Dot, text.as_str()));
    for (role, sign, text) in facts.chain(remedy.map(|text| (Role::Strong, Sign::Arrow, text))) {
        let rows = wrap_behind(&format!("   {} ", brush.sign(sign)), text, width);
        lines.extend(rows.into_iter().map(|row| PageLine::plain(brush, role, row)));
    }
    for (depth, step) in cause.chain.iter().enumerate() {
        let indent = "  ".repeat(depth);
        let corner = if brush.glyphs.ascii { "`-" } else { "└─" };
        let spans = vec![
            brush.span(Role::Dim, format!("   {indent}{corner} {} ", step.kind)),
            brush.span(Role::Text, step.name.clone()),
            brush.span(Role::Dim, format!("  {}", step.state)),
        ];
        let pod = cause.log.as_ref().filter(|_| step.kind == "Pod").map(|log| log.pod.clone());
        let target = pod.map(|pod| Target::Go(Route::Describe(pod)));
        lines.push(PageLine { target, ..PageLine::from(Line::from(spans)) });
    }
}

/// The last lines of a log: what was said shortly before it ended.
fn last_lines(wanted: &LastLines, read: &[Read], brush: Brush<'_>, width: usize, lines: &mut Vec<PageLine>) {
    let bar = if brush.glyphs.ascii { "|" } else { "│" };
    let target = || Some(Target::Go(Route::Logs(LogOf::Pod(wanted.pod.clone()))));
    let row = |role: Role, text: String| {
        let spans = vec![brush.span(Role::Border, format!("   {bar} ")), brush.span(role, text)];
        PageLine { target: target(), ..PageLine::from(Line::from(spans)) }
    };
    match read.iter().find(|(log, _)| log == wanted).map(|(_, lines)| lines) {
        None => lines.push(row(Role::Dim, "its last lines are being read…".to_owned())),
        Some(Err(fault)) => lines.push(row(Role::Warn, fault.text.clone())),
        Some(Ok(said)) if said.is_empty() => lines.push(row(Role::Dim, "it wrote nothing".to_owned())),
        Some(Ok(said)) => {
            let skip = said.len().saturating_sub(MOST_LINES);
            for line in said.iter().skip(skip) {
                let text = unfold(&line.text).unwrap_or_else(|| line.text.clone());
                let parts = wrap(&text, width.saturating_sub(6).max(20));
                lines.extend(parts.into_iter().map(|part| row(Role::Text, part)));
            }
        }
    }
}

/// Pods that were deleted and do not go: a finalizer is what nobody thinks of.
fn held(key: &ServiceKey, brush: Brush<'_>, ctx: &Ctx<'_>, lines: &mut Vec<PageLine>) {
    /// Controllers take their finalizers off within seconds.
    const LONG: Duration = Duration::from_mins(1);
    let pods = ctx.world.workloads_of(key).into_iter().flat_map(|all| ctx.world.pods_of_workload(&all));
    let long = |going: &Going| going.since.is_none_or(|at| ctx.now.since(at) > LONG);
    let stuck: Vec<_> = pods
        .filter_map(|pod| Some((pod.key.clone(), pod.going.clone()?)))
        .filter(|(_, going)| !going.finalizers.is_empty() && long(going))
        .collect();
    if stuck.is_empty() {
        return;
    }
    lines.extend([PageLine::blank(), PageLine::heading(brush, "Deleted, and not gone")]);
    for (pod, going) in stuck {
        let text = format!("   {} deleted {} ago, {}", pod.name, ctx.age(going.since), going.waits_for());
        let target = Some(Target::Go(Route::Describe(pod)));
        lines.push(PageLine { target, ..PageLine::plain(brush, Role::Warn, text) });
    }
}

/// What it needs and is not well itself: the trouble may come from there.
fn neighbours(key: &ServiceKey, brush: Brush<'_>, ctx: &Ctx<'_>, lines: &mut Vec<PageLine>) {
    let found = ctx.catalog.around(key, Way::Up, (3, 200), ctx.rows);
    let ill: Vec<_> =
        found.iter().filter(|n| n.health().is_some_and(crate::domain::Health::is_trouble)).collect();
    if ill.is_empty() {
        return;
    }
    lines.push(PageLine::blank());
    lines.push(PageLine::heading(brush, "It needs, and these are not well themselves"));
    for neighbour in ill {
        let Some(row) = neighbour.services.iter().max_by_key(|row| row.health) else { continue };
        let far =
            if neighbour.steps == 1 { String::new() } else { format!(" ({} steps away)", neighbour.steps) };
        let spans = vec![
            Span::raw("   "),
            health_span(brush, row.health),
            brush.span(Role::Strong, format!("  {}{far}", row.key)),
            brush.span(Role::Dim, format!("  {}", row.reason)),
        ];
        let target = Some(Target::Go(Route::Page(Page::Unhealthy(row.key.clone()))));
        lines.push(PageLine { target, ..PageLine::from(Line::from(spans)) });
    }
}
