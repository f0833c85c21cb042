//! How rollouts are drawn: a line each, and the selected one in full below.

use super::Rollouts;
use super::row::{Rank, Row};
use crate::screens::Ctx;
use crate::screens::delivery::{progress_line, steps_line, verdict_line};
use crate::screens::show::draw_nothing;
use crate::screens::slos::marked;
use crate::ui::{Brush, Column, Pen, Role, wrap};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// What gives way first on a narrow screen stands in the strip below, in full.
pub(super) const COLUMNS: [Column; 11] = [
    Column::text("PHASE", 12, 14, 0),
    Column::name("NS", 9, 22, 2),
    Column::name("NAME", 12, 30, 0),
    Column::text("KIND", 7, 10, 9),
    Column::number("STEP", 4, 5, 4),
    Column::number("WANT/REAL", 9, 9, 3),
    Column::text("VERDICT", 12, 18, 5),
    Column::number("READY", 5, 7, 6),
    Column::text("WAITS FOR", 29, 100, 1),
    Column::text("DRIVER", 8, 22, 7),
    Column::number("AGE", 4, 4, 8),
];

/// Rows of the strip with its rule.
const STRIP: u16 = 5;

/// Below this height there is room for the list only.
const WITH_STRIP: u16 = 14;

impl Rollouts {
    pub(super) fn draw_list(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if self.rows.is_empty() {
            let teach = if self.list.filter.is_empty() {
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
        let strip = if area.height >= WITH_STRIP { STRIP } else { 0 };
        let brush = pen.brush();
        let table = Rect { height: area.height - strip, ..area };
        let row =
            |index: usize| self.list.line(index, self.rows.get(index).map(|row| cells(brush, row, ctx)));
        self.list.view(("rollouts", &COLUMNS), &[], &row, ctx).draw(pen, table);
        if strip > 0 {
            self.draw_strip(pen, Rect { y: area.bottom() - strip, height: strip, ..area }, ctx);
        }
    }

    /// The selected rollout in full.
    fn draw_strip(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let Some(row) = self.chosen() else { return };
        let brush = pen.brush();
        let title = Line::from(vec![
            brush.span(Role::Title, row.service.to_string()),
            brush.span(Role::Dim, format!("  {}  {}", row.strategy, row.versions)),
        ]);
        pen.rule(Rect { height: 1, ..area }, &title, Role::Border);
        let body = Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(3),
            height: area.height.saturating_sub(1),
        };
        let lines = strip_lines(brush, row, ctx, body.width);
        pen.lines(body, &lines);
    }
}

fn strip_lines(brush: Brush<'_>, row: &Row, ctx: &Ctx<'_>, room: u16) -> Vec<Line<'static>> {
    let delivery = row.delivery.as_deref().and_then(|id| ctx.delivery(id));
    if let Some(delivery) = delivery {
        return vec![
            steps_line(brush, delivery),
            verdict_line(brush, delivery),
            progress_line(brush, delivery, ctx.now),
        ];
    }
    let (available, desired) = row.ready;
    let ready = format!("{available} of {desired} pods ready, changed {} ago", ctx.age(row.since));
    let mut lines = vec![Line::from(brush.span(Role::Dim, ready))];
    let role = if row.rank == Rank::Running { Role::Text } else { row.waits.role() };
    lines
        .extend(wrap(&row.why, usize::from(room)).into_iter().map(|part| Line::from(brush.span(role, part))));
    lines
}

fn cells<'a>(brush: Brush<'_>, row: &'a Row, ctx: &Ctx<'_>) -> Vec<Line<'a>> {
    let (role, sign) = row.sign;
    let (available, desired) = row.ready;
    let short = if available < desired { Role::Warn } else { Role::Text };
    let mut waits = vec![brush.span(row.waits.role(), row.waits.word())];
    if !row.why.is_empty() && !row.waits.word().is_empty() {
        waits.push(brush.span(Role::Dim, ": "));
    }
    waits.push(Span::styled(row.why.as_str(), brush.style(why_role(row))));
    let text = |role: Role, text: &'a str| Line::from(brush.span(role, text));
    vec![
        Line::from(brush.span(role, format!("{} {}", brush.sign(sign), row.phase))),
        text(Role::Dim, row.service.namespace.as_str()),
        Line::from(marked(brush, &row.service, ctx)),
        text(Role::Dim, &row.strategy),
        text(Role::Text, &row.step),
        text(Role::Text, &row.weights),
        text(row.verdict.0, &row.verdict.1),
        Line::from(brush.span(short, format!("{available}/{desired}"))),
        Line::from(waits),
        text(row.driver.0, &row.driver.1),
        Line::from(brush.span(Role::Dim, ctx.age(row.since))),
    ]
}

fn why_role(row: &Row) -> Role {
    match row.rank {
        Rank::Orphaned | Rank::Waiting | Rank::Failing => Role::Text,
        Rank::Running | Rank::Recent => Role::Dim,
    }
}
