//! How the page is drawn: a head that says it all, panels that share the room,
//! buttons at the foot that always stay.

use super::evidence::verdict_lines;
use super::{PANELS, Panel, Rollout};
use crate::domain::short_duration;
use crate::engine::verdict::number::named_evidence;
use crate::screens::Ctx;
use crate::screens::buttons::{draw_buttons, reasons};
use crate::screens::cockpit::layout::share;
use crate::screens::delivery::{Delivery, Driven, buttons, progress_line, steps_line, threshold, versions};
use crate::ui::{Brush, Column, Cursor, LogChart, Pen, Role, Scroll, Table, TableRow, wrap};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// From this width on, the evidence stands beside the log.
const WIDE: u16 = 110;

/// From this height on, all panels stand below each other.
const SPACIOUS: u16 = 24;

/// Rows the chart fills at most: more would only stretch it.
const CHART: u16 = 14;

const OBJECTS: [Column; 3] =
    [Column::text("PART", 7, 8, 0), Column::text("OBJECT", 20, 70, 0), Column::text("READY", 5, 24, 1)];

impl Rollout {
    pub(super) fn draw_page(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let Some(delivery) = self.shown(ctx) else {
            pen.empty(
                area,
                Role::Dim,
                "This operation is not there.",
                "Records of old operations are dropped; 3 goes to the list.",
            );
            return;
        };
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let head = head(pen.brush(), delivery, ctx, inner.width);
        let used = pen.lines(inner, &head);
        let all = buttons(delivery, ctx);
        let why = wrap(&reasons(&all), usize::from(inner.width)).len().min(3);
        let why = if reasons(&all).is_empty() { 0 } else { u16::try_from(why).unwrap_or(1) };
        let foot = (2 + why).min(inner.height.saturating_sub(used));
        let body = Rect { y: inner.y + used, height: inner.height - used - foot, ..inner };
        if pen.glyphs.side_by_side(body.width, WIDE) {
            let left = body.width * 55 / 100;
            self.draw_column(pen, Rect { width: left, ..body }, &PANELS[..2], delivery, ctx);
            let right = Rect { x: body.x + left + 2, width: body.width - left - 2, ..body };
            self.draw_column(pen, right, &PANELS[2..], delivery, ctx);
        } else {
            // The objects are three lines nobody needs at three in the morning:
            // where there is no room they come with tab.
            let objects = body.height >= SPACIOUS || self.focus == Panel::Objects;
            let panels = if objects { &PANELS[..] } else { &PANELS[..3] };
            self.draw_column(pen, body, panels, delivery, ctx);
        }
        let foot = Rect { y: inner.bottom() - foot, height: foot, ..inner };
        pen.rule(Rect { height: 1.min(foot.height), ..foot }, &Line::default(), Role::Border);
        let line = Rect { y: (foot.y + 1).min(foot.bottom()), height: foot.height.saturating_sub(1), ..foot };
        draw_buttons(pen, line, &all);
    }

    fn draw_column(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        panels: &[Panel],
        delivery: &Delivery,
        ctx: &Ctx<'_>,
    ) {
        let rules = u16::try_from(panels.len()).unwrap_or(0);
        let want: Vec<u16> =
            panels.iter().map(|p| self.wanted(pen.brush(), *p, delivery, area.width)).collect();
        let focus = panels.iter().position(|panel| *panel == self.focus);
        let rows = share(&want, focus, area.height.saturating_sub(rules));
        let mut y = area.y;
        for (panel, rows) in panels.iter().zip(rows) {
            if y >= area.bottom() {
                return;
            }
            let height = (rows + 1).min(area.bottom() - y);
            self.draw_panel(pen, Rect { y, height, ..area }, *panel, delivery, ctx);
            y += height;
        }
    }

    fn wanted(&self, brush: Brush<'_>, panel: Panel, delivery: &Delivery, width: u16) -> u16 {
        let rows = match panel {
            Panel::Verdict => verdict_lines(brush, delivery, &self.points, width).len(),
            Panel::Evidence => usize::from(CHART),
            Panel::Log => delivery.record.log.len().max(1),
            Panel::Objects => delivery.objects().len() + 1,
        };
        u16::try_from(rows).unwrap_or(u16::MAX)
    }

