//! How the cockpit is drawn: a summary, then panels that share the room.

use super::failing::MOST_ROWS;
use super::layout::share;
use super::{Cockpit, Panel, signals, usage};
use crate::domain::{Kind, Pod, ServiceRow, SignalState, elsewhere};
use crate::screens::Ctx;
use crate::screens::alerts::alert_lines;
use crate::screens::show::{health_role, health_span, stream_words, version_line};
use crate::screens::slos::lines_of;
use crate::ui::{Brush, Hit, Pen, Role, Sign};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// From this width on, panels stand in two columns.
const WIDE: u16 = 110;

/// Rows of the rollout panel that a canary under way always has: steps,
/// verdict, counts, the moment, buttons.
const CANARY: u16 = 5;

/// Rows the list of pods keeps below the words of the failing one.
const PODS_STAY: u16 = 3;

impl Cockpit {
    pub(super) fn draw_all(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let Some(row) = self.key.as_ref().and_then(|key| ctx.service(key)) else {
            let (text, hint) = match &self.key {
                Some(key) => (
                    format!("{key} is not there."),
                    "It may have been deleted, or not be listed yet. 1 goes to the list.",
                ),
                None => (
                    "No service is chosen.".to_owned(),
                    "1 goes to the list; enter opens a service; : finds one by name.",
                ),
            };
            pen.empty(area, Role::Dim, &text, hint);
            return;
        };
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let used = draw_summary(pen, inner, row, ctx);
        let body = Rect { y: inner.y + used, height: inner.height.saturating_sub(used), ..inner };
        let panels = self.panels(ctx);
        if !pen.glyphs.side_by_side(body.width, WIDE) {
            self.draw_column(pen, body, &panels, ctx);
            return;
        }
        let left = body.width * 55 / 100;
        let (on_left, on_right): (Vec<_>, Vec<_>) = panels
            .into_iter()
            .partition(|p| matches!(p, Panel::Rollout | Panel::Workloads | Panel::Pods | Panel::Events));
        self.draw_column(pen, Rect { width: left, ..body }, &on_left, ctx);
        let right = Rect { x: body.x + left + 2, width: body.width - left - 2, ..body };
        self.draw_column(pen, right, &on_right, ctx);
    }

    fn draw_column(&self, pen: &mut Pen<'_>, area: Rect, panels: &[Panel], ctx: &Ctx<'_>) {
        let rules = u16::try_from(panels.len()).unwrap_or(0);
        let want: Vec<u16> = panels.iter().map(|panel| self.wanted(pen.brush(), *panel, ctx)).collect();
        let focus = panels.iter().position(|panel| *panel == self.focus);
        let room = area.height.saturating_sub(rules);
        let rows = if panels.first() == Some(&Panel::Rollout) && self.running(ctx).is_some() {
            // A canary under way is what one looks at: it has its rows before the others share.
            let own = want.first().copied().unwrap_or(0).min(CANARY).min(room);
            let others =
                share(want.get(1..).unwrap_or_default(), focus.and_then(|f| f.checked_sub(1)), room - own);
            std::iter::once(own).chain(others).collect()
        } else {
            share(&want, focus, room)
        };
        let mut y = area.y;
        for (panel, rows) in panels.iter().zip(rows) {
            if y >= area.bottom() {
                return;
            }
            let height = (rows + 1).min(area.bottom() - y);
            self.draw_panel(pen, Rect { y, height, ..area }, *panel, ctx);
            y += height;
        }
    }

    /// Rows a panel would fill.
    fn wanted(&self, brush: Brush<'_>, panel: Panel, ctx: &Ctx<'_>) -> u16 {
        let rows = match panel {
            Panel::Rollout => self.rollout_lines(brush, ctx).len() + 2,
            // The width decides on charts, not on the number of lines.
            Panel::Metrics => self.signal_lines(brush, ctx, 0).len(),
            Panel::Pods => self.ids(panel, ctx).len() + 1 + self.failing_lines(brush, ctx, MOST_ROWS).len(),
            Panel::Revisions | Panel::Workloads => self.ids(panel, ctx).len() + 1,
            Panel::Changes | Panel::Events | Panel::Around => self.ids(panel, ctx).len(),
        };
        u16::try_from(rows.max(1)).unwrap_or(u16::MAX)
    }

    fn draw_panel(&self, pen: &mut Pen<'_>, area: Rect, panel: Panel, ctx: &Ctx<'_>) {
        pen.hits.add(area, Hit::Panel(panel.number()));
        let focused = self.focus == panel;
        let title = self.panel_title(pen.brush(), panel, ctx);
        pen.rule(Rect { height: 1, ..area }, &title, if focused { Role::BorderFocus } else { Role::Border });
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        if body.height == 0 {
            return;
        }
        match panel {
            Panel::Rollout => {
                let lines = self.rollout_lines(pen.brush(), ctx);
                // The buttons stay, whatever else has to give way.
                let room = body.height.saturating_sub(1);
                let used = pen.lines(
                    Rect { height: room.min(u16::try_from(lines.len()).unwrap_or(0)), ..body },
                    &lines,
                );
                self.draw_buttons(pen, Rect { y: body.y + used, height: body.height - used, ..body }, ctx);
            }
            Panel::Metrics => {
                let lines = self.signal_lines(pen.brush(), ctx, body.width);
                pen.lines(body, &lines);
            }
            Panel::Pods => {
                // What the failing one says comes first, but the pods stay in sight.
                let room = body.height.saturating_sub(PODS_STAY);
                let lines = self.failing_lines(pen.brush(), ctx, usize::from(room).min(MOST_ROWS));
                let used = pen.lines(Rect { height: room, ..body }, &lines);
                let below = Rect { y: body.y + used, height: body.height - used, ..body };
                self.draw_table(pen, below, panel, ctx);
            }
            Panel::Workloads | Panel::Revisions | Panel::Changes | Panel::Events | Panel::Around => {
                self.draw_table(pen, body, panel, ctx);
            }
        }
    }

