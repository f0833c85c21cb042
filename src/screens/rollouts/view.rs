//! How rollouts are drawn.

use super::Rollouts;
use crate::domain::{RolloutState, ServiceRow};
use crate::screens::Ctx;
use crate::screens::show::{draw_nothing, rollout_sign, version_line};
use crate::ui::{Align, Brush, Column, Meter, Pen, Role, Table, TableRow};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

const COLUMNS: [Column; 7] = [
    Column { title: "STATE", min: 10, max: 10, yields: 0, align: Align::Left },
    Column { title: "SERVICE", min: 14, max: 34, yields: 0, align: Align::Left },
    Column { title: "NAMESPACE", min: 12, max: 24, yields: 5, align: Align::Left },
    Column { title: "VERSION", min: 15, max: 34, yields: 2, align: Align::Left },
    Column { title: "PROGRESS", min: 12, max: 14, yields: 1, align: Align::Left },
    Column { title: "SINCE", min: 5, max: 5, yields: 4, align: Align::Right },
    Column { title: "WHAT IT WAITS FOR", min: 15, max: 90, yields: 3, align: Align::Left },
];

impl Rollouts {
    pub(super) fn draw_list(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if self.items.is_empty() {
            let teach = if self.filter.is_empty() {
                (
                    "Nothing is rolling out, and nothing ended in the last 24 hours.",
                    "A new image, a restart or a rollback shows up here as it happens.",
                )
            } else {
                ("No rollout matches the filter.", "esc clears it")
            };
            draw_nothing(pen, area, ctx.services_stream(), ctx, "rollouts", teach);
            return;
        }
        let brush = pen.brush();
        let line = |index: usize| {
            let row = self.items.get(index).and_then(|key| ctx.service(key));
            match (row, self.ids.get(index)) {
                (Some(row), Some(id)) => TableRow::Cells { id, cells: cells(brush, row, ctx), marked: false },
                _ => TableRow::Heading(Line::default()),
            }
        };
        let table = Table {
            columns: &COLUMNS,
            len: self.items.len(),
            row: &line,
            at: self.cursor.locate(&self.ids),
            cursor: &self.cursor,
            list: 0,
            focused: true,
            titled: true,
        };
        table.draw(pen, area);
    }
}

fn cells<'a>(brush: Brush<'_>, row: &'a ServiceRow, ctx: &Ctx<'_>) -> Vec<Line<'a>> {
    let (role, sign) = rollout_sign(&row.rollout);
    let detail = match (&row.rollout, row.reason.is_empty()) {
        (RolloutState::Complete, _) => String::new(),
        (_, false) => row.reason.clone(),
        (state, true) => state.sentence(),
    };
    vec![
        Line::from(brush.span(role, format!("{} {}", brush.sign(sign), row.rollout.word()))),
        Line::from(brush.span(Role::Strong, row.key.name.as_str())),
        Line::from(brush.span(Role::Dim, row.key.namespace.as_str())),
        version_line(brush, row),
        progress(brush, &row.rollout),
        Line::from(brush.span(Role::Dim, ctx.age(row.changed))),
        Line::from(brush.span(if row.health.is_trouble() { Role::Warn } else { Role::Text }, detail)),
    ]
}

fn progress(brush: Brush<'_>, state: &RolloutState) -> Line<'static> {
    let (part, whole) = match state {
        RolloutState::Progressing { available, desired, .. } => (*available, *desired),
        RolloutState::Paused { updated, desired } => (*updated, *desired),
        RolloutState::Unobserved => (0, 1),
        RolloutState::Complete => return Line::from(brush.span(Role::Dim, "complete")),
        RolloutState::Stuck { .. } => return Line::from(brush.span(Role::Bad, "no progress")),
    };
    let bar = Meter { part, whole }.text(6, brush.glyphs);
    Line::from(vec![
        Span::styled(bar, brush.style(Role::Moving)),
        brush.span(Role::Text, format!(" {part}/{whole}")),
    ])
}