    fn draw_panel(&self, pen: &mut Pen<'_>, area: Rect, panel: Panel, delivery: &Delivery, ctx: &Ctx<'_>) {
        pen.hits.add(area, crate::ui::Hit::Panel(panel.number()));
        let (title, rest) = match panel {
            Panel::Verdict => ("Verdict", String::new()),
            Panel::Evidence => ("Evidence that it is worse", chart_words(delivery, &self.points)),
            Panel::Log => ("Decisions", format!("  {}", delivery.record.log.len())),
            Panel::Objects => ("Objects", String::new()),
        };
        let title = Line::from(vec![pen.span(Role::Title, title), pen.span(Role::Dim, rest)]);
        let role = if self.focus == panel { Role::BorderFocus } else { Role::Border };
        pen.rule(Rect { height: 1, ..area }, &title, role);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        if body.height == 0 {
            return;
        }
        match panel {
            Panel::Verdict => {
                let lines = verdict_lines(pen.brush(), delivery, &self.points, body.width);
                draw_scrolled(pen, body, &lines, &self.verdict);
            }
            Panel::Evidence => self.draw_chart(pen, body, ctx),
            Panel::Log => {
                let lines = log_lines(pen.brush(), delivery, ctx, body.width);
                draw_scrolled(pen, body, &lines, &self.log);
            }
            Panel::Objects => draw_objects(pen, body, delivery, ctx, &self.objects, self.focus == panel),
        }
    }

    fn draw_chart(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            let text =
                "Nothing is counted yet: a step's traffic counts from when all its pods are available.";
            for (line, y) in wrap(text, usize::from(area.width)).iter().zip(area.top()..area.bottom()) {
                pen.put(area.x, y, area.width, line, Role::Dim);
            }
            return;
        };
        let seconds = |p: &super::Point| p.at.as_second() as f64;
        let points: Vec<(f64, f64)> = self
            .points
            .iter()
            .flat_map(|p| {
                let gap = p.begins.then(|| (seconds(p), f64::NAN));
                gap.into_iter().chain([(seconds(p), p.e)])
            })
            .collect();
        let axis = u16::from(area.height > 3);
        let chart = LogChart {
            points: &points,
            mark: last.needed,
            label: threshold,
            roles: (Role::Moving, Role::Bad),
        };
        chart.draw(pen, Rect { height: area.height - axis, ..area });
        if axis == 1 {
            let (from, to) = (ctx.clock(first.at), ctx.clock(last.at));
            let wide = u16::try_from(crate::ui::width(&to)).unwrap_or(0);
            let y = area.bottom() - 1;
            pen.put(area.x + 7, y, area.width.saturating_sub(7), &from, Role::Dim);
            pen.put(area.right().saturating_sub(wide), y, wide, &to, Role::Dim);
        }
    }
}

/// The lines at the top: what, how far, and what now if there is more to say.
fn head(brush: Brush<'_>, delivery: &Delivery, ctx: &Ctx<'_>, room: u16) -> Vec<Line<'static>> {
    let (role, sign) = delivery.sign(ctx.now);
    let mut what = vec![brush.span(Role::Strong, delivery.service.name.to_string()), Span::raw("  ")];
    what.extend(versions(brush, delivery));
    what.push(brush.span(role, format!("   {} {}", brush.sign(sign), delivery.phase_word(ctx.now))));
    let began = format!("   {}, {}", driver_words(delivery, ctx), began_words(delivery, ctx));
    what.push(brush.span(Role::Dim, began));
    let mut steps = steps_line(brush, delivery);
    if let Some(words) = clock_words(delivery, ctx) {
        steps.spans.push(brush.span(Role::Dim, format!("  {words}")));
    }
    let mut lines = vec![Line::from(what), steps];
    if delivery.is_orphaned(ctx.now) || delivery.moment().is_some() || !delivery.pending.is_empty() {
        let now = progress_line(brush, delivery, ctx.now);
        let style = now.spans.last().map(|span| span.style).unwrap_or_default();
        if now.width() <= usize::from(room) {
            lines.push(now);
        } else {
            let text: String = now.spans.iter().map(|span| span.content.as_ref()).collect();
            let parts = wrap(&text, usize::from(room));
            lines.extend(parts.into_iter().take(3).map(|part| Line::from(Span::styled(part, style))));
        }
    }
    lines
}

