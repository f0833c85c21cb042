//! How operations and the trail are drawn.

use super::Operations;
use crate::domain::{AuditEntry, AuditKind, short_duration};
use crate::msg::RunView;
use crate::screens::Ctx;
use crate::screens::show::phase_role;
use crate::ui::{Brush, Column, Hit, Pen, Role, Sign};
use ratatui::layout::Rect;
use ratatui::text::Line;

const RUNS: [Column; 6] = [
    Column::text("STATE", 11, 11, 0),
    Column::text("ACTION", 15, 26, 1),
    Column::name("ON", 20, 34, 0),
    Column::text("BY", 5, 16, 4),
    Column::text("TOOK", 5, 6, 3),
    Column::text("NOW", 14, 90, 2),
];

const TRAIL: [Column; 7] = [
    Column::text("WHEN", 6, 12, 0),
    Column::text("LINE", 7, 8, 3),
    Column::text("ACTION", 14, 26, 1),
    Column::name("ON", 18, 34, 0),
    Column::text("BY", 5, 16, 4),
    Column::text("RESULT", 8, 12, 2),
    Column::text("WHY", 8, 80, 5),
];

impl Operations {
    pub(super) fn draw_both(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let want = u16::try_from(ctx.runs.len()).unwrap_or(u16::MAX).saturating_add(2).max(4);
        let top = want.min(area.height / 2);
        let runs = Rect { height: top, ..area };
        let trail = Rect { y: area.y + top, height: area.height - top, ..area };
        pen.hits.add(runs, Hit::Panel(0));
        pen.hits.add(trail, Hit::Panel(1));
        self.draw_runs(pen, runs, ctx);
        self.draw_trail(pen, trail, ctx);
    }

    fn draw_runs(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if ctx.runs.is_empty() {
            let hint = "R on a service opens the rollback page; what is begun there shows up here.";
            pen.empty(area, Role::Dim, "Nothing was done from this console yet.", hint);
            return;
        }
        let brush = pen.brush();
        self.runs.draw(pen, area, &RUNS, (0, !self.on_trail), |index| {
            ctx.runs.get(index).map(|run| run_cells(brush, run))
        });
    }

    fn draw_trail(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if area.height == 0 {
            return;
        }
        let (role, words) = verify_words(pen.brush(), ctx);
        let title = Line::from(vec![
            pen.span(Role::Title, "Audit trail"),
            pen.span(Role::Border, "  "),
            pen.span(role, words),
        ]);
        pen.rule(
            Rect { height: 1, ..area },
            &title,
            if self.on_trail { Role::BorderFocus } else { Role::Border },
        );
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let entries = match ctx.audit {
            None => return pen.empty(body, Role::Dim, "Reading the audit log…", ""),
            Some(Err(fault)) => {
                let hint = fault.hints.first().map_or("", String::as_str);
                return pen.empty(body, Role::Bad, &fault.text, hint);
            }
            Some(Ok(entries)) if entries.is_empty() => {
                return pen.empty(
                    body,
                    Role::Dim,
                    "Nothing was written from this machine yet.",
                    "Every action leaves its intent before it and its outcome after it here.",
                );
            }
            Some(Ok(entries)) => entries,
        };
        let brush = pen.brush();
        self.trail.draw(pen, body, &TRAIL, (1, self.on_trail), |index| {
            entries.iter().rev().nth(index).map(|entry| trail_cells(brush, entry, ctx))
        });
    }
}

fn verify_words(brush: Brush<'_>, ctx: &Ctx<'_>) -> (Role, String) {
    match ctx.audit {
        None => (Role::Dim, String::new()),
        Some(Ok(entries)) => {
            (Role::Good, format!("{} chain verified, {} lines", brush.sign(Sign::Good), entries.len()))
        }
        Some(Err(_)) => (Role::Bad, format!("{} NOT VERIFIED", brush.sign(Sign::Bad))),
    }
}

fn run_cells<'a>(brush: Brush<'_>, run: &'a RunView) -> Vec<Line<'a>> {
    let sign = brush.sign(Sign::of_phase(&run.phase));
    let target = &run.order.target.key;
    let took = run.took.map_or_else(|| brush.sign(Sign::More).to_owned(), short_duration);
    vec![
        Line::from(brush.span(phase_role(&run.phase), format!("{sign} {}", run.phase.word()))),
        Line::from(brush.span(Role::Text, run.order.verb.phrase())),
        Line::from(brush.span(Role::Strong, format!("{}/{}", target.namespace, target.name))),
        Line::from(brush.span(Role::Dim, run.order.actor.to_string())),
        Line::from(brush.span(Role::Dim, took)),
        Line::from(brush.span(phase_role(&run.phase), run.progress.as_str())),
    ]
}

fn trail_cells<'a>(brush: Brush<'_>, entry: &'a AuditEntry, ctx: &Ctx<'_>) -> Vec<Line<'a>> {
    let when = if ctx.now.since(entry.at).as_secs() < 86_400 {
        ctx.clock(entry.at)
    } else {
        let zoned = entry.at.to_zoned(ctx.zone.clone());
        format!("{:02}-{:02} {}", zoned.month(), zoned.day(), ctx.clock(entry.at))
    };
    let on = entry.target.as_ref().map(|key| format!("{}/{}", key.namespace, key.name)).unwrap_or_default();
    let role = match entry.result.as_str() {
        "succeeded" | "applied" => Role::Good,
        "failed" | "UNKNOWN" | "unknown" => Role::Bad,
        "refused" => Role::Warn,
        _ => Role::Text,
    };
    let why = if entry.reason.is_empty() { entry.detail.as_str() } else { entry.reason.as_str() };
    vec![
        Line::from(brush.span(Role::Dim, when)),
        Line::from(brush.span(Role::Dim, kind_word(entry.kind))),
        Line::from(brush.span(Role::Text, entry.action.as_str())),
        Line::from(brush.span(Role::Strong, on)),
        Line::from(brush.span(Role::Dim, entry.actor.to_string())),
        Line::from(brush.span(role, entry.result.as_str())),
        Line::from(brush.span(Role::Dim, why)),
    ]
}

fn kind_word(kind: AuditKind) -> &'static str {
    match kind {
        AuditKind::Intent => "intent",
        AuditKind::Written => "written",
        AuditKind::Outcome => "outcome",
        AuditKind::Mode => "mode",
        AuditKind::Note => "note",
        AuditKind::Repair => "repair",
    }
}
