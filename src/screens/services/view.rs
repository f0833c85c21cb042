//! How the list is drawn.

use super::{Item, Services};
use crate::domain::{OwnerDoubt, Reading, RolloutState, ServiceRow, SignalState, StreamState};
use crate::screens::Ctx;
use crate::screens::cockpit::signals::{error_share, per_second, seconds};
use crate::screens::show::{draw_nothing, health_role, health_span, stream_words, version_line};
use crate::screens::slos::{budget_cell, marked};
use crate::ui::{Brush, Column, Pen, Role, Sign, TableRow};
use ratatui::layout::Rect;
use ratatui::text::Line;

pub(super) const COLUMNS: [Column; 15] = [
    Column::text("HEALTH", 10, 10, 0),
    Column::name("SERVICE", 14, 34, 0),
    Column::text("ENV", 7, 7, 3),
    Column::name("NAMESPACE", 12, 24, 10),
    Column::text("VERSION", 15, 30, 3),
    Column::number("READY", 5, 9, 1),
    Column::number("RATE", 7, 8, 6),
    Column::number("ERR", 6, 6, 4),
    Column::number("P95", 6, 6, 7),
    Column::text("BUDGET", 12, 12, 5),
    Column::text("ROLLOUT", 11, 20, 8),
    Column::text("OWNER", 9, 16, 9),
    Column::number("TIER", 4, 4, 7),
    Column::number("AGE", 4, 5, 5),
    Column::text("REASON", 16, 80, 2),
];

impl Services {
    pub(super) fn draw_list(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let state = ctx.services_stream();
        if let (None, Some(fault)) = (ctx.place, ctx.fault) {
            let hint = fault.hints.join(" · ");
            pen.empty(area, Role::Bad, &fault.text, &format!("{hint} · :ctx chooses another context"));
            return;
        }
        if ctx.rows.is_empty() {
            let teach = (
                "No services here yet.",
                "Every Deployment, StatefulSet and DaemonSet becomes a service. `:ns all` looks at all namespaces, `:ctx` at another cluster.",
            );
            draw_nothing(pen, area, state, ctx, "services", teach);
            return;
        }
        let mut area = area;
        if let (StreamState::Stale { .. }, Some((role, text, _))) =
            (state, stream_words(state, ctx, "services"))
        {
            pen.put(area.x + 1, area.y, area.width.saturating_sub(1), &text, role);
            area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        }
        if self.items.is_empty() {
            let text = format!("None of {} services matches '{}'.", ctx.rows.len(), self.list.filter.text());
            pen.empty(
                area,
                Role::Dim,
                &text,
                "esc clears the filter. Terms: text, ns:, env:, owner:, tier:, system:, health:, !term.",
            );
            return;
        }
        let brush = pen.brush();
        let line = |index: usize| match self.items.get(index) {
            Some(Item::Row(at)) => match ctx.rows.get(*at) {
                Some(row) => TableRow::Cells {
                    id: self.list.ids.get(index).map_or("", String::as_str),
                    cells: cells(brush, row, ctx),
                    marked: self.marked.contains(&row.key),
                },
                None => TableRow::Heading(Line::default()),
            },
            Some(Item::Group(name, count)) => {
                TableRow::Heading(Line::styled(format!("{name} · {count}"), brush.style(Role::Title)))
            }
            None => TableRow::Heading(Line::default()),
        };
        self.list.view(("services", &COLUMNS), &idle(ctx), &line, ctx).draw(pen, area);
    }
}