    fn panel_title(&self, brush: Brush<'_>, panel: Panel, ctx: &Ctx<'_>) -> Line<'static> {
        let dim = |text: String| brush.span(Role::Dim, text);
        let (name, rest, kind) = match panel {
            Panel::Rollout if self.running(ctx).is_some() => ("Rollout", String::new(), Kind::ConfigMap),
            Panel::Rollout => {
                let what = self.workload(ctx).map(|w| format!("  {}/{}", w.key.kind.short(), w.key.name));
                ("Rollout", what.unwrap_or_default(), Kind::Deployment)
            }
            Panel::Workloads => {
                ("Workloads", format!("  {}, enter chooses", self.listed(ctx).len()), Kind::Deployment)
            }
            Panel::Pods => {
                let pods = self.pods(ctx);
                let broken = pods.iter().filter(|pod| !pod.is_ready() && !pod.is_done()).count();
                let broken = if broken == 0 { String::new() } else { format!(", {broken} not ready") };
                ("Pods", format!("  {}{broken}", pods.len()), Kind::Pod)
            }
            Panel::Changes => ("Changed", String::new(), Kind::ReplicaSet),
            Panel::Revisions => ("Revisions", String::new(), Kind::ReplicaSet),
            Panel::Events => ("Events", format!("  {}", self.events(ctx).len()), Kind::Event),
            Panel::Metrics => ("Requests, errors, latency", String::new(), Kind::Pod),
            Panel::Around => ("Depends on, needed by, links", String::new(), Kind::Deployment),
        };
        let mut spans = vec![brush.span(Role::Title, name), dim(rest)];
        if panel == Panel::Rollout {
            spans.extend(self.delivery_title(brush, ctx).unwrap_or_default());
        }
        // A panel that is not live says so in its title, whatever it still shows.
        if let Some((role, text, _)) =
            stream_words(ctx.world.stream(kind), ctx, name).filter(|_| panel != Panel::Metrics)
        {
            spans.push(Span::raw("  "));
            spans.push(brush.span(role, text));
        }
        Line::from(spans)
    }

    fn signal_lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>, width: u16) -> Vec<Line<'static>> {
        let pods = self.pods(ctx);
        let offers = |pod: &Pod| pod.answers() && pod.containers.iter().any(|c| c.metrics.is_some());
        let offering = pods.iter().filter(|pod| offers(pod)).count();
        let state = self.key.as_ref().and_then(|key| ctx.signals.get(key));
        let mut lines = self.key.as_ref().map(|key| alert_lines(brush, key, ctx)).unwrap_or_default();
        lines.extend(self.key.iter().flat_map(|key| lines_of(brush, key, ctx, width)));
        let numbers = self.key.as_ref().zip(state.and_then(SignalState::signals));
        let usage = numbers.map(|(key, numbers)| {
            usage::lines(brush, numbers.usage.as_ref(), usage::rooms_of(key, ctx), &pods)
        });
        let usage = usage.unwrap_or_default();
        lines.extend(signals::lines(brush, state, (offering, pods.len()), width, usage));
        lines
    }
}

/// What runs of it in other environments, as far as there is room: `   staging v2`.
fn elsewhere_spans(brush: Brush<'_>, row: &ServiceRow, ctx: &Ctx<'_>, mut room: usize) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for other in elsewhere(ctx.rows, row) {
        let place = match other.environment.short() {
            "—" => other.key.namespace.to_string(),
            word => word.to_owned(),
        };
        let (role, mark) = if other.health.is_trouble() {
            (health_role(other.health), format!("{} ", brush.sign(Sign::of_health(other.health))))
        } else {
            (Role::Dim, String::new())
        };
        let next =
            [brush.span(role, format!("   {place} {mark}")), brush.span(Role::Text, other.version.clone())];
        let wide: usize = next.iter().map(Span::width).sum();
        let Some(left) = room.checked_sub(wide) else { break };
        room = left;
        spans.extend(next);
    }
    spans
}

fn draw_summary(pen: &mut Pen<'_>, area: Rect, row: &ServiceRow, ctx: &Ctx<'_>) -> u16 {
    let brush = pen.brush();
    let gap = || Span::raw("   ");
    let (available, desired) = row.ready;
    let mut spans = vec![
        health_span(brush, row.health),
        gap(),
        brush.span(Role::Strong, row.key.name.to_string()),
        Span::raw("  "),
    ];
    spans.extend(version_line(brush, row).spans);
    spans.extend([gap(), brush.span(Role::Text, format!("{available}/{desired} ready")), gap()]);
    let env = match row.environment.short() {
        "—" => "environment not declared",
        word => word,
    };
    spans.push(brush.span(if row.environment.is_production() { Role::Strong } else { Role::Dim }, env));
    spans.push(brush.span(Role::Dim, format!("   changed {} ago", ctx.age(row.changed))));
    let room = usize::from(area.width).saturating_sub(spans.iter().map(Span::width).sum());
    spans.extend(elsewhere_spans(brush, row, ctx, room));
    pen.line(area.x, area.y, area.width, &Line::from(spans));
    if row.reason.is_empty() || area.height < 3 {
        return 1.min(area.height);
    }
    let text = format!("{} {}", pen.sign(Sign::of_health(row.health)), row.reason);
    pen.put(area.x, area.y + 1, area.width, &text, health_role(row.health));
    2
}