fn began_words(delivery: &Delivery, ctx: &Ctx<'_>) -> String {
    let age = ctx.age(Some(delivery.started));
    format!("{} begun {age} ago by {}", delivery.strategy, delivery.by)
}

fn driver_words(delivery: &Delivery, ctx: &Ctx<'_>) -> String {
    if !delivery.is_running() {
        return "over".to_owned();
    }
    match delivery.driver.state(ctx.now) {
        Driven::Here => "driven from here".to_owned(),
        Driven::Elsewhere => format!("driven by {}", delivery.driver.who),
        Driven::Silent(_) => format!("driver {} lost", delivery.driver.who),
        Driven::Nobody => "driven by nobody".to_owned(),
    }
}

/// `step: 4 of 5 to 10 min`; in whole minutes, because the page wakes by the minute.
fn clock_words(delivery: &Delivery, ctx: &Ctx<'_>) -> Option<String> {
    let clock = delivery.clock?;
    let minutes = ctx.now.since(clock.since).as_secs() / 60;
    let span = |seconds: u32| short_duration(std::time::Duration::from_secs(u64::from(seconds)));
    Some(format!("{minutes}m of {} to {}", span(clock.min_s), span(clock.max_s)))
}

fn chart_words(delivery: &Delivery, points: &[super::Point]) -> String {
    let Some(last) = points.last() else { return String::new() };
    let needed = threshold(last.needed);
    let back = if delivery.stage.is_back() { "was" } else { "is" };
    format!("  {}, log scale; {back} rolled back from {needed}", named_evidence("E", last.e))
}

fn log_lines(brush: Brush<'_>, delivery: &Delivery, ctx: &Ctx<'_>, width: u16) -> Vec<Line<'static>> {
    if delivery.record.log.is_empty() {
        return vec![Line::from(brush.span(Role::Dim, "Nothing was decided yet."))];
    }
    let mut lines = Vec::new();
    for entry in delivery.record.log.iter().rev() {
        let clock = ctx.clock(entry.at);
        let indent = crate::ui::width(&clock) + 2;
        for (i, part) in wrap(&entry.text, usize::from(width).saturating_sub(indent)).into_iter().enumerate()
        {
            let before = if i == 0 { format!("{clock}  ") } else { " ".repeat(indent) };
            lines.push(Line::from(vec![brush.span(Role::Dim, before), brush.span(Role::Text, part)]));
        }
    }
    lines
}

fn draw_scrolled(pen: &mut Pen<'_>, area: Rect, lines: &[Line<'static>], scroll: &Scroll) {
    let offset = scroll.window(lines.len(), usize::from(area.height));
    pen.lines(area, lines.get(offset..).unwrap_or_default());
    pen.scrollbar(area, lines.len(), offset);
}

fn draw_objects(
    pen: &mut Pen<'_>,
    area: Rect,
    delivery: &Delivery,
    ctx: &Ctx<'_>,
    cursor: &Cursor,
    focused: bool,
) {
    let brush = pen.brush();
    let objects = delivery.objects();
    let ids: Vec<String> = objects.iter().map(|(_, key)| key.to_string()).collect();
    let row = |index: usize| match (objects.get(index), ids.get(index)) {
        (Some((part, key)), Some(id)) => {
            let ready = match (key.kind, ctx.world.workload(key)) {
                (crate::domain::Kind::ConfigMap, _) => {
                    format!("{} decisions kept", delivery.record.log.len())
                }
                (_, Some(w)) => format!("{}/{}", w.replicas.available, w.replicas.desired),
                (_, None) => "not there".to_owned(),
            };
            let cells = vec![
                Line::from(brush.span(Role::Dim, *part)),
                Line::from(brush.span(Role::Text, format!("{}/{}", key.kind.short(), key.name))),
                Line::from(brush.span(Role::Dim, ready)),
            ];
            TableRow::Cells { id, cells, marked: false }
        }
        _ => TableRow::Heading(Line::default()),
    };
    let table = Table {
        list: Panel::Objects.number(),
        focused,
        titled: area.height > 3,
        ..Table::new(&OBJECTS, ids.len(), &row, cursor, cursor.locate(&ids).filter(|_| focused))
    };
    table.draw(pen, Rect { x: area.x.saturating_sub(1), width: area.width + 1, ..area });
}