/// Columns in which no service has anything now: they take no room.
fn idle(ctx: &Ctx<'_>) -> Vec<&'static str> {
    let none = |there: bool, titles: &[&'static str]| if there { Vec::new() } else { titles.to_vec() };
    let mut idle = none(!ctx.signals.is_empty(), &["RATE", "ERR", "P95"]);
    idle.extend(none(!ctx.slos.slos.is_empty(), &["BUDGET"]));
    idle.extend(none(ctx.rows.iter().any(|row| row.tier.is_some()), &["TIER"]));
    idle.extend(none(ctx.rows.iter().any(|row| row.owner_words().1 || !row.owner.is_empty()), &["OWNER"]));
    idle
}

fn cells<'a>(brush: Brush<'_>, row: &'a ServiceRow, ctx: &Ctx<'_>) -> Vec<Line<'a>> {
    let (available, desired) = row.ready;
    let [rate, errors, p95] = signal_cells(brush, row, ctx);
    let short = if available < desired { health_role(row.health) } else { Role::Text };
    vec![
        Line::from(health_span(brush, row.health)),
        Line::from(marked(brush, &row.key, ctx)),
        Line::from(brush.span(env_role(row), row.environment.short())),
        Line::from(brush.span(Role::Dim, row.key.namespace.as_str())),
        version_line(brush, row),
        Line::from(brush.span(short, format!("{available}/{desired}"))),
        rate,
        errors,
        p95,
        budget_cell(brush, &row.key, ctx),
        Line::from(brush.span(Role::Dim, rollout_words(&row.rollout))),
        owner_cell(brush, row),
        Line::from(brush.span(Role::Dim, tier_word(row))),
        Line::from(brush.span(Role::Dim, ctx.age(row.changed))),
        Line::from(brush.span(health_role(row.health), row.reason.as_str())),
    ]
}

/// An owner whom nobody can find is trouble at night, and not a grey word.
fn owner_cell(brush: Brush<'_>, row: &ServiceRow) -> Line<'static> {
    let text = match row.owner_doubt {
        None if row.owner.is_empty() => return Line::from(brush.span(Role::Dim, "—")),
        None => return Line::from(brush.span(Role::Dim, row.owner.clone())),
        Some(OwnerDoubt::Unknown) => row.owner.clone(),
        Some(OwnerDoubt::Missing) => "nobody".to_owned(),
    };
    // The sign first: a long name is cut at its end.
    Line::from(brush.span(Role::Bad, format!("{} {text}", brush.sign(Sign::Unknown))))
}

/// Rate, error share and p95; a dash where there is no number, for whatever reason.
fn signal_cells(brush: Brush<'_>, row: &ServiceRow, ctx: &Ctx<'_>) -> [Line<'static>; 3] {
    let Some(signals) = ctx.signals.get(&row.key).and_then(SignalState::signals) else {
        return [(); 3].map(|()| Line::from(brush.span(Role::Dim, "—")));
    };
    let cell = |reading: Reading, form: fn(f64) -> String, role: Role| {
        let text = reading.value().map_or_else(|| "—".to_owned(), form);
        Line::from(brush.span(if reading.value().is_some() { role } else { Role::Dim }, text))
    };
    // Most services do not fail: only those that do stand out.
    let errors = match error_share(signals) {
        Some((text, Role::Good)) => brush.span(Role::Text, text),
        Some((text, role)) => brush.span(role, text),
        None => brush.span(Role::Dim, "—"),
    };
    [cell(signals.rate, per_second, Role::Text), Line::from(errors), cell(signals.p95, seconds, Role::Text)]
}

fn tier_word(row: &ServiceRow) -> String {
    row.tier.map_or_else(|| "—".to_owned(), |tier| tier.to_string())
}

fn env_role(row: &ServiceRow) -> Role {
    if row.environment.is_production() { Role::Strong } else { Role::Dim }
}

fn rollout_words(state: &RolloutState) -> String {
    match state {
        RolloutState::Complete => "—".to_owned(),
        RolloutState::Progressing { updated, desired, .. } | RolloutState::Paused { updated, desired } => {
            format!("{} {updated}/{desired}", state.word())
        }
        RolloutState::Unobserved | RolloutState::Stuck { .. } => state.word().to_owned(),
    }
}
